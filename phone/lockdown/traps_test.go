package lockdown_test

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/catalogue"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// What costs people who write the phone's side the most time, a test each. The
// numbers are those of a list of twenty; the others are the mux's and the daemon's.

// libimobiledevice reads the length with one recv: length and list leave in one
// write.
func TestTrap09OneWrite(t *testing.T) { TestMessagesAreOneWrite(t) }

// The iPhone is the TLS server, with the certificate that the host made for it.
func TestTrap13ThePhoneIsTheServer(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Session()
		shown := c.TLS().State().PeerCertificates
		require.Len(t, shown, 1)
		block, _ := pem.Decode(b.Host.Record.DeviceCertificate)
		require.Equal(t, block.Bytes, shown[0].Raw)
		require.Empty(t, shown[0].Subject.String())
		require.Zero(t, shown[0].SerialNumber.Sign())
	})
}

// usbmuxd 1.1.1 begins with TLS 1.0 whatever the phone. Refused, it throws its record
// away and pairs again, at each plug-in.
func TestTrap14TLS10(t *testing.T) {
	b := bench(t, state.Options{ProductVersion: "17.5.1"})
	b.Run(func() {
		old(tls.VersionTLS10)(b.Host)
		c := b.Session()
		require.Equal(t, uint16(tls.VersionTLS10), c.TLS().Version())
		require.Equal(t, uint16(tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA), c.TLS().State().CipherSuite)
	})
}

// Session tickets make the handshake fail for hosts that write and hang up at once,
// as the phone would still send them when nobody reads any more.
func TestTrap15NoTickets(t *testing.T) {
	var got []string
	sink := service.Service{Name: "com.example.sink", Serve: func(s *service.Session) error {
		b, err := io.ReadAll(s)
		got = append(got, string(b))
		return err
	}}
	b := lockdowntest.NewBench(t, state.Options{}, sink)
	b.Run(func() {
		c := b.Session()
		for range 30 {
			s, err := c.StartService(sink.Name)
			require.NoError(t, err)
			_, err = s.Conn.Write([]byte("fire and forget"))
			require.NoError(t, err)
			require.NoError(t, s.Raw().Close())
			b.World.Sleep(time.Second)
		}
	})
	require.Len(t, got, 30)
	for _, x := range got {
		require.Equal(t, "fire and forget", x)
	}
}

// Every reply echoes Request, or libimobiledevice says "unknown error".
func TestTrap16Echo(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		for _, request := range []wire.Kind{
			wire.QueryType, wire.GetValue, wire.SetValue, wire.RemoveValue, wire.Pair, wire.ValidatePair, wire.Unpair, wire.StartSession,
			wire.StopSession, wire.StartService, wire.EnterRecovery, wire.Activate, wire.Deactivate, wire.Goodbye, "Coffee",
		} {
			reply, err := b.Connect().Exchange(dict{"Request": string(request)})
			require.NoError(t, err)
			require.Equal(t, string(request), reply["Request"])
		}
	})
}

// usbmuxd and the tools ask for a few values before pairing and without TLS.
func TestTrap17ValuesBeforePairing(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Connect()
		for _, key := range []string{
			"ProductVersion", "DevicePublicKey", "WiFiAddress", "DeviceName", "DeviceClass", "ProductType", "UniqueDeviceID", "UniqueChipID",
		} {
			v, err := c.Value("", key)
			require.NoError(t, err, key)
			require.NotEmpty(t, v, key)
		}
		require.NoError(t, c.SetValue("", "UntrustedHostBUID", b.Host.SystemBUID))
		b := lockdowntest.NewBench(t, state.Options{}, catalogue.Services()...)
		b.Run(func() {
			s, err := b.Connect().StartService("com.apple.mobile.insecure_notification_proxy")
			require.NoError(t, err)
			require.Same(t, s.Raw(), s.Conn)
		})
	})
}

// Go's verifier refuses the certificates of libimobiledevice, which are signed with
// SHA-1: the phone compares bytes, and checks signatures by itself.
func TestTrap19SHA1(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		require.False(t, b.Host.Certificates.SHA256)
		c := b.Session()
		require.Equal(t, "SHA1-RSA", c.TLS().State().PeerCertificates[0].SignatureAlgorithm.String())
	})
}
