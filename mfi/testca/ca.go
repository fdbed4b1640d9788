package testca

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/plugfest/plugfest/mfi"
)

// CA is a certification authority: an issuer for each generation.
type CA struct {
	issuers map[mfi.Generation]*issuer
}

type issuer struct {
	key  crypto.Signer
	cert *x509.Certificate
}

// Test is the authority that the simulated phone trusts.
var Test = sync.OnceValue(func() *CA { return newCA("test-ca", "Plugfest Test Accessories Certification Authority") })

// Untrusted is an authority that the simulated phone does not trust, for certificates that are well formed and good for nothing.
var Untrusted = sync.OnceValue(func() *CA { return newCA("untrusted-ca", "Plugfest Untrusted Test Certification Authority") })

func newCA(keyName, commonName string) *CA {
	ca := &CA{issuers: map[mfi.Generation]*issuer{}}
	for _, g := range []mfi.Generation{mfi.Gen20, mfi.Gen30} {
		key := mustKey(fmt.Sprintf("%s-%v", keyName, g))
		cert, err := selfSigned(key, authorityName(g, commonName))
		if err != nil {
			panic(err) // the keys are embedded, so this cannot depend on the caller
		}
		ca.issuers[g] = &issuer{key: key, cert: cert}
	}
	return ca
}

// authorityName has the fields of the real issuers' names, with other content.
func authorityName(g mfi.Generation, commonName string) pkix.Name {
	n := pkix.Name{Country: []string{"XX"}, Organization: []string{"Plugfest Test"}, CommonName: commonName}
	if g == mfi.Gen20 {
		n.OrganizationalUnit = []string{"Plugfest Test Certification Authority"}
	}
	return n
}

func selfSigned(key crypto.Signer, name pkix.Name) (*x509.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: name,
		NotBefore: time.Date(2007, 2, 14, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2049, 12, 31, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		SignatureAlgorithm: x509.ECDSAWithSHA256,
	}
	if _, ok := key.(*rsa.PrivateKey); ok {
		template.SignatureAlgorithm = x509.SHA256WithRSA
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Certificate is the authority's own certificate for a generation, nil when it has none.
func (ca *CA) Certificate(g mfi.Generation) *x509.Certificate {
	if i := ca.issuers[g]; i != nil {
		return i.cert
	}
	return nil
}
