package testca

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
)

// Policy is how much a [Verifier] checks. The form is always checked.
type Policy uint8

// The policies.
const (
	// CheckChain wants a certificate that the CA has issued, and a good signature. The default.
	CheckChain Policy = iota
	// CheckSignature wants a good signature, whoever has issued the certificate: the policy for a real chip on a bench.
	CheckSignature
	// AcceptWellFormed wants a certificate and a signature of the right form and size, and checks no cryptography.
	AcceptWellFormed
)

// What a verifier finds, besides ErrForm.
var (
	// ErrChain: the CA has not issued this certificate, or it was changed since.
	ErrChain = errors.New("certificate was not issued by the trusted authority")
	// ErrResponse: the signature has the wrong size or does not verify.
	ErrResponse = errors.New("challenge response is wrong")
)

// Verifier judges certificates and signatures as a phone does. The zero value trusts the test CA and nobody else.
type Verifier struct {
	// Policy is how much is checked.
	Policy Policy
	// CA is the authority to trust; nil means [Test].
	CA *CA
}

// Certificate judges the certificate of message AA01. It fails with ErrForm (and a [*FormError]) or with ErrChain. The time is not
// checked: phones accept expired certificates (redline-labs/digital_dashboard).
func (v Verifier) Certificate(blob []byte) (*Certificate, error) {
	c, err := ParseCertificate(blob)
	if err != nil {
		return nil, err
	}
	if v.Policy == CheckChain {
		if err := v.chain(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (v Verifier) chain(c *Certificate) error {
	ca := v.CA
	if ca == nil {
		ca = Test()
	}
	issuer := ca.Certificate(c.Generation)
	if issuer == nil {
		return fmt.Errorf("testca: %w: it has no issuer for generation %v", ErrChain, c.Generation)
	}
	if !bytes.Equal(c.X509.RawIssuer, issuer.RawSubject) {
		return fmt.Errorf("testca: %w: issuer is %q, want %q", ErrChain, c.X509.Issuer, issuer.Subject)
	}
	if err := checkSignature(issuer, c.X509); err != nil {
		return fmt.Errorf("testca: %w: %w: the certificate was damaged or forged", ErrChain, err)
	}
	return nil
}

// checkSignature is x509.Certificate.CheckSignature, which no longer takes the SHA-1 that 2.0 certificates are signed with.
func checkSignature(issuer, c *x509.Certificate) error {
	key, ok := issuer.PublicKey.(*rsa.PublicKey)
	if !ok || c.SignatureAlgorithm != x509.SHA1WithRSA {
		return issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	}
	sum := sha1.Sum(c.RawTBSCertificate)
	return rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], c.Signature)
}

// Response judges the signature of message AA03 over the challenge of message AA02. It fails with ErrResponse, or with ErrDigest when
// the challenge itself does not fit the certificate.
//
// 2.0: PKCS#1 v1.5 with the SHA-1 DigestInfo around the challenge. 3.0: r and s, 32 bytes each, over the challenge as digest.
func (v Verifier) Response(c *Certificate, challenge, response []byte) error {
	if want := c.ChallengeSize(); len(challenge) != want {
		return fmt.Errorf("%w: challenge has %d bytes, a %v certificate wants %d", ErrDigest, len(challenge), c.Generation, want)
	}
	if want := c.Generation.ResponseSize(); len(response) != want {
		return fmt.Errorf("testca: %w: %d bytes, a %v certificate wants %d", ErrResponse, len(response), c.Generation, want)
	}
	if v.Policy == AcceptWellFormed {
		return nil
	}
	good := false
	switch key := c.X509.PublicKey.(type) {
	case *rsa.PublicKey:
		good = rsa.VerifyPKCS1v15(key, crypto.SHA1, challenge, response) == nil
	case *ecdsa.PublicKey:
		good = ecdsa.Verify(key, challenge, new(big.Int).SetBytes(response[:32]), new(big.Int).SetBytes(response[32:]))
	}
	if !good {
		return fmt.Errorf("testca: %w: signature does not verify with the key of %q", ErrResponse, c.X509.Subject.CommonName)
	}
	return nil
}

// VerifyCertificate is Certificate without its result, for a chip that judges the other side.
func (v Verifier) VerifyCertificate(blob []byte) error {
	_, err := v.Certificate(blob)
	return err
}

// VerifyResponse is Certificate and Response in one.
func (v Verifier) VerifyResponse(blob, challenge, response []byte) error {
	c, err := v.Certificate(blob)
	if err != nil {
		return err
	}
	return v.Response(c, challenge, response)
}
