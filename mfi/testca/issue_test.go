package testca_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/testca"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var generations = []mfi.Generation{mfi.Gen20, mfi.Gen30}

func TestCertificateHasTheSizeOfARealOne(t *testing.T) {
	for _, tt := range []struct {
		generation mfi.Generation
		size, want int
		start      string
	}{
		{mfi.Gen20, 0, 908, "30820388"},
		{mfi.Gen20, 945, 945, "308203ad"},
		{mfi.Gen30, 0, 608, "3082025c"},
		{mfi.Gen30, 607, 607, "3082025b"},
		{mfi.Gen30, 609, 609, "3082025d"},
	} {
		t.Run(fmt.Sprintf("%v size %d", tt.generation, tt.size), func(t *testing.T) {
			for seed := range uint64(25) {
				a, err := testca.Test().Issue(tt.generation, seed, testca.IssueOptions{Size: tt.size})
				require.NoError(t, err)
				blob := a.Certificate()
				require.Len(t, blob, tt.want, "seed %d", seed)
				require.Equal(t, tt.start, hex.EncodeToString(blob[:4]))
				require.Equal(t, "06092a864886f70d010702", hex.EncodeToString(blob[4:15]), "signedData")
			}
		})
	}
}

func TestCertificateHasTheExtensionsOfARealOne(t *testing.T) {
	type extension struct {
		oid      string
		critical bool
		value    string
	}
	usage := extension{"2.5.29.15", true, "030203b8"} // digitalSignature, keyEncipherment, dataEncipherment, keyAgreement
	notCA := extension{"2.5.29.19", true, "3000"}
	for _, tt := range []struct {
		generation mfi.Generation
		opts       testca.IssueOptions
		algorithm  x509.SignatureAlgorithm
		want       []extension
	}{
		{mfi.Gen20, testca.IssueOptions{}, x509.SHA1WithRSA, []extension{usage, notCA}},
		{mfi.Gen30, testca.IssueOptions{}, x509.ECDSAWithSHA256, []extension{
			usage, notCA, {"1.2.840.113635.100.6.36", true, "0420" + strings.Repeat("00", 32)},
		}},
		{mfi.Gen30, testca.IssueOptions{Capabilities: []byte(strings.Repeat("\x5A", 32)), RawCapabilities: true}, x509.ECDSAWithSHA256, []extension{
			usage, notCA, {"1.2.840.113635.100.6.36", true, strings.Repeat("5a", 32)},
		}},
	} {
		a, err := testca.Test().Issue(tt.generation, 1, tt.opts)
		require.NoError(t, err)
		cert, err := x509.ParseCertificate(a.X509())
		require.NoError(t, err)
		var got []extension
		for _, e := range cert.Extensions {
			got = append(got, extension{e.Id.String(), e.Critical, hex.EncodeToString(e.Value)})
		}
		assert.Equal(t, tt.want, got, "generation %v", tt.generation)
		assert.Equal(t, tt.algorithm, cert.SignatureAlgorithm)
	}
}

func TestCertificateNamesSayTest(t *testing.T) {
	for _, g := range generations {
		a := testca.Test().MustIssue(g, 7)
		cert, err := x509.ParseCertificate(a.X509())
		require.NoError(t, err)
		assert.Equal(t, "Plugfest Test Accessories Certification Authority", cert.Issuer.CommonName)
		assert.Equal(t, []string{"Plugfest Test"}, cert.Issuer.Organization)
		assert.Regexp(t, `^IPA_PF[0-9A-F]+$`, cert.Subject.CommonName)
		assert.Equal(t, "IPA_"+a.SerialNumber(), cert.Subject.CommonName)
		assert.NotContains(t, string(a.Certificate()), "Apple")
		for _, name := range cert.Subject.Names {
			assert.LessOrEqual(t, len(fmt.Sprint(name.Value)), 64, "%v", name)
		}
	}
	assert.Len(t, testca.Test().MustIssue(mfi.Gen20, 7).SerialNumber(), 30)
	assert.Len(t, testca.Test().MustIssue(mfi.Gen30, 7).SerialNumber(), 32)
}

func TestKeyIsThatOfTheGeneration(t *testing.T) {
	rsaKey := testca.Test().MustIssue(mfi.Gen20, 1).Public().(*rsa.PublicKey)
	assert.Equal(t, 1024, rsaKey.N.BitLen())
	assert.Equal(t, 65537, rsaKey.E)
	ecKey := testca.Test().MustIssue(mfi.Gen30, 1).Public().(*ecdsa.PublicKey)
	assert.Equal(t, "P-256", ecKey.Curve.Params().Name)
}

func TestSameSeedGivesTheSameAccessory(t *testing.T) {
	for _, g := range generations {
		challenge := make([]byte, g.ChallengeSize())
		a, again, other := testca.Test().MustIssue(g, 1), testca.Test().MustIssue(g, 1), testca.Test().MustIssue(g, 2)
		assert.Equal(t, a.Certificate(), again.Certificate())
		assert.NotEqual(t, a.Certificate(), other.Certificate())
		assert.NotEqual(t, a.SerialNumber(), other.SerialNumber())

		s1, err := a.Sign(challenge)
		require.NoError(t, err)
		s2, err := again.Sign(challenge)
		require.NoError(t, err)
		s3, err := other.Sign(challenge)
		require.NoError(t, err)
		assert.Equal(t, s1, s2)
		assert.NotEqual(t, s1, s3)
	}
}

// The golden files hold certificates and signatures of an earlier build: seeds must mean the same in the next version.
func TestAccessoriesAreTheOnesOfEarlierBuilds(t *testing.T) {
	for _, g := range generations {
		a := testca.Test().MustIssue(g, 1)
		signature, err := a.Sign([]byte("0123456789abcdef0123456789ABCDEF")[:g.ChallengeSize()])
		require.NoError(t, err)
		golden(t, fmt.Sprintf("certificate-%v.der", g), a.Certificate())
		golden(t, fmt.Sprintf("signature-%v.bin", g), signature)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, want, got, "%s; run with -update if the change is meant", name)
}

// An ECDSA signature has one of three lengths, so not every first attempt gives the wanted size.
func TestEverySeedGivesTheWantedSize(t *testing.T) {
	for seed := range uint64(500) {
		a, err := testca.Test().Issue(mfi.Gen30, seed<<40+seed, testca.IssueOptions{Size: 607 + int(seed%3)})
		require.NoError(t, err, "seed %d", seed)
		require.Len(t, a.Certificate(), 607+int(seed%3))
	}
}

func TestIssueRefuses(t *testing.T) {
	for _, tt := range []struct {
		name       string
		generation mfi.Generation
		opts       testca.IssueOptions
		message    string
	}{
		{"unknown generation", mfi.GenUnknown, testca.IssueOptions{}, "testca: cannot issue: generation is generation 0, want 2.0 or 3.0"},
		{"short capabilities", mfi.Gen30, testca.IssueOptions{Capabilities: []byte{1}}, "testca: cannot issue: Capabilities has 1 bytes, want 32"},
		{"too small", mfi.Gen20, testca.IssueOptions{Size: 500}, "testca: cannot issue: Size is 500, want at least "},
		{"too large", mfi.Gen30, testca.IssueOptions{Size: 5000}, "testca: cannot issue: Size is 5000, want at most about "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := testca.Test().Issue(tt.generation, 1, tt.opts)
			require.ErrorIs(t, err, testca.ErrIssue)
			assert.Contains(t, err.Error(), tt.message)
		})
	}
	assert.Panics(t, func() { testca.Test().MustIssue(mfi.GenUnknown, 1) })
}

func TestAnAuthorityHasACertificateForEachGeneration(t *testing.T) {
	for _, g := range generations {
		trusted, untrusted := testca.Test().Certificate(g), testca.Untrusted().Certificate(g)
		assert.True(t, trusted.IsCA)
		assert.NoError(t, trusted.CheckSignatureFrom(trusted))
		assert.NotEqual(t, trusted.PublicKey, untrusted.PublicKey)
	}
	assert.Nil(t, testca.Test().Certificate(mfi.GenUnknown))
}

func TestCopiesAreTheCallers(t *testing.T) {
	a := testca.Test().MustIssue(mfi.Gen30, 1)
	a.Certificate()[0], a.X509()[0] = 0, 0
	assert.EqualValues(t, 0x30, a.Certificate()[0])
	assert.EqualValues(t, 0x30, a.X509()[0])
	assert.Equal(t, mfi.Gen30, a.Generation())
}

func TestSignRefusesADigestOfTheWrongSize(t *testing.T) {
	for _, g := range generations {
		for _, n := range []int{0, g.ChallengeSize() - 1, g.ChallengeSize() + 1} {
			_, err := testca.Test().MustIssue(g, 1).Sign(make([]byte, n))
			require.ErrorIs(t, err, testca.ErrDigest)
		}
	}
	_, err := testca.Test().MustIssue(mfi.Gen20, 1).Sign(make([]byte, 32))
	assert.EqualError(t, err, "testca: digest has the wrong size: got 32 bytes, a 2.0 accessory signs 20")
}

func BenchmarkIssue(b *testing.B) {
	for _, g := range generations {
		b.Run(g.String(), func(b *testing.B) {
			b.ReportAllocs()
			for seed := uint64(0); b.Loop(); seed++ {
				testca.Test().MustIssue(g, seed)
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	for _, g := range generations {
		a, challenge := testca.Test().MustIssue(g, 1), make([]byte, g.ChallengeSize())
		b.Run(g.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Sign(challenge); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
