package testca

import (
	"crypto"
	"crypto/x509"
	"fmt"

	"github.com/plugfest/plugfest/mfi"
)

// CA is a certification authority: an issuer for each generation. The zero value has none.
type CA struct {
	files string // how the names of its embedded files start
}

// Test is the authority that the simulated phone trusts.
func Test() *CA { return &CA{files: "test-ca"} }

// Untrusted is an authority that the simulated phone does not trust, for certificates that are well formed and good for nothing.
func Untrusted() *CA { return &CA{files: "untrusted-ca"} }

func (ca *CA) file(g mfi.Generation) (name string, ok bool) {
	return fmt.Sprintf("%s-%v", ca.files, g), ca.files != "" && g.ChallengeSize() > 0
}

// Certificate is the authority's own certificate for a generation, nil when it has none.
func (ca *CA) Certificate(g mfi.Generation) *x509.Certificate {
	name, ok := ca.file(g)
	if !ok {
		return nil
	}
	return embeddedCertificate(name)
}

// issuer is what signs certificates of one generation.
type issuer struct {
	key  crypto.Signer
	cert *x509.Certificate
}

func (ca *CA) issuer(g mfi.Generation) (issuer, bool) {
	name, ok := ca.file(g)
	if !ok {
		return issuer{}, false
	}
	return issuer{key: embeddedKey(name), cert: embeddedCertificate(name)}, true
}
