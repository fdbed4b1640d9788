package testca

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"math/big"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
)

var updateAuthorities = flag.Bool("update-authorities", false, "write the authorities' certificates into their key files")

// The embedded certificates are the ones that these names and keys give.
func TestAuthorities(t *testing.T) {
	for files, commonName := range map[string]string{
		"test-ca":      "Plugfest Test Accessories Certification Authority",
		"untrusted-ca": "Plugfest Untrusted Test Certification Authority",
	} {
		ca := &CA{files: files}
		for _, g := range []mfi.Generation{mfi.Gen20, mfi.Gen30} {
			name, ok := ca.file(g)
			require.True(t, ok)
			want := selfSigned(t, embeddedKey(name), authorityName(g, commonName))
			if *updateAuthorities {
				writeCertificate(t, "keys/"+name+".pem", want)
			}
			assert.Equal(t, want, ca.Certificate(g).Raw, "%s; run with -update-authorities if the change is meant", name)
		}
	}
}

func TestKeyFilesSayThatTheyAreTestKeys(t *testing.T) {
	files, err := keys.ReadDir("keys")
	require.NoError(t, err)
	require.Len(t, files, 6)
	for _, f := range files {
		text, err := keys.ReadFile("keys/" + f.Name())
		require.NoError(t, err)
		assert.Regexp(t, `^Plugfest TEST KEY: .*\nIt is public and protects nothing\.`, string(text))
	}
}

func TestMissingBlocksPanic(t *testing.T) {
	assert.Panics(t, func() { pemBlock("nobody", "PRIVATE KEY") })
	assert.Panics(t, func() { pemBlock("test-accessory-2.0-1", "CERTIFICATE") })
}

// authorityName has the fields of the real issuers' names, with other content.
func authorityName(g mfi.Generation, commonName string) pkix.Name {
	n := pkix.Name{Country: []string{"XX"}, Organization: []string{"Plugfest Test"}, CommonName: commonName}
	if g == mfi.Gen20 {
		n.OrganizationalUnit = []string{"Plugfest Test Certification Authority"}
	}
	return n
}

func selfSigned(t *testing.T, key crypto.Signer, name pkix.Name) []byte {
	t.Helper()
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
	require.NoError(t, err)
	return der
}

// writeCertificate replaces the certificate in a file and keeps what stands before it.
func writeCertificate(t *testing.T, path string, der []byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	_, rest := pem.Decode(text)
	head := text[:len(text)-len(rest)]
	require.NoError(t, os.WriteFile(path, append(head, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...), 0o644))
}
