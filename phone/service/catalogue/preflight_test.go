package catalogue_test

import (
	"crypto/tls"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/catalogue"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// preflight is what usbmuxd 1.1.1 does with a phone before it shows it to anybody,
// as far as lockdown goes. It returns how the phone came to be visible.
//
// Source: usbmuxd 1.1.1, preflight.c, observed.
func preflight(t *testing.T, b *lockdowntest.Bench, stored bool) string {
	t.Helper()
	h := b.Host
	h.MinTLS, h.MaxTLS, h.ShowRoot = tls.VersionTLS10, tls.VersionTLS10, true // it does not know the version yet
	again, attempts := "first time", 0
	pair := func(c *lockdowntest.Client) bool { // with a new HostID each time, as libimobiledevice does
		attempts++
		h.Renew(attempts)
		return c.Pair(h) == nil
	}
	for {
		c := b.Connect()
		_, err := c.Ask("QueryType", nil)
		require.NoError(t, err)
		paired := stored
		if stored {
			switch err := c.StartSession(h); {
			case err == nil:
				return again + ", session"
			case errors.Is(err, wire.InvalidHostID):
				paired = false
			case !errors.As(err, new(wire.Error)): // of TLS: the record is removed
				stored, again = false, "record removed"
				continue
			}
		}
		_, err = c.Value("", "ProductVersion")
		require.NoError(t, err)
		_ = c.SetValue("", "UntrustedHostBUID", h.SystemBUID)
		if !paired && pair(c) {
			return again + ", paired"
		}
		s, err := c.StartService(wire.ServiceInsecureNotificationProxy)
		require.NoError(t, err)
		for _, name := range []string{state.RequestPair, state.RequestHostBUID} {
			require.NoError(t, s.Send(dict{"Command": "ObserveNotification", "Name": name}))
		}
		for { // visible, and waiting
			m, err := s.ReceiveDict()
			require.NoError(t, err)
			if m["Name"] == state.RequestPair && pair(b.Connect()) {
				return again + ", waited and paired"
			}
		}
	}
}

func TestPreflight(t *testing.T) {
	after := func(d time.Duration, fn func(*state.State)) func(*lockdowntest.Bench) {
		return func(b *lockdowntest.Bench) { b.World.After(d, func() { fn(b.Phone) }) }
	}
	for name, c := range map[string]struct {
		options state.Options
		meddle  func(*lockdowntest.Bench)
		stored  bool
		want    string
		dialogs int
	}{
		"new phone, quick user": {want: "first time, paired"},
		"user taps": {
			options: state.Options{User: state.User{Answer: state.AnswerTrust, After: 20 * time.Second}},
			want:    "first time, waited and paired", dialogs: 1,
		},
		"locked, then unlocked": {
			options: state.Options{Passcode: true, Locked: true}, meddle: after(time.Minute, (*state.State).Unlock),
			want: "first time, waited and paired",
		},
		"locked, unlocked, asked": {
			options: state.Options{Passcode: true, Locked: true, User: state.User{Answer: state.AnswerNone}},
			meddle: func(b *lockdowntest.Bench) {
				after(time.Minute, (*state.State).Unlock)(b)
				after(2*time.Minute, func(s *state.State) { s.Trust() })(b)
			},
			want: "first time, waited and paired", dialogs: 1,
		},
		"known phone": {stored: true, want: "first time, session"},
		"known phone, locked": {
			options: state.Options{Passcode: true}, meddle: func(b *lockdowntest.Bench) { b.Phone.Lock() },
			stored: true, want: "first time, session",
		},
		"known phone, restarted": {
			options: state.Options{Passcode: true},
			meddle: func(b *lockdowntest.Bench) {
				b.Phone.Power(state.Restart)
				b.Phone.Power(state.Boot)
			},
			stored: true, want: "first time, session",
		},
		"forgotten": {
			meddle: func(b *lockdowntest.Bench) { b.Phone.ForgetHosts() },
			stored: true, want: "first time, paired",
		},
		"phone that wants TLS 1.2": { // the loop of a trust dialog at each plug-in
			options: state.Options{MinTLS: tls.VersionTLS12, User: state.User{After: time.Second}},
			stored:  true, want: "record removed, waited and paired", dialogs: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := lockdowntest.NewBench(t, c.options, catalogue.Services()...)
			b.Run(func() {
				if c.stored {
					for b.Connect().Pair(b.Host) != nil {
						b.World.Sleep(time.Second)
					}
				}
				if c.meddle != nil {
					c.meddle(b)
				}
				require.Equal(t, c.want, preflight(t, b, c.stored))
			})
			dialogs := 0
			for _, e := range b.Events {
				if e.Layer == "state" && e.Kind == "trust dialog" {
					dialogs++
				}
			}
			require.Equal(t, c.dialogs, dialogs)
		})
	}
}
