package testca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"embed"
	"encoding/binary"
	"encoding/pem"
)

// The keys are embedded because crypto/rsa makes none from a seed. Each file says that it is a test's. The authorities' files hold their
// certificates, too.
//
//go:embed keys/*.pem
var keys embed.FS

// pemBlock is the content of the first block of a kind in an embedded file. That the files are whole is a test's business.
func pemBlock(name, kind string) []byte {
	text, err := keys.ReadFile("keys/" + name + ".pem")
	if err != nil {
		panic(err)
	}
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			panic("testca: no " + kind + " in " + name)
		}
		if block.Type == kind {
			return block.Bytes
		}
		text = rest
	}
}

func embeddedKey(name string) crypto.Signer {
	key, err := x509.ParsePKCS8PrivateKey(pemBlock(name, "PRIVATE KEY"))
	if err != nil {
		panic(err)
	}
	return key.(crypto.Signer)
}

func embeddedCertificate(name string) *x509.Certificate {
	cert, err := x509.ParseCertificate(pemBlock(name, "CERTIFICATE"))
	if err != nil {
		panic(err)
	}
	return cert
}

// accessoryRSA is one of two keys: a key for each seed cannot be had without making RSA keys.
func accessoryRSA(seed uint64) crypto.Signer {
	return embeddedKey([]string{"test-accessory-2.0-1", "test-accessory-2.0-2"}[seed%2])
}

// accessoryECDSA is the key for a seed. A digest beyond the order of the curve is refused and the next one is tried.
func accessoryECDSA(seed uint64) crypto.Signer {
	for n := uint64(0); ; n++ {
		sum := seeded("key", seed, n)
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:]); err == nil {
			return key
		}
	}
}

// seeded is 32 bytes that depend on nothing else.
func seeded(what string, seed, n uint64) [sha256.Size]byte {
	b := append([]byte("plugfest test accessory "), what...)
	b = binary.BigEndian.AppendUint64(b, seed)
	return sha256.Sum256(binary.BigEndian.AppendUint64(b, n))
}
