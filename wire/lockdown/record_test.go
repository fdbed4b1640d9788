package lockdown

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	stdpem "encoding/pem"
	"errors"
	"io"
	"math/big"
	randv2 "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plugfest/plugfest/wire/plist"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// seeded is a stream of bytes that is always the same.
func seeded(name string) io.Reader {
	var seed [32]byte
	copy(seed[:], name)
	return randv2.NewChaCha8(seed)
}

func testKey(t testing.TB, name string) *rsa.PrivateKey {
	t.Helper()
	if k := keys[name]; k != nil {
		return k
	}
	k, err := NewKey(seeded("plugfest test key " + name))
	require.NoError(t, err)
	keys[name] = k
	return k
}

var keys = map[string]*rsa.PrivateKey{}

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func testRecord(t testing.TB, o CertificateOptions) PairRecord {
	t.Helper()
	o.NotBefore = noon
	r, err := NewPairRecord("HOST", "BUID", testKey(t, "root"), testKey(t, "host"), &testKey(t, "device").PublicKey, o)
	require.NoError(t, err)
	return r
}

func TestNewKey(t *testing.T) {
	k := testKey(t, "device")
	require.NoError(t, k.Validate())
	require.Equal(t, KeyBits, k.N.BitLen())
	require.Equal(t, 65537, k.E)
	require.NotEqual(t, testKey(t, "host").N, k.N)
	sum := sha1.Sum(k.N.Bytes())
	require.Equal(t, "b9cbd07fafcabee38d1ef8d00d9806da168866e8", hex.EncodeToString(sum[:]), "the same bytes give the same key, today and tomorrow")
	_, err := NewKey(bytes.NewReader(make([]byte, 100)))
	require.EqualError(t, err, "lockdown: random bytes for a key: unexpected EOF")
	_, err = NewKey(io.LimitReader(seeded("x"), 200))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// A reader that repeats itself gives two equal primes, which are not taken.
func TestNewKeyWithEqualPrimes(t *testing.T) {
	p := make([]byte, KeyBits/16)
	_, _ = io.ReadFull(seeded("p"), p)
	k, err := NewKey(io.MultiReader(bytes.NewReader(p), bytes.NewReader(p), seeded("q")))
	require.NoError(t, err)
	require.NotEqual(t, k.Primes[0], k.Primes[1])
}

func TestCertificates(t *testing.T) {
	for _, c := range []struct {
		o    CertificateOptions
		want x509.SignatureAlgorithm
	}{
		{CertificateOptions{}, x509.SHA1WithRSA},
		{CertificateOptions{Serial: 1, SHA256: true}, x509.SHA256WithRSA},
	} {
		r := testRecord(t, c.o)
		require.NoError(t, r.Check(&testKey(t, "device").PublicKey))
		for i, b := range [][]byte{r.RootCertificate, r.HostCertificate, r.DeviceCertificate} {
			cert, err := ParseCertificate(b)
			require.NoError(t, err)
			assert.Equal(t, c.want, cert.SignatureAlgorithm)
			assert.Equal(t, 3, cert.Version)
			assert.Equal(t, c.o.Serial, cert.SerialNumber.Int64())
			assert.Equal(t, unhex("3000"), cert.RawSubject, "empty")
			assert.Equal(t, unhex("3000"), cert.RawIssuer, "empty")
			assert.Equal(t, noon, cert.NotBefore)
			assert.Equal(t, noon.AddDate(10, 0, 0), cert.NotAfter)
			assert.True(t, cert.BasicConstraintsValid)
			assert.Equal(t, i == 0, cert.IsCA)
			usage := x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
			if i == 0 {
				usage = 0
			}
			assert.Equal(t, usage, cert.KeyUsage)
			for _, e := range cert.Extensions {
				critical := e.Id.String() != "2.5.29.14" // all but SubjectKeyIdentifier
				assert.Equal(t, critical, e.Critical, e.Id.String())
			}
		}
		dev, err := ParseCertificate(r.DeviceCertificate)
		require.NoError(t, err)
		id := sha1.Sum(x509.MarshalPKCS1PublicKey(&testKey(t, "device").PublicKey))
		require.Equal(t, id[:], dev.SubjectKeyId)
	}
}

// Why Check verifies by itself.
func TestTrap19GoRefusesTheseCertificates(t *testing.T) {
	r := testRecord(t, CertificateOptions{})
	root, err := ParseCertificate(r.RootCertificate)
	require.NoError(t, err)
	host, err := ParseCertificate(r.HostCertificate)
	require.NoError(t, err)
	require.ErrorAs(t, host.CheckSignatureFrom(root), new(x509.InsecureAlgorithmError))
	require.NoError(t, r.Check(nil))
}

func TestCertificatesAreDeterministic(t *testing.T) {
	require.Equal(t, testRecord(t, CertificateOptions{}), testRecord(t, CertificateOptions{}))
}

func TestCertificateOptionsThatGoRefuses(t *testing.T) {
	_, err := NewPairRecord("H", "B", testKey(t, "root"), testKey(t, "host"), &testKey(t, "device").PublicKey, CertificateOptions{Serial: -1})
	require.ErrorContains(t, err, "lockdown: root certificate: ")
}

func TestDevicePublicKeyIsPKCS1(t *testing.T) {
	key := &testKey(t, "device").PublicKey
	b := AppendPublicKey([]byte("x"), key)
	require.True(t, bytes.HasPrefix(b, []byte("x-----BEGIN RSA PUBLIC KEY-----\n")))
	back, err := ParsePublicKey(b[1:])
	require.NoError(t, err)
	require.True(t, key.Equal(back))
	_, err = ParsePublicKey([]byte("nothing"))
	require.EqualError(t, err, `lockdown: public key: no PEM block, want "RSA PUBLIC KEY"`)
	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(t, err)
	_, err = ParsePublicKey(stdpem.EncodeToMemory(&stdpem.Block{Type: "PUBLIC KEY", Bytes: der}))
	require.EqualError(t, err, `lockdown: public key: PEM block of another type: "PUBLIC KEY", want "RSA PUBLIC KEY"`)
	_, err = ParsePublicKey(stdpem.EncodeToMemory(&stdpem.Block{Type: "RSA PUBLIC KEY", Bytes: []byte{1}}))
	require.ErrorContains(t, err, "lockdown: public key: asn1")
}

func TestPrivateKeys(t *testing.T) {
	key := testKey(t, "host")
	back, err := ParsePrivateKey(AppendPrivateKey(nil, key))
	require.NoError(t, err)
	require.True(t, key.Equal(back))
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	block := func(kind string, b []byte) []byte {
		return stdpem.EncodeToMemory(&stdpem.Block{Type: kind, Bytes: b})
	}
	back, err = ParsePrivateKey(block("PRIVATE KEY", der))
	require.NoError(t, err)
	require.True(t, key.Equal(back))

	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err = x509.MarshalPKCS8PrivateKey(other)
	require.NoError(t, err)
	_, err = ParsePrivateKey(block("PRIVATE KEY", der))
	require.ErrorIs(t, err, ErrNotRSA)
	_, err = ParsePrivateKey(block("PRIVATE KEY", []byte{1}))
	require.ErrorContains(t, err, "lockdown: private key: asn1")
	_, err = ParsePrivateKey(block("RSA PRIVATE KEY", []byte{1}))
	require.ErrorContains(t, err, "lockdown: private key: asn1")
	_, err = ParsePrivateKey(block("EC PRIVATE KEY", []byte{1}))
	require.ErrorIs(t, err, ErrPEMType)
}

func TestPairRecordRoundTrip(t *testing.T) {
	want := testRecord(t, CertificateOptions{})
	want.EscrowBag, want.WiFiMACAddress = []byte{1, 2, 3}, "aa:bb:cc:dd:ee:ff"
	want.Extra = map[string]any{"HostName": "bench", "Number": uint64(7)}
	for _, f := range []plist.Format{plist.XML, plist.Binary} {
		b, err := want.AppendTo(nil, f)
		require.NoError(t, err)
		got, err := ParsePairRecord(b, plist.Limits{})
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	public := want.Public()
	require.Equal(t, &PairRecord{HostID: "HOST", SystemBUID: "BUID", RootCertificate: want.RootCertificate,
		HostCertificate: want.HostCertificate, DeviceCertificate: want.DeviceCertificate}, public, "no keys leave the host")
	_, err := ParsePairRecord(doc("<key>EscrowBag</key><string>x</string>"), plist.Limits{})
	require.EqualError(t, err, "lockdown: pair record: plist: EscrowBag: is string, want data")
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	good := testRecord(t, CertificateOptions{})
	other := testRecord(t, CertificateOptions{})
	c, err := NewCertificates(testKey(t, "host"), testKey(t, "root"), &testKey(t, "device").PublicKey, CertificateOptions{NotBefore: noon})
	require.NoError(t, err)
	other.RootCertificate, other.HostCertificate, other.DeviceCertificate = c.Root, c.Host, c.Device
	broken := func(b []byte) []byte {
		p, _ := stdpem.Decode(b)
		p.Bytes[len(p.Bytes)-1] ^= 1 // in the signature
		return stdpem.EncodeToMemory(p)
	}
	for _, c := range []struct {
		name   string
		change func(*PairRecord)
		field  string
		err    error
	}{
		{"no host", func(r *PairRecord) { r.HostID = "" }, "HostID", ErrMissing},
		{"no BUID", func(r *PairRecord) { r.SystemBUID = "" }, "SystemBUID", ErrMissing},
		{"no root", func(r *PairRecord) { r.RootCertificate = nil }, "RootCertificate", ErrMissing},
		{"no host certificate", func(r *PairRecord) { r.HostCertificate = nil }, "HostCertificate", ErrMissing},
		{"no device certificate", func(r *PairRecord) { r.DeviceCertificate = nil }, "DeviceCertificate", ErrMissing},
		{"not PEM", func(r *PairRecord) { r.HostCertificate = []byte("x") }, "HostCertificate", ErrNoPEM},
		{"a key for a certificate", func(r *PairRecord) { r.HostCertificate = r.HostPrivateKey }, "HostCertificate", ErrPEMType},
		{"a leaf for a root", func(r *PairRecord) { r.RootCertificate = r.HostCertificate }, "RootCertificate", ErrNotRoot},
		{"root of another pairing", func(r *PairRecord) { r.RootCertificate = other.RootCertificate }, "HostCertificate", ErrSignature},
		{"device certificate of another", func(r *PairRecord) { r.DeviceCertificate = other.DeviceCertificate }, "DeviceCertificate", ErrSignature},
		{"root's signature", func(r *PairRecord) { r.RootCertificate = broken(r.RootCertificate) }, "RootCertificate", ErrSignature},
		{"another device's key", func(r *PairRecord) { r.DeviceCertificate = r.HostCertificate }, "DeviceCertificate", ErrKey},
		{"keys swapped", func(r *PairRecord) { r.RootPrivateKey = r.HostPrivateKey }, "RootPrivateKey", ErrKey},
		{"host's key", func(r *PairRecord) { r.HostPrivateKey = r.RootPrivateKey }, "HostPrivateKey", ErrKey},
		{"no key", func(r *PairRecord) { r.HostPrivateKey = []byte("x") }, "HostPrivateKey", ErrNoPEM},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := good
			c.change(&r)
			err := r.Check(&testKey(t, "device").PublicKey)
			var e *RecordError
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.field, e.Field)
			require.ErrorIs(t, err, c.err)
			require.ErrorContains(t, err, "lockdown: pair record: "+c.field+": ")
		})
	}
	r := good
	r.RootPrivateKey, r.HostPrivateKey = nil, nil
	require.NoError(t, r.Check(nil), "what the device gets has no keys")
}

func TestCheckOfOtherAlgorithms(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: noon, NotAfter: noon, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	r := testRecord(t, CertificateOptions{})
	r.RootCertificate = stdpem.EncodeToMemory(&stdpem.Block{Type: "CERTIFICATE", Bytes: der})
	require.ErrorIs(t, r.Check(nil), ErrNotRSA)

	template.SignatureAlgorithm = x509.SHA256WithRSAPSS
	der, err = x509.CreateCertificate(rand.Reader, template, template, &testKey(t, "root").PublicKey, testKey(t, "root"))
	require.NoError(t, err)
	r.RootCertificate = stdpem.EncodeToMemory(&stdpem.Block{Type: "CERTIFICATE", Bytes: der})
	require.ErrorIs(t, r.Check(nil), ErrSignatures)
}

func TestNewUUID(t *testing.T) {
	id, err := NewUUID(bytes.NewReader(bytes.Repeat([]byte{0xAB}, 16)))
	require.NoError(t, err)
	require.Equal(t, "ABABABAB-ABAB-4BAB-ABAB-ABABABABABAB", id)
	_, err = NewUUID(strings.NewReader("short"))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NotNil(t, errors.Unwrap(err))
}

// OpenSSL, which most tools use, reads them. It cannot follow the chain: subject
// and issuer being empty alike, it takes each for one that signed itself.
func TestOpenSSLReadsTheCertificates(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl")
	}
	r := testRecord(t, CertificateOptions{})
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, b, 0o600))
		return path
	}
	for name, b := range map[string][]byte{"host": r.HostCertificate, "device": r.DeviceCertificate} {
		out, err := exec.Command(openssl, "x509", "-noout", "-text", "-in", file(name, b)).CombinedOutput()
		require.NoError(t, err, "%s", out)
		text := string(out)
		for _, want := range []string{"Version: 3", "Serial Number: 0", "sha1WithRSAEncryption", "CA:FALSE", "Digital Signature, Key Encipherment", "Public-Key: (2048 bit)"} {
			assert.Contains(t, text, want)
		}
	}
	out, err := exec.Command(openssl, "rsa", "-check", "-noout", "-in", file("key", r.HostPrivateKey)).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "RSA key ok")
}
