package lockdown_test

import (
	"crypto/tls"
	"encoding/binary"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

func TestSessionErrors(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Connect()
		require.Equal(t, "InvalidHostID", code(t, c.StartSession(b.Host)), "not paired")
		for _, step := range []struct {
			request string
			args    dict
			want    string
		}{
			{"StartSession", nil, "MissingHostID"},
			{"StartSession", dict{"HostID": true}, "MissingHostID"},
			{"StopSession", dict{"SessionID": "x"}, "SessionInactive"},
		} {
			_, err := c.Ask(step.request, step.args)
			require.Equal(t, step.want, code(t, err))
		}
		c = b.Session()
		for _, step := range []struct {
			request string
			args    dict
			want    string
		}{
			{"StartSession", dict{"HostID": b.Host.HostID}, "SessionActive"},
			{"StopSession", nil, "MissingSessionID"},
			{"StopSession", dict{"SessionID": "x"}, "InvalidSessionID"},
			{"StopSession", dict{"SessionID": c.SessionID()}, ""},
			{"StopSession", dict{"SessionID": c.SessionID()}, "SessionInactive"},
			{"GetValue", dict{"Key": "SerialNumber"}, "GetProhibited"},
		} {
			reply, err := c.Ask(step.request, step.args)
			require.Equal(t, step.want, code(t, err))
			if step.want == "" {
				require.Equal(t, dict{"Request": "StopSession", "Result": "Success"}, reply)
			}
		}
	})
}

func TestSessionIDsDiffer(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		seen := map[string]bool{}
		for range 5 {
			id := b.Session().SessionID()
			require.Regexp(t, `^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`, id)
			seen[id] = true
		}
		require.Len(t, seen, 5)
	})
}

// "Reset Location & Privacy": the host is not known any more.
func TestForgottenHost(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Session()
		b.Phone.ForgetHosts()
		_, err := c.StartService(echo.Name)
		require.Equal(t, "InvalidHostID", code(t, err))
		require.Equal(t, "InvalidHostID", code(t, b.Connect().StartSession(b.Host)))
	})
}

// What each host tool shows and offers in TLS. The phone is the server.
func TestTLS(t *testing.T) {
	for name, c := range map[string]struct {
		host  func(*lockdowntest.Host)
		phone uint16 // oldest version that the phone takes; 0: as its iOS
		ios   string
		want  uint16 // 0: refused
	}{
		"libimobiledevice 1.3":      {host: func(h *lockdowntest.Host) { h.ShowRoot = true }, want: tls.VersionTLS13},
		"go-ios":                    {host: func(h *lockdowntest.Host) { h.MinTLS = tls.VersionTLS12 }, want: tls.VersionTLS13},
		"SHA-256":                   {host: func(h *lockdowntest.Host) { h.Certificates.SHA256 = true }, want: tls.VersionTLS13},
		"usbmuxd 1.1.1":             {host: old(tls.VersionTLS10), want: tls.VersionTLS10},
		"usbmuxd 1.1.1, newest iOS": {host: old(tls.VersionTLS10), ios: "26.0", want: 0},
		"TLS 1.1":                   {host: old(tls.VersionTLS11), want: tls.VersionTLS11},
		"TLS 1.2":                   {host: old(tls.VersionTLS12), ios: "26.0", want: tls.VersionTLS12},
		"a phone that wants 1.2":    {host: old(tls.VersionTLS10), phone: tls.VersionTLS12, want: 0},
		"a phone that wants 1.3":    {host: old(tls.VersionTLS12), phone: tls.VersionTLS13, want: 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := bench(t, state.Options{MinTLS: c.phone, ProductType: "iPhone14,7", ProductVersion: c.ios})
			b.Run(func() {
				c.host(b.Host)
				client := b.Connect()
				require.NoError(t, client.Pair(b.Host))
				err := client.StartSession(b.Host)
				if c.want == 0 {
					require.Error(t, err)
					b.World.Sleep(ms)
					require.True(t, b.Has("state.lockdown", "TLS failed"))
					return
				}
				require.NoError(t, err)
				require.Equal(t, c.want, client.TLS().Version())
				s, err := client.StartService(echo.Name)
				require.NoError(t, err)
				got, err := s.Exchange(dict{"a": "b"})
				require.NoError(t, err)
				require.Equal(t, dict{"a": "b"}, got)
			})
		})
	}
}

// old has a host offer one version only, and show its root certificate.
func old(version uint16) func(*lockdowntest.Host) {
	return func(h *lockdowntest.Host) { h.MinTLS, h.MaxTLS, h.ShowRoot = version, version, true }
}

// A host with the right HostID and another certificate is not let in.
func TestTLSWantsTheCertificateOfThePairing(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		require.NoError(t, b.Connect().Pair(b.Host))
		thief := lockdowntest.NewHost("thief")
		require.NoError(t, thief.Certify(b.Phone.PublicKey()))
		thief.HostID, thief.Certificates.SHA256 = b.Host.HostID, true
		require.NoError(t, thief.Certify(b.Phone.PublicKey()))
		c := b.Connect()
		err := c.StartSession(thief)
		if err == nil { // in TLS 1.3 the client is done before the server has looked
			_, err = c.Value("", "SerialNumber")
		}
		require.Error(t, err)
		b.World.Sleep(ms)
		require.Contains(t, b.Find("state.lockdown", "TLS failed").Get("why"), "not one of its pairing")
	})
}

// After StopSession a host may end TLS, as libimobiledevice does; go on in clear text
// at once; or go on in TLS.
func TestAfterStopSession(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Session()
		require.NoError(t, c.StopSession()) // with close_notify, both ways
		require.Nil(t, c.TLS())
		require.NoError(t, c.StartSession(b.Host), "and a new session on the same connection")
		require.NoError(t, c.StopSession())

		c = b.Session()
		_, err := c.Ask("StopSession", dict{"SessionID": c.SessionID()})
		require.NoError(t, err)
		_, err = c.Ask("QueryType", nil) // still in TLS
		require.NoError(t, err)

		near, err := lockdowntest.Dial(b.Server, wire.Port)
		require.NoError(t, err)
		c = lockdowntest.NewClient(b.Server, near)
		require.NoError(t, c.StartSession(b.Host))
		_, err = c.Ask("StopSession", dict{"SessionID": c.SessionID()})
		require.NoError(t, err)
		c.Conn = near // without a word
		_, err = c.Ask("QueryType", nil)
		require.NoError(t, err)
	})
}

// A host that hangs up in the middle of a session leaves nothing behind.
func TestHangUp(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Session()
		s, err := c.StartService(echo.Name)
		require.NoError(t, err)
		require.Equal(t, 2, b.Server.Ports().Connections())
		require.NoError(t, s.Close())
		require.NoError(t, c.Close())
		b.World.Sleep(ms)
		require.Zero(t, b.Server.Ports().Connections())
		require.False(t, b.Has("state.lockdown", "connection ended"), "hanging up is no fault")
	})
}

// Ports and handshake-only services: the bytes behind the handshake are plain, and
// none of them is lost to a reader that reads ahead.
func TestHandshakeOnlyService(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS12, tls.VersionTLS13} {
		b := bench(t, state.Options{})
		b.Run(func() {
			old(version)(b.Host)
			c := b.Session()
			reply, err := c.Ask("StartService", dict{"Service": "com.example.clear"})
			require.NoError(t, err)
			require.Equal(t, true, reply["EnableServiceSSL"])
			near, err := lockdowntest.Dial(b.Server, uint16(reply["Port"].(uint64)))
			require.NoError(t, err)
			// The last flight and the first message leave in one write.
			glued := &glue{Conn: near}
			if version == tls.VersionTLS13 {
				glued.after = 2 // certificate and Finished after the hello
			}
			_, err = lockdowntest.Secure(b.World, glued, b.Host)
			require.NoError(t, err)
			f := service.NewFrames(b.World, glued, service.Limits{})
			require.NoError(t, f.Send(dict{"in": "clear"}))
			require.NoError(t, glued.flush())
			got, err := f.Receive()
			require.NoError(t, err)
			require.Equal(t, dict{"in": "clear"}, got)
		})
	}
}

// glue holds back writes after the first few, until flush.
type glue struct {
	net.Conn
	after, n int
	held     []byte
}

func (g *glue) Write(p []byte) (int, error) {
	if g.n++; g.after == 0 || g.n < g.after {
		return g.Conn.Write(p)
	}
	g.held = append(g.held, p...)
	return len(p), nil
}

func (g *glue) flush() error {
	if len(g.held) == 0 {
		return nil
	}
	_, err := g.Conn.Write(g.held)
	return err
}

// What comes from the phone is one TLS record a message, or one write.
func TestMessagesAreOneWrite(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		near, far := b.World.Pipe("usbmux")
		tap := &writes{Conn: far}
		require.NoError(t, b.Server.Ports().Connect(wire.Port, tap))
		c := lockdowntest.NewClient(b.Server, near)
		_, err := c.Ask("QueryType", nil)
		require.NoError(t, err)
		require.Len(t, tap.list, 1)
		require.Equal(t, len(tap.list[0])-4, int(binary.BigEndian.Uint32(tap.list[0])))
		require.NoError(t, c.Pair(b.Host))
		require.NoError(t, c.StartSession(b.Host))
		tap.list = nil
		_, err = c.Value("", "ProductVersion")
		require.NoError(t, err)
		require.Len(t, tap.list, 1, "one TLS record")
		require.Equal(t, byte(23), tap.list[0][0])
		require.Equal(t, len(tap.list[0])-5, int(binary.BigEndian.Uint16(tap.list[0][3:])))
		tap.list = nil
		_, err = c.Value("", "")
		require.NoError(t, err)
		require.Len(t, tap.list, 1, "and also a long one")
		require.Greater(t, len(tap.list[0]), 5000)
		require.Equal(t, len(tap.list[0])-5, int(binary.BigEndian.Uint16(tap.list[0][3:])))
	})
}

type writes struct {
	net.Conn
	list [][]byte
}

func (w *writes) Write(p []byte) (int, error) {
	w.list = append(w.list, append([]byte(nil), p...))
	return w.Conn.Write(p)
}
