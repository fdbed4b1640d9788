package lockdown

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
)

// KeyBits is the size of all keys in pairing.
const KeyBits = 2048

// Types of PEM block.
const (
	pemPublic      = "RSA PUBLIC KEY" // PKCS#1; "PUBLIC KEY" would be another form
	pemPrivate     = "RSA PRIVATE KEY"
	pemPKCS8       = "PRIVATE KEY"
	pemCertificate = "CERTIFICATE"
)

// Errors of reading PEM.
var (
	ErrNoPEM   = errors.New("no PEM block")
	ErrPEMType = errors.New("PEM block of another type")
	ErrNotRSA  = errors.New("not an RSA key")
)

// block returns the content of the first PEM block, which must be of the type.
func block(b []byte, kind string) ([]byte, error) {
	p, _ := pem.Decode(b)
	if p == nil {
		return nil, fmt.Errorf("%w, want %q", ErrNoPEM, kind)
	}
	if p.Type != kind {
		return nil, fmt.Errorf("%w: %q, want %q", ErrPEMType, p.Type, kind)
	}
	return p.Bytes, nil
}

// AppendPublicKey appends a key as the value of DevicePublicKey: PEM of PKCS#1.
func AppendPublicKey(dst []byte, key *rsa.PublicKey) []byte {
	return append(dst, pem.EncodeToMemory(&pem.Block{Type: pemPublic, Bytes: x509.MarshalPKCS1PublicKey(key)})...)
}

// ParsePublicKey reads the value of DevicePublicKey.
func ParsePublicKey(b []byte) (*rsa.PublicKey, error) {
	der, err := block(b, pemPublic)
	if err != nil {
		return nil, fmt.Errorf("lockdown: public key: %w", err)
	}
	key, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("lockdown: public key: %w", err)
	}
	return key, nil
}

// AppendPrivateKey appends a key in PEM of PKCS#1, which all tools read.
func AppendPrivateKey(dst []byte, key *rsa.PrivateKey) []byte {
	return append(dst, pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: x509.MarshalPKCS1PrivateKey(key)})...)
}

// ParsePrivateKey reads a key in PEM of PKCS#1 or PKCS#8.
func ParsePrivateKey(b []byte) (*rsa.PrivateKey, error) {
	der, err := block(b, pemPrivate)
	if err == nil {
		key, err := x509.ParsePKCS1PrivateKey(der)
		if err != nil {
			return nil, fmt.Errorf("lockdown: private key: %w", err)
		}
		return key, nil
	}
	if der, err2 := block(b, pemPKCS8); err2 == nil {
		key, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return nil, fmt.Errorf("lockdown: private key: %w", err)
		}
		if key, ok := key.(*rsa.PrivateKey); ok {
			return key, nil
		}
		return nil, fmt.Errorf("lockdown: private key: %w: %T", ErrNotRSA, key)
	}
	return nil, fmt.Errorf("lockdown: private key: %w", err)
}

// NewKey makes an RSA key of the bytes of r and nothing else: the same bytes, the
// same key, which crypto/rsa does not promise. It is for simulated devices, whose
// runs must be repeatable, and takes some tenths of a second. A key that keeps a
// secret is made by crypto/rsa.
func NewKey(r io.Reader) (*rsa.PrivateKey, error) {
	e := big.NewInt(65537)
	one := big.NewInt(1)
	for {
		p, err := prime(r, e)
		if err != nil {
			return nil, err
		}
		q, err := prime(r, e)
		if err != nil {
			return nil, err
		}
		if p.Cmp(q) == 0 {
			continue
		}
		p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
		lambda := new(big.Int).Mul(p1, q1)
		lambda.Div(lambda, new(big.Int).GCD(nil, nil, p1, q1))
		key := &rsa.PrivateKey{
			PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: int(e.Int64())},
			D:         new(big.Int).ModInverse(e, lambda),
			Primes:    []*big.Int{p, q},
		}
		key.Precompute()
		return key, key.Validate()
	}
}

// prime returns the first prime from a random number on for which e is a
// possible exponent. Its two top bits are set, so that the product of two has
// all its bits.
func prime(r io.Reader, e *big.Int) (*big.Int, error) {
	b := make([]byte, KeyBits/16)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("lockdown: random bytes for a key: %w", err)
	}
	b[0] |= 0xC0
	b[len(b)-1] |= 1
	p, two, rest := new(big.Int).SetBytes(b), big.NewInt(2), new(big.Int)
	for ; ; p.Add(p, two) {
		if p.ProbablyPrime(20) && rest.Mod(p, e).Int64() != 1 {
			return p, nil
		}
	}
}
