package desk_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/wire/plist"
)

// profile makes a provisioning profile: a property list in PKCS#7, signed by nobody
// in particular.
func profile(t *testing.T, uuid, name string) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	c := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &c, &c, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	content, err := plist.AppendXML(nil, map[string]any{
		"UUID": uuid, "Name": name, "AppIDName": name, "TeamName": "Plugfest", "ProvisionedDevices": []any{udid},
		"CreationDate": time.Unix(1600000000, 0).UTC(), "ExpirationDate": time.Unix(1900000000, 0).UTC(), "Version": 1,
	})
	require.NoError(t, err)
	s, err := pkcs7.NewSignedData(content)
	require.NoError(t, err)
	require.NoError(t, s.AddSigner(cert, key, pkcs7.SignerInfoConfig{}))
	b, err := s.Finish()
	require.NoError(t, err)
	return b
}

// Provisioning profiles are installed, listed, copied byte for byte, and removed.
func TestProfiles(t *testing.T) {
	const one, two = "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-AAAAAAAAAAAA"
	d := paired(t)
	says(t, d, "Device has 0 provisioning profiles installed:", "ideviceprovision", "list")
	dir := t.TempDir()
	data := map[string][]byte{one: profile(t, one, "First"), two: profile(t, two, "Second")}
	for uuid, b := range data {
		file := filepath.Join(dir, uuid)
		require.NoError(t, os.WriteFile(file, b, 0o600))
		says(t, d, "Profile '"+file+"' installed successfully.", "ideviceprovision", "install", file)
	}
	got, err := tool(t, d, "ideviceprovision", "list")
	require.NoError(t, err)
	require.Contains(t, got, "Device has 2 provisioning profiles installed:")
	require.Contains(t, got, one+" - First")
	require.Contains(t, got, two+" - Second")

	out := t.TempDir()
	_, err = tool(t, d, "ideviceprovision", "copy", out)
	require.NoError(t, err)
	for uuid, b := range data {
		copied, err := os.ReadFile(filepath.Join(out, uuid+".mobileprovision"))
		require.NoError(t, err)
		require.Equal(t, b, copied)
	}
	got, err = tool(t, d, "ideviceprovision", "dump", filepath.Join(out, one+".mobileprovision"))
	require.NoError(t, err)
	require.Contains(t, got, "UUID: "+one)

	says(t, d, "Could not remove profile 'none', status code 0xe8008002", "ideviceprovision", "remove", "none")
	says(t, d, "Profile '"+one+"' removed.", "ideviceprovision", "remove", one)
	says(t, d, lines("Device has 1 provisioning profile installed:", two+" - Second"), "ideviceprovision", "list")
	got, err = tool(t, d, "ideviceprovision", "remove-all")
	require.NoError(t, err)
	require.Contains(t, got, "1 profiles removed.")
	says(t, d, "Device has 0 provisioning profiles installed:", "ideviceprovision", "list")

	bad := filepath.Join(dir, "bad")
	require.NoError(t, os.WriteFile(bad, []byte("no profile"), 0o600))
	says(t, d, "Could not install profile '"+bad+"', status code: 0xe8008001", "ideviceprovision", "install", bad)
	require.NoError(t, d.Do(func(d *desk.Desk) { require.Empty(t, d.State.Profiles.All()) }))
}
