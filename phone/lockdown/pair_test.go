package lockdown_test

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"math/big"
	"testing"

	"github.com/smallstep/pkcs7"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// The dialog as idevicepair meets it, which runs anew for each attempt, with a new
// HostID.
func TestTrustDialog(t *testing.T) {
	b := bench(t, state.Options{Passcode: true, Locked: true, User: state.User{Answer: state.AnswerNone}})
	attempt := 0
	pair := func() string {
		attempt++
		b.Host.Renew(attempt)
		c := b.Connect()
		defer c.Close()
		return code(t, c.Pair(b.Host))
	}
	b.Run(func() {
		require.Equal(t, "PasswordProtected", pair())
		b.Phone.Unlock()
		require.Equal(t, "PairingDialogResponsePending", pair())
		require.Equal(t, "PairingDialogResponsePending", pair())
		require.True(t, b.Phone.Refuse())
		require.Equal(t, "UserDeniedPairing", pair())
		require.Equal(t, "UserDeniedPairing", pair())
		b.Phone.Unplugged()
		require.Equal(t, "PairingDialogResponsePending", pair())
		require.True(t, b.Phone.Trust())
		require.Equal(t, "", pair())
		require.Equal(t, state.Trusted, b.Phone.Attitude(b.Host.SystemBUID))
		b.Session()
	})
}

// pymobiledevice3 repeats Pair every second on one connection until the user has
// tapped.
func TestPairAgainEverySecond(t *testing.T) {
	b := bench(t, state.Options{User: state.User{After: 3500 * ms}})
	b.Run(func() {
		c := b.Connect()
		var got []string
		for {
			e := code(t, c.Pair(b.Host))
			got = append(got, e)
			if e == "" {
				break
			}
			b.World.Sleep(second)
		}
		const pending = "PairingDialogResponsePending"
		require.Equal(t, []string{pending, pending, pending, pending, ""}, got)
	})
}

func TestPairErrors(t *testing.T) {
	h := lockdowntest.NewHost("desk")
	device := bench(t, state.Options{}).Phone.Key().PublicKey
	swapped, err := wire.NewPairRecord("x", "y", h.Key, h.Root, &device, h.Certificates)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(record dict)
		want   string
	}{
		"good":                {func(dict) {}, ""},
		"no buid":             {func(r dict) { delete(r, "SystemBUID") }, ""},
		"more than needed":    {func(r dict) { r["RootPrivateKey"], r["HostName"] = []byte("x"), "desk" }, ""},
		"no host id":          {func(r dict) { delete(r, "HostID") }, "MissingHostID"},
		"empty host id":       {func(r dict) { r["HostID"] = "" }, "MissingHostID"},
		"long host id":        {func(r dict) { r["HostID"] = string(make([]byte, 300)) }, "InvalidPairRecord"},
		"no certificate":      {func(r dict) { delete(r, "HostCertificate") }, "InvalidPairRecord"},
		"not PEM":             {func(r dict) { r["RootCertificate"] = []byte("certificate") }, "InvalidPairRecord"},
		"certificate as text": {func(r dict) { r["RootCertificate"] = "certificate" }, "InvalidPairRecord"},
		"another PEM":         {func(r dict) { r["RootCertificate"] = pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY"}) }, "InvalidPairRecord"},
		"broken device": {func(r dict) {
			r["DeviceCertificate"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})
		}, "InvalidPairRecord"},
		"another root":    {func(r dict) { r["DeviceCertificate"] = swapped.DeviceCertificate }, "InvalidPairRecord"},
		"root is no CA":   {func(r dict) { r["RootCertificate"] = r["HostCertificate"] }, "InvalidPairRecord"},
		"another phone's": {func(r dict) { r["DeviceCertificate"] = r["HostCertificate"] }, "InvalidPairRecord"},
	} {
		t.Run(name, func(t *testing.T) {
			b := bench(t, state.Options{})
			b.Run(func() {
				client := b.Connect()
				require.NoError(t, b.Host.Certify(b.Phone.PublicKey()))
				record := b.Host.PairRecord()
				c.change(record)
				_, err := client.Ask("Pair", dict{"PairRecord": record})
				require.Equal(t, c.want, code(t, err))
				require.Equal(t, c.want == "", len(b.Phone.Hosts()) == 1)
			})
		})
	}
	b := bench(t, state.Options{})
	b.Run(func() {
		for _, request := range []string{"Pair", "ValidatePair", "Unpair"} {
			_, err := b.Connect().Ask(request, nil)
			require.Equal(t, "MissingPairRecord", code(t, err))
			_, err = b.Connect().Ask(request, dict{"PairRecord": "text"})
			require.Equal(t, "InvalidPairRecord", code(t, err))
			_, err = b.Connect().Ask(request, dict{"PairRecord": dict{}})
			require.Equal(t, "MissingHostID", code(t, err))
		}
	})
}

func TestValidateAndUnpair(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Connect()
		require.NoError(t, b.Host.Certify(b.Phone.PublicKey()))
		record := dict{"PairRecord": b.Host.PairRecord()}
		for _, request := range []string{"ValidatePair", "Unpair"} {
			_, err := c.Ask(request, record)
			require.Equal(t, "InvalidHostID", code(t, err))
		}
		require.NoError(t, c.Pair(b.Host))
		_, err := c.Ask("ValidatePair", record)
		require.NoError(t, err)
		_, err = c.Ask("Unpair", dict{"PairRecord": dict{"HostID": b.Host.HostID}})
		require.NoError(t, err)
		require.Equal(t, "InvalidHostID", code(t, c.StartSession(b.Host)))
	})
}

// A host that is trusted pairs again without a dialog, and gets the same escrow bag.
func TestPairTwice(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Connect()
		require.NoError(t, c.Pair(b.Host))
		bag := b.Host.EscrowBag()
		b.Phone.SetUser(state.User{Answer: state.AnswerRefuse})
		require.NoError(t, c.Pair(b.Host))
		require.Equal(t, bag, b.Host.EscrowBag())
		other := lockdowntest.NewHost("laptop")
		require.Equal(t, "PairingDialogResponsePending", code(t, c.Pair(other)))
		b.World.Sleep(ms)
		require.Equal(t, "UserDeniedPairing", code(t, c.Pair(other)))
	})
}

// Before iOS 7 nobody asks, and there is no escrow bag.
func TestPairWithOldPhone(t *testing.T) {
	b := bench(t, state.Options{ProductVersion: "6.1.3", User: state.User{Answer: state.AnswerRefuse}})
	b.Run(func() {
		c := b.Connect()
		require.NoError(t, c.Pair(b.Host))
		require.Nil(t, b.Host.EscrowBag())
		_, err := c.Ask("ValidatePair", dict{"PairRecord": b.Host.PairRecord()})
		require.NoError(t, err)
		require.Equal(t, "SetProhibited", code(t, c.SetValue("", "UntrustedHostBUID", "x")))
		require.NoError(t, c.StartSession(b.Host))
	})
}

func TestPairOverTheAir(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		dial := func() *lockdowntest.Client {
			near, far := b.World.Pipe("Wi-Fi")
			require.NoError(t, b.Server.Ports().ConnectWireless(62078, far))
			return lockdowntest.NewClient(b.Server, near)
		}
		_, far := b.World.Pipe("Wi-Fi")
		require.Error(t, b.Server.Ports().ConnectWireless(62078, far), "not allowed yet")
		require.NoError(t, b.Session().SetValue("com.apple.mobile.wireless_lockdown", "EnableWifiConnections", true))
		require.Equal(t, "PairingProhibitedOverThisConnection", code(t, dial().Pair(lockdowntest.NewHost("laptop"))))
		require.NoError(t, dial().StartSession(b.Host))
	})
}

// supervisor makes an organisation's certificate.
func supervisor(t *testing.T, serial int64) *x509.Certificate {
	h := lockdowntest.NewHost("organisation")
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: sim.Epoch.AddDate(-1, 0, 0), NotAfter: sim.Epoch.AddDate(9, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &h.Key.PublicKey, h.Key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return cert
}

// The organisation that supervises a phone pairs by signing a challenge: the user
// is not asked. Others are, or are kept out.
func TestSupervisedPhone(t *testing.T) {
	cert := supervisor(t, 7)
	for _, off := range []bool{false, true} {
		b := bench(t, state.Options{Supervisor: cert.Raw, PairingOff: off, User: state.User{Answer: state.AnswerNone}})
		b.Run(func() {
			c := b.Connect()
			want := "PairingDialogResponsePending"
			if off {
				want = "MCProtected"
			}
			require.Equal(t, want, code(t, c.Pair(lockdowntest.NewHost("laptop"))))

			require.NoError(t, b.Host.Certify(b.Phone.PublicKey()))
			ask := func(options dict) (dict, string) {
				all := dict{"ExtendedPairingErrors": true}
				maps.Copy(all, options)
				reply, err := c.Ask("Pair", dict{"PairRecord": b.Host.PairRecord(), "PairingOptions": all})
				return reply, code(t, err)
			}
			_, e := ask(dict{"ChallengeResponse": sign(t, b.Host, cert, []byte("not asked"))})
			require.Equal(t, "MCProtected", e)
			reply, e := ask(dict{"SupervisorCertificate": cert.Raw})
			require.Equal(t, "MCChallengeRequired", e)
			challenge := reply["ExtendedResponse"].(dict)["PairingChallenge"].([]byte)
			require.Len(t, challenge, 32)
			for name, response := range map[string][]byte{
				"garbage":         []byte("garbage"),
				"other challenge": sign(t, b.Host, cert, make([]byte, 32)),
				"other signer":    sign(t, b.Host, supervisor(t, 8), challenge),
			} {
				_, e = ask(dict{"ChallengeResponse": response})
				require.Equal(t, "MCProtected", e, name)
			}
			reply, e = ask(dict{"ChallengeResponse": sign(t, b.Host, cert, challenge)})
			require.Equal(t, "", e)
			require.Len(t, reply["EscrowBag"], 32)
			require.NoError(t, c.StartSession(b.Host))
		})
	}
}

func sign(t *testing.T, h *lockdowntest.Host, cert *x509.Certificate, content []byte) []byte {
	data, err := pkcs7.NewSignedData(content)
	require.NoError(t, err)
	require.NoError(t, data.AddSigner(cert, h.Key, pkcs7.SignerInfoConfig{}))
	out, err := data.Finish()
	require.NoError(t, err)
	return out
}
