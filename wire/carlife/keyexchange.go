package carlife

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
)

// maxRSABits bounds a public key that came over the wire, so that a hostile
// one cannot make the modular power slow.
const maxRSABits = 4096

// PublicKeyText returns the key as HU_RSA_PUBLIC_KEY_RESPONSE carries it: the
// X.509 SubjectPublicKeyInfo in Base64 without line breaks.
//
// Source: Baidu CarLife head-unit application.
func PublicKeyText(pub *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return "", fmt.Errorf("carlife: public key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(der), nil
}

// ParsePublicKeyText reads what PublicKeyText writes; line breaks are ignored.
func ParsePublicKeyText(s string) (*rsa.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("carlife: public key: %w", err)
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("carlife: public key: %w", err)
	}
	pub, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("carlife: public key: %T, want RSA", key)
	}
	if n := pub.N.BitLen(); n > maxRSABits {
		return nil, fmt.Errorf("carlife: public key of %d bits: over %d", n, maxRSABits)
	}
	return pub, nil
}

// WrapKey encrypts the AES key text for MD_AES_KEY_SEND_REQUEST: PKCS#1 v1.5
// encryption padding, RSA, Base64. The padding comes from random, byte by byte,
// so the same reader gives the same text; the standard library would take
// padding from the system whatever reader it is given, and a run could not be
// replayed.
func WrapKey(random io.Reader, pub *rsa.PublicKey, key []byte) (string, error) {
	size := pub.Size()
	if len(key) > size-11 {
		return "", fmt.Errorf("carlife: AES key text of %d bytes: at most %d fit the RSA key", len(key), size-11)
	}
	// 00 02 PS 00 key, PS nonzero (RFC 8017 section 7.2.1).
	em := make([]byte, size)
	em[1] = 2
	ps := em[2 : size-len(key)-1]
	if err := nonZero(random, ps); err != nil {
		return "", fmt.Errorf("carlife: RSA padding: %w", err)
	}
	copy(em[size-len(key):], key)
	c := new(big.Int).Exp(new(big.Int).SetBytes(em), big.NewInt(int64(pub.E)), pub.N)
	return base64.StdEncoding.EncodeToString(c.FillBytes(em)), nil
}

// UnwrapKey returns the AES key text in a MD_AES_KEY_SEND_REQUEST. Base64 line
// breaks are ignored.
func UnwrapKey(priv *rsa.PrivateKey, text string) ([]byte, error) {
	ct, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("carlife: AES key: %w", err)
	}
	//lint:ignore SA1019 PKCS #1 v1.5 is what the protocol uses.
	key, err := rsa.DecryptPKCS1v15(nil, priv, ct)
	if err != nil {
		return nil, fmt.Errorf("carlife: AES key of %d bytes: %w", len(ct), err)
	}
	return key, nil
}

// keyText makes a 16-character AES key text out of random.
func keyText(random io.Reader) ([]byte, error) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
	key := make([]byte, 16)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("carlife: AES key: %w", err)
	}
	for i, b := range key {
		key[i] = alphabet[b%64]
	}
	return key, nil
}

var errNoRandom = errors.New("random source gives only zero bytes")

// nonZero fills p with nonzero bytes.
func nonZero(random io.Reader, p []byte) error {
	var b [1]byte
	for i, tries := 0, 0; i < len(p); tries++ {
		if tries > 64*len(p) {
			return errNoRandom
		}
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return err
		}
		if b[0] != 0 {
			p[i] = b[0]
			i++
		}
	}
	return nil
}
