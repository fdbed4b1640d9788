package testca

import (
	"crypto"
	"crypto/ecdsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"github.com/plugfest/plugfest/mfi"
)

// Accessory is the identity of one coprocessor: certificate and private key. It satisfies the Identity of package chip.
type Accessory struct {
	generation mfi.Generation
	pkcs7      []byte
	x509       []byte
	serial     string
	key        crypto.Signer
}

// Generation is the generation whose form the certificate has.
func (a *Accessory) Generation() mfi.Generation { return a.generation }

// Certificate is a copy of the DER PKCS#7 certificate, as the chip's pages and message AA01 carry it.
func (a *Accessory) Certificate() []byte { return append([]byte(nil), a.pkcs7...) }

// X509 is a copy of the bare DER X.509 certificate inside. To send it instead of Certificate is a known mistake.
func (a *Accessory) X509() []byte { return append([]byte(nil), a.x509...) }

// SerialNumber is the certificate's common name after "IPA_": "PF", which marks a test, and 28 or 30 hexadecimal digits.
func (a *Accessory) SerialNumber() string { return a.serial }

// Public is the public key: *rsa.PublicKey or *ecdsa.PublicKey.
func (a *Accessory) Public() crypto.PublicKey { return a.key.Public() }

// ErrDigest is the error of a digest of the wrong size.
var ErrDigest = errors.New("testca: digest has the wrong size")

// Sign signs a digest as the chip does. Generation 2.0: 20 bytes, wrapped as a SHA-1 DigestInfo into a PKCS#1 v1.5 signature of
// 128 bytes. 3.0: 32 bytes into an ECDSA signature of 64 bytes, r and s of 32 each. Source: WACResearch (verified on a 2.0C).
func (a *Accessory) Sign(digest []byte) ([]byte, error) {
	if want := a.generation.ChallengeSize(); len(digest) != want {
		return nil, fmt.Errorf("%w: got %d bytes, a %v accessory signs %d", ErrDigest, len(digest), a.generation, want)
	}
	if _, ok := a.key.(*ecdsa.PrivateKey); !ok {
		return a.key.Sign(nil, digest, crypto.SHA1)
	}
	der, err := a.key.Sign(nil, digest, crypto.SHA256) // without randomness: RFC 6979
	if err != nil {
		return nil, err
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		return nil, err
	}
	raw := make([]byte, 64)
	rs.R.FillBytes(raw[:32])
	rs.S.FillBytes(raw[32:])
	return raw, nil
}
