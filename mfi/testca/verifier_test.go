package testca_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/testca"
)

func sign(t *testing.T, a *testca.Accessory, challenge []byte) []byte {
	t.Helper()
	response, err := a.Sign(challenge)
	require.NoError(t, err)
	return response
}

func TestVerifierAcceptsWhatTheCAIssued(t *testing.T) {
	for _, g := range generations {
		for seed := range uint64(10) {
			a := testca.Test().MustIssue(g, seed)
			var v testca.Verifier
			cert, err := v.Certificate(a.Certificate())
			require.NoError(t, err)
			assert.Equal(t, g, cert.Generation)
			assert.Equal(t, g.ChallengeSize(), cert.ChallengeSize())
			assert.Equal(t, a.SerialNumber(), cert.SerialNumber())
			assert.Equal(t, g == mfi.Gen30, len(cert.Capabilities) == 32)

			challenge := bytes.Repeat([]byte{byte(seed)}, cert.ChallengeSize())
			require.NoError(t, v.Response(cert, challenge, sign(t, a, challenge)))
			require.NoError(t, v.VerifyResponse(a.Certificate(), challenge, sign(t, a, challenge)))
		}
	}
}

func TestCapabilitiesAreReadInBothForms(t *testing.T) {
	field := []byte(strings.Repeat("capable ", 4))
	for _, raw := range []bool{false, true} {
		a, err := testca.Test().Issue(mfi.Gen30, 1, testca.IssueOptions{Capabilities: field, RawCapabilities: raw})
		require.NoError(t, err)
		cert, err := testca.ParseCertificate(a.Certificate())
		require.NoError(t, err)
		assert.Equal(t, field, cert.Capabilities)
	}
}

func TestPoliciesDifferInWhatTheyAccept(t *testing.T) {
	for _, g := range generations {
		trusted, stranger := testca.Test().MustIssue(g, 1), testca.Untrusted().MustIssue(g, 2)
		challenge := make([]byte, g.ChallengeSize())
		for _, tt := range []struct {
			name        string
			policy      testca.Policy
			accessory   *testca.Accessory
			signer      *testca.Accessory
			certificate error
			response    error
		}{
			{"all good", testca.CheckChain, trusted, trusted, nil, nil},
			{"not ours, chain checked", testca.CheckChain, stranger, stranger, testca.ErrChain, nil},
			{"not ours, signature checked", testca.CheckSignature, stranger, stranger, nil, nil},
			{"another's signature, chain checked", testca.CheckChain, trusted, stranger, nil, testca.ErrResponse},
			{"another's signature, signature checked", testca.CheckSignature, stranger, trusted, nil, testca.ErrResponse},
			{"nothing checked", testca.AcceptWellFormed, stranger, trusted, nil, nil},
		} {
			t.Run(g.String()+" "+tt.name, func(t *testing.T) {
				v := testca.Verifier{Policy: tt.policy}
				cert, err := v.Certificate(tt.accessory.Certificate())
				require.ErrorIs(t, err, tt.certificate)
				if err == nil {
					assert.ErrorIs(t, v.Response(cert, challenge, sign(t, tt.signer, challenge)), tt.response)
				}
			})
		}
	}
}

func TestAVerifierCanTrustAnotherAuthority(t *testing.T) {
	v := testca.Verifier{CA: testca.Untrusted()}
	assert.NoError(t, v.VerifyCertificate(testca.Untrusted().MustIssue(mfi.Gen20, 1).Certificate()))
	err := v.VerifyCertificate(testca.Test().MustIssue(mfi.Gen20, 1).Certificate())
	require.ErrorIs(t, err, testca.ErrChain)
	assert.Contains(t, err.Error(), "Plugfest Untrusted Test Certification Authority")
	empty := testca.Verifier{CA: &testca.CA{}}
	assert.ErrorIs(t, empty.VerifyCertificate(testca.Test().MustIssue(mfi.Gen30, 1).Certificate()), testca.ErrChain)
}

// Whatever single bit of a certificate is damaged, no phone takes it.
func TestOneFlippedBitIsNoticed(t *testing.T) {
	for _, g := range generations {
		a := testca.Test().MustIssue(g, 1)
		blob := a.Certificate()
		for i := range blob {
			blob[i] ^= 1 << (i % 8)
			err := testca.Verifier{}.VerifyCertificate(blob)
			require.Error(t, err, "byte %d of generation %v", i, g)
			require.True(t, errors.Is(err, testca.ErrForm) || errors.Is(err, testca.ErrChain), "%v", err)
			blob[i] ^= 1 << (i % 8)
		}
	}
}

func TestOneFlippedBitInAResponseIsNoticed(t *testing.T) {
	for _, g := range generations {
		a := testca.Test().MustIssue(g, 1)
		cert, err := testca.ParseCertificate(a.Certificate())
		require.NoError(t, err)
		challenge := make([]byte, g.ChallengeSize())
		response := sign(t, a, challenge)
		for i := range response {
			response[i] ^= 0x10
			require.ErrorIs(t, testca.Verifier{}.Response(cert, challenge, response), testca.ErrResponse)
			response[i] ^= 0x10
		}
	}
}

func TestResponsesOfTheWrongSizeAreRefusedByEveryPolicy(t *testing.T) {
	a := testca.Test().MustIssue(mfi.Gen30, 1)
	cert, err := testca.ParseCertificate(a.Certificate())
	require.NoError(t, err)
	challenge := make([]byte, 32)
	for _, policy := range []testca.Policy{testca.CheckChain, testca.CheckSignature, testca.AcceptWellFormed} {
		v := testca.Verifier{Policy: policy}
		for _, n := range []int{0, 63, 65, 128, 608} {
			require.ErrorIs(t, v.Response(cert, challenge, make([]byte, n)), testca.ErrResponse)
		}
		require.ErrorIs(t, v.Response(cert, make([]byte, 20), make([]byte, 64)), testca.ErrDigest)
	}
	assert.EqualError(t, testca.Verifier{}.Response(cert, challenge, make([]byte, 128)),
		"testca: challenge response is wrong: 128 bytes, a 3.0 certificate wants 64")
	zeros := testca.Verifier{}.Response(cert, challenge, make([]byte, 64))
	assert.ErrorIs(t, zeros, testca.ErrResponse, "r and s of zero never verify")
}

// An accessory that sends some fixed blob, or its certificate, as signature fails on real phones too (iAP2 traces).
func TestTheCertificateIsNoSignature(t *testing.T) {
	a := testca.Test().MustIssue(mfi.Gen20, 1)
	assert.ErrorIs(t, testca.Verifier{}.VerifyResponse(a.Certificate(), make([]byte, 20), a.Certificate()[:128]), testca.ErrResponse)
}

func TestEveryTruncationIsRefusedWithItsPlace(t *testing.T) {
	for _, g := range generations {
		blob := testca.Test().MustIssue(g, 1).Certificate()
		for n := range blob {
			_, err := testca.ParseCertificate(blob[:n])
			var form *testca.FormError
			require.ErrorAs(t, err, &form)
			require.LessOrEqual(t, form.Offset, n)
			require.NotEmpty(t, form.Field)
		}
	}
}

// hexBytes reads hexadecimal with blanks.
func hexBytes(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// element wraps content into a DER element.
func element(tag byte, content ...[]byte) []byte {
	all := bytes.Join(content, nil)
	switch {
	case len(all) < 0x80:
		return append([]byte{tag, byte(len(all))}, all...)
	case len(all) < 0x100:
		return append([]byte{tag, 0x81, byte(len(all))}, all...)
	}
	return append([]byte{tag, 0x82, byte(len(all) >> 8), byte(len(all))}, all...)
}

// wrapper builds signedData by hand from its parts.
type wrapper struct {
	version, digests, info, certificates, crls, signers []byte
}

func newWrapper(cert []byte) wrapper {
	return wrapper{
		version: hexBytes("02 01 01"), digests: hexBytes("31 00"), info: hexBytes("30 0B 06 09 2A 86 48 86 F7 0D 01 07 01"),
		certificates: element(0xA0, cert), crls: hexBytes("A1 00"), signers: hexBytes("31 00"),
	}
}

func (w wrapper) blob() []byte {
	signed := element(0x30, w.version, w.digests, w.info, w.certificates, w.crls, w.signers)
	return element(0x30, hexBytes("06 09 2A 86 48 86 F7 0D 01 07 02"), element(0xA0, signed))
}

func TestFormErrorsNameOffsetAndField(t *testing.T) {
	a := testca.Test().MustIssue(mfi.Gen30, 1)
	cert := a.X509()
	require.Equal(t, a.Certificate(), newWrapper(cert).blob(), "the hand-made wrapper is the right one")
	with := func(change func(*wrapper)) []byte {
		w := newWrapper(cert)
		change(&w)
		return w.blob()
	}
	deep := hexBytes("05 00")
	for range 40 {
		deep = element(0x30, deep)
	}
	for _, tt := range []struct {
		name   string
		blob   []byte
		offset int
		field  string
		reason string
	}{
		{"nothing", nil, 0, "contentInfo", "there are no bytes"},
		{"one byte", []byte{0x30}, 0, "contentInfo", "1 bytes are left, a header needs 2"},
		{"garbage", []byte("not a certificate"), 1, "contentInfo", "length is 111, but 15 bytes are left"},
		{"a set", hexBytes("31 00"), 0, "contentInfo", "found SET, want SEQUENCE"},
		{"empty sequence", hexBytes("30 00"), 2, "contentInfo.contentType", "0 bytes are left, a header needs 2"},
		{"too long", make([]byte, 1921), 0, "contentInfo", "1921 bytes, at most 1920 are looked at"},
		{"a byte too many", append(a.Certificate(), 0), 608, "contentInfo", "1 bytes follow its last field"},
		{"bare X.509", cert, 4, "contentInfo.contentType",
			"found SEQUENCE, want OBJECT IDENTIFIER: this looks like a bare X.509 certificate, send the PKCS#7 signedData around it"},
		{"not signedData", element(0x30, hexBytes("06 09 2A 86 48 86 F7 0D 01 07 01")), 4, "contentInfo.contentType",
			"is 2A 86 48 86 F7 0D 01 07 01, want 2A 86 48 86 F7 0D 01 07 02"},
		{"no content", element(0x30, hexBytes("06 09 2A 86 48 86 F7 0D 01 07 02")), 13, "contentInfo.content", "0 bytes are left, a header needs 2"},
		{"version 3", with(func(w *wrapper) { w.version = hexBytes("02 01 03") }), 25, "signedData.version", "is 03, want 01"},
		{"no certificate", with(func(w *wrapper) { w.certificates = hexBytes("A0 00") }), 37, "signedData.certificates",
			"holds none, want exactly one"},
		{"certificates missing", with(func(w *wrapper) { w.certificates = nil }), 35, "signedData.certificates", "found [1], want [0]"},
		{"two certificates", with(func(w *wrapper) { w.certificates = element(0xA0, cert, cert) }), 604, "signedData.certificates",
			"holds more than one certificate, want exactly one"},
		{"a signer", with(func(w *wrapper) { w.signers = hexBytes("31 02 30 00") }), 606, "signedData.signerInfos", "has 2 bytes, want none"},
		{"something after the signers", with(func(w *wrapper) { w.signers = hexBytes("31 00 05 00") }), 608, "signedData",
			"2 bytes follow its last field"},
		{"content in the wrapper", with(func(w *wrapper) { w.info = hexBytes("30 0F 06 09 2A 86 48 86 F7 0D 01 07 01 A0 02 04 00") }), 41,
			"signedData.contentInfo", "4 bytes follow its last field"},
		{"indefinite length", hexBytes("30 80 00 00"), 1, "contentInfo", "length is indefinite (0x80), DER wants it definite"},
		{"huge length", hexBytes("30 84 7F FF FF FF"), 1, "contentInfo", "length 0x84 has 4 bytes, more than any certificate needs"},
		{"length cut off", hexBytes("30 82 01"), 1, "contentInfo", "length is cut off"},
		{"long way round", hexBytes("30 81 02 06 00"), 1, "contentInfo", "length 81 02 is not in its shortest form"},
		{"long way round in two", hexBytes("30 82 00 80"), 1, "contentInfo", "length 82 00 80 is not in its shortest form"},
		{"long tag", hexBytes("3F 81 01 00"), 0, "contentInfo", "tag 0x3F is in the long form, which nothing here needs"},
		{"deep nest", newWrapper(deep).blob(), 87, "signedData.certificates[0]", "nests deeper than 24 levels"},
		{"no certificate in its place", newWrapper(hexBytes("30 03 02 01 05")).blob(), 37, "signedData.certificates[0]", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := testca.ParseCertificate(tt.blob)
			var form *testca.FormError
			require.ErrorAs(t, err, &form)
			assert.ErrorIs(t, err, testca.ErrForm)
			assert.Equal(t, tt.field, form.Field)
			assert.Equal(t, tt.offset, form.Offset)
			if tt.reason != "" {
				assert.Equal(t, tt.reason, form.Reason)
			}
		})
	}
}

func TestOtherKeysAreRefused(t *testing.T) {
	// The authorities' own certificates are well formed, but for RSA-2048.
	blob := newWrapper(testca.Test().Certificate(mfi.Gen20).Raw).blob()
	_, err := testca.ParseCertificate(blob)
	require.ErrorIs(t, err, testca.ErrForm)
	assert.Contains(t, err.Error(), "signedData.certificates[0].subjectPublicKey at offset ")
	assert.Contains(t, err.Error(), "RSA with 2048 bits, want 1024")
}

func TestTheEmptyListOfCRLsMayBeMissing(t *testing.T) {
	w := newWrapper(testca.Test().MustIssue(mfi.Gen30, 1).X509())
	w.crls = nil
	_, err := testca.ParseCertificate(w.blob())
	assert.NoError(t, err)
}

func FuzzVerifier(f *testing.F) {
	for _, g := range generations {
		a := testca.Test().MustIssue(g, 1)
		f.Add(a.Certificate(), make([]byte, g.ChallengeSize()), make([]byte, g.ResponseSize()))
		f.Add(a.X509(), []byte{}, []byte{})
	}
	f.Add(hexBytes("30 80 30 80 30 80"), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, blob, challenge, response []byte) {
		for _, policy := range []testca.Policy{testca.CheckChain, testca.CheckSignature, testca.AcceptWellFormed} {
			v := testca.Verifier{Policy: policy}
			cert, err := v.Certificate(blob)
			if err != nil {
				var form *testca.FormError
				if errors.As(err, &form) && (form.Offset < 0 || form.Offset > len(blob)) {
					t.Fatalf("offset %d in %d bytes: %v", form.Offset, len(blob), err)
				}
				continue
			}
			if err := v.Response(cert, challenge, response); err == nil && len(response) != cert.Generation.ResponseSize() {
				t.Fatalf("accepted a response of %d bytes", len(response))
			}
		}
	})
}

func BenchmarkVerifier(b *testing.B) {
	for _, g := range generations {
		a, challenge := testca.Test().MustIssue(g, 1), make([]byte, g.ChallengeSize())
		response, err := a.Sign(challenge)
		if err != nil {
			b.Fatal(err)
		}
		blob := a.Certificate()
		b.Run(g.String(), func(b *testing.B) {
			b.SetBytes(int64(len(blob)))
			b.ReportAllocs()
			for b.Loop() {
				if err := (testca.Verifier{}).VerifyResponse(blob, challenge, response); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
