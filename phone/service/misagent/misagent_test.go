package misagent_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"math/big"
	"testing"

	"github.com/smallstep/pkcs7"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/misagent"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/plist"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

// profile returns a provisioning profile, as it is and signed.
func profile(t *testing.T, uuid string) (plain, signed []byte) {
	t.Helper()
	plain, err := plist.AppendXML(nil, dict{"UUID": uuid, "Name": "Test"})
	require.NoError(t, err)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: sim.Epoch, NotAfter: sim.Epoch.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	data, err := pkcs7.NewSignedData(plain)
	require.NoError(t, err)
	require.NoError(t, data.AddSigner(cert, key, pkcs7.SignerInfoConfig{}))
	signed, err = data.Finish()
	require.NoError(t, err)
	return plain, signed
}

// What ideviceprovision install, list and remove ask.
func TestProfiles(t *testing.T) {
	plain, signed := profile(t, "A-1")
	other, _ := profile(t, "B-2")
	const ok = uint64(misagent.OK)
	b := lockdowntest.NewBench(t, state.Options{}, misagent.Service())
	b.Serve(misagent.Name, func(s *lockdowntest.Service) {
		for i, step := range []struct {
			m       dict
			status  uint64
			payload []any
		}{
			{dict{"MessageType": "CopyAll", "ProfileType": "Provisioning"}, ok, []any{}},
			{dict{"MessageType": "Install", "ProfileType": "Provisioning", "Profile": signed}, ok, nil},
			{dict{"MessageType": "Install", "ProfileType": "Provisioning", "Profile": other}, ok, nil},
			{dict{"MessageType": "CopyAll", "ProfileType": "Provisioning"}, ok, []any{signed, other}},
			{dict{"MessageType": "Install", "ProfileType": "Provisioning", "Profile": plain}, ok, nil},
			{dict{"MessageType": "Copy", "ProfileType": "Provisioning"}, ok, []any{other, plain}},
			{dict{"MessageType": "Remove", "ProfileType": "Provisioning", "ProfileID": "B-2"}, ok, nil},
			{dict{"MessageType": "Remove", "ProfileType": "Provisioning", "ProfileID": "B-2"}, uint64(misagent.NotInstalled), nil},
			{dict{"MessageType": "Remove", "ProfileType": "Provisioning"}, uint64(misagent.NotInstalled), nil},
			{dict{"MessageType": "CopyAll"}, ok, []any{plain}},
			{dict{"MessageType": "Install", "ProfileType": "Provisioning", "Profile": []byte("x")}, uint64(misagent.InvalidProfile), nil},
			{dict{"MessageType": "Install", "ProfileType": "Provisioning", "Profile": "x"}, uint64(misagent.InvalidProfile), nil},
			{dict{"MessageType": "Install", "ProfileType": "Other", "Profile": plain}, uint64(misagent.BadRequest), nil},
			{dict{"MessageType": "Dance"}, uint64(misagent.BadRequest), nil},
		} {
			reply, err := s.Exchange(step.m)
			require.NoError(t, err)
			want := dict{"MessageType": "Response", "Status": step.status}
			if step.payload != nil {
				want["Payload"] = step.payload
			}
			require.Equal(t, want, reply, i)
		}
	})
}

func Example() {
	fmt.Println(misagent.Service().Name)
	// Output: com.apple.misagent
}
