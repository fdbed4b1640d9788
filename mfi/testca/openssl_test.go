package testca_test

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/testca"
)

// witness runs the openssl command, which knows nothing of this package.
type witness struct {
	t   *testing.T
	dir string
}

func newWitness(t *testing.T) witness {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl command on this machine: the certificates are judged by this package's own tests alone")
	}
	return witness{t, t.TempDir()}
}

func (w witness) file(name string, content []byte) string {
	path := filepath.Join(w.dir, name)
	require.NoError(w.t, os.WriteFile(path, content, 0o600))
	return path
}

func (w witness) pemFile(name, kind string, der []byte) string {
	return w.file(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func (w witness) run(args ...string) (string, error) {
	out, err := exec.Command("openssl", args...).CombinedOutput()
	return string(out), err
}

func (w witness) must(args ...string) string {
	w.t.Helper()
	out, err := w.run(args...)
	require.NoError(w.t, err, "openssl %v: %s", args, out)
	return out
}

func TestOpenSSLReadsTheCertificate(t *testing.T) {
	for _, g := range generations {
		w := newWitness(t)
		a := testca.Test().MustIssue(g, 3)
		blob := w.file("certificate.p7", a.Certificate())

		printed := w.must("pkcs7", "-inform", "DER", "-in", blob, "-print_certs")
		block, rest := pem.Decode([]byte(printed))
		require.NotNil(t, block, printed)
		assert.Equal(t, a.X509(), block.Bytes)
		next, _ := pem.Decode(rest)
		assert.Nil(t, next, "exactly one certificate")

		parsed := w.must("asn1parse", "-inform", "DER", "-in", blob)
		assert.Contains(t, parsed, fmt.Sprintf("hl=4 l= %d cons: SEQUENCE", len(a.Certificate())-4))
		assert.Contains(t, parsed, "pkcs7-signedData")
	}
}

func TestOpenSSLVerifiesTheChain(t *testing.T) {
	for _, g := range generations {
		w := newWitness(t)
		leaf := w.pemFile("leaf.pem", "CERTIFICATE", testca.Test().MustIssue(g, 3).X509())
		check := func(ca *testca.CA) (string, error) {
			authority := w.pemFile("ca.pem", "CERTIFICATE", ca.Certificate(g).Raw)
			// Level 0 for SHA-1 and RSA-1024; the critical capability extension is not known to openssl.
			return w.run("verify", "-no_check_time", "-auth_level", "0", "-ignore_critical", "-CAfile", authority, leaf)
		}
		out, err := check(testca.Test())
		require.NoError(t, err, out)
		assert.Contains(t, out, "leaf.pem: OK")
		_, err = check(testca.Untrusted())
		assert.Error(t, err, "the witness can say no")
	}
}

func TestOpenSSLVerifiesTheSignature(t *testing.T) {
	for _, g := range generations {
		w := newWitness(t)
		a := testca.Test().MustIssue(g, 3)
		der, err := x509.MarshalPKIXPublicKey(a.Public())
		require.NoError(t, err)
		key := w.pemFile("key.pem", "PUBLIC KEY", der)
		challenge := bytes.Repeat([]byte{0xC3}, g.ChallengeSize())
		check := func(signature []byte) (string, error) {
			digest := "digest:sha1"
			if g == mfi.Gen30 {
				digest = "digest:sha256"
				signature = ecdsaDER(t, signature)
			}
			return w.run("pkeyutl", "-verify", "-pubin", "-inkey", key, "-in", w.file("challenge", challenge),
				"-sigfile", w.file("signature", signature), "-pkeyopt", digest)
		}
		signature := sign(t, a, challenge)
		out, err := check(signature)
		require.NoError(t, err, out)
		assert.Contains(t, out, "Signature Verified Successfully")
		signature[40] ^= 1
		_, err = check(signature)
		assert.Error(t, err, "the witness can say no")
	}
}

// ecdsaDER turns r and s into the form that openssl takes.
func ecdsaDER(t *testing.T, raw []byte) []byte {
	t.Helper()
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])})
	require.NoError(t, err)
	return der
}
