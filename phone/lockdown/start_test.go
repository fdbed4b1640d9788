package lockdown_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/lockdown"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

func TestStartService(t *testing.T) {
	for _, c := range []struct {
		name    string
		options state.Options
		session bool
		args    dict
		want    string // error
		tls     any    // EnableServiceSSL
	}{
		{"with TLS", state.Options{}, true, dict{"Service": echo.Name}, "", true},
		{"no session", state.Options{}, false, dict{"Service": echo.Name}, "SessionInactive", nil},
		{"unknown without a session", state.Options{}, false, dict{"Service": "com.example.coffee"}, "SessionInactive", nil},
		{"insecure", state.Options{}, false, dict{"Service": "com.example.insecure"}, "", false},
		{"insecure in a session", state.Options{}, true, dict{"Service": "com.example.insecure"}, "", false},
		{"no name", state.Options{}, true, nil, "MissingService", nil},
		{"name is no text", state.Options{}, true, dict{"Service": uint64(1)}, "MissingService", nil},
		{"unknown", state.Options{}, true, dict{"Service": "com.example.coffee"}, "InvalidService", nil},
		{"of a later iOS", state.Options{}, true, dict{"Service": "com.example.future"}, "InvalidService", nil},
		{"of another device", state.Options{}, true, dict{"Service": "com.example.pad"}, "InvalidService", nil},
		{"of this device", state.Options{ProductType: "iPad13,1"}, true, dict{"Service": "com.example.pad"}, "", true},
		{"no developer image", state.Options{}, true, dict{"Service": "com.example.developer"}, "InvalidService", nil},
		{"developer image", state.Options{Image: true}, true, dict{"Service": "com.example.developer"}, "", true},
		{"before iOS 5", state.Options{ProductVersion: "4.2"}, true, dict{"Service": echo.Name}, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := bench(t, c.options)
			b.Run(func() {
				client := b.Connect()
				if c.session {
					client = b.Session()
				}
				reply, err := client.Ask("StartService", c.args)
				require.Equal(t, c.want, code(t, err))
				if c.want == "" {
					require.Equal(t, c.args["Service"], reply["Service"])
					require.Equal(t, c.tls, reply["EnableServiceSSL"])
					require.True(t, b.Server.Ports().Answers(uint16(reply["Port"].(uint64))))
				}
			})
		})
	}
}

// A phone that was restarted and not unlocked keeps its data closed, but for hosts
// that show their escrow bag.
func TestEscrowBag(t *testing.T) {
	b := bench(t, state.Options{Passcode: true})
	b.Run(func() {
		b.Session()
		b.Phone.Power(state.Restart)
		b.Phone.Power(state.Boot)
		require.True(t, b.Phone.Sealed())
		c := b.Session()
		for _, step := range []struct {
			service string
			bag     []byte
			want    string
		}{
			{echo.Name, nil, "PasswordProtected"},
			{echo.Name, []byte("wrong"), "EscrowLocked"},
			{echo.Name, b.Host.EscrowBag(), ""},
			{"com.example.open", nil, ""},
			{"com.example.insecure", nil, ""},
		} {
			_, err := c.StartServiceWith(step.service, step.bag)
			require.Equal(t, step.want, code(t, err), step.service)
		}
		b.Phone.Unlock()
		b.Phone.Lock()
		_, err := c.StartService(echo.Name)
		require.NoError(t, err, "locked, but unlocked once")
	})
}

// Each start gives a fresh port, for one connection, within some time.
func TestServicePorts(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Session()
		start := func() uint16 {
			reply, err := c.Ask("StartService", dict{"Service": "com.example.insecure"})
			require.NoError(t, err)
			return uint16(reply["Port"].(uint64))
		}
		seen := map[uint16]bool{}
		for range 10 {
			seen[start()] = true
		}
		require.Len(t, seen, 10)

		port := start()
		_, err := lockdowntest.Dial(b.Server, port)
		require.NoError(t, err)
		_, err = lockdowntest.Dial(b.Server, port)
		require.ErrorIs(t, err, lockdown.ErrRefused, "a second connection")

		port = start()
		b.World.Sleep(30*second - ms)
		require.True(t, b.Server.Ports().Answers(port))
		b.World.Sleep(2 * ms)
		_, err = lockdowntest.Dial(b.Server, port)
		require.ErrorIs(t, err, lockdown.ErrRefused, "too late")

		for range 64 {
			start()
		}
		_, err = c.Ask("StartService", dict{"Service": "com.example.insecure"})
		require.Equal(t, "ServiceLimit", code(t, err))
		b.World.Sleep(31 * second)
		start()
	})
}

// An app that listens is reached like any service, and its port closes with it.
func TestAppPorts(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		ports := b.Server.Ports()
		_, err := lockdowntest.Dial(b.Server, 7240)
		require.ErrorIs(t, err, lockdown.ErrRefused)
		require.NoError(t, ports.Listen(7240, "com.example.navigator", b.Server.Serve))
		near, err := lockdowntest.Dial(b.Server, 7240)
		require.NoError(t, err)
		_, err = lockdowntest.NewClient(b.Server, near).Ask("QueryType", nil)
		require.NoError(t, err)
		ports.Close(7240)
		_, err = lockdowntest.Dial(b.Server, 7240)
		require.ErrorIs(t, err, lockdown.ErrRefused)
	})
}

// After an hour under lock a phone has nothing to say to computers (from iOS 11.4.1
// on).
func TestRestrictedMode(t *testing.T) {
	for version, want := range map[string]error{"11.4": nil, "11.4.1": lockdown.ErrRefused, "16.0": lockdown.ErrRefused} {
		b := bench(t, state.Options{ProductVersion: version, Passcode: true, Locked: true})
		b.Run(func() {
			b.World.Sleep(3599 * second)
			_, err := lockdowntest.Dial(b.Server, wire.Port)
			require.NoError(t, err)
			b.World.Sleep(second)
			_, err = lockdowntest.Dial(b.Server, wire.Port)
			require.ErrorIs(t, err, want)
			b.Phone.Unlock()
			_, err = lockdowntest.Dial(b.Server, wire.Port)
			require.NoError(t, err)
		})
	}
}
