package lockdown_test

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/lockdown"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// echo sends back what comes.
var echo = service.Service{Name: "com.example.echo", Serve: func(s *service.Session) error {
	_, err := io.Copy(s, s)
	return err
}}

// insecure needs no session.
var insecure = service.Service{Name: "com.example.insecure", Insecure: true, Serve: echo.Serve}

// meet has a host meet the simulated phone.
func meet(t *testing.T, o state.Options, host lockdown.Options, main func(*lockdowntest.Bench, *lockdown.Host, lockdown.Phone)) {
	t.Helper()
	b := lockdowntest.NewBench(t, o, echo, insecure)
	b.Run(func() {
		main(b, lockdown.NewHost(b.World, "headunit", host), lockdown.Phone{
			UDID: b.Phone.Identity.UDID, Dial: func(port uint16) (net.Conn, error) { return lockdowntest.Dial(b.Server, port) }})
	})
}

func ask(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	_, err := conn.Write([]byte(text))
	require.NoError(t, err)
	got := make([]byte, len(text))
	_, err = io.ReadFull(conn, got)
	require.NoError(t, err)
	require.Equal(t, text, string(got))
}

// From the first connection to a service, with phones of all times; and once more
// with the record that was kept.
func TestPhonesOfAllTimes(t *testing.T) {
	for _, p := range []struct{ model, ios string }{
		{"iPhone6,2", "6.1.6"}, {"iPhone8,1", "9.3.5"}, {"iPhone6,2", "12.5.7"}, {"iPhone14,7", "17.5.1"}, {"iPad7,5", "16.7.10"},
	} {
		t.Run(p.ios, func(t *testing.T) {
			meet(t, state.Options{ProductType: p.model, ProductVersion: p.ios}, lockdown.Options{}, func(b *lockdowntest.Bench, h *lockdown.Host, phone lockdown.Phone) {
				for range 2 {
					c, err := h.Connect(phone)
					require.NoError(t, err)
					_, err = c.GetValue("", "ActivationState")
					require.ErrorIs(t, err, wire.GetProhibited)
					_, err = c.StartService(echo.Name)
					require.ErrorIs(t, err, wire.SessionInactive)
					require.NoError(t, c.Establish())
					if p.ios < "7" {
						require.NoError(t, c.ValidatePair())
					}
					v, err := c.GetValue("", "ActivationState")
					require.NoError(t, err)
					require.Equal(t, "Activated", v)

					conn, err := c.StartService(echo.Name)
					require.NoError(t, err)
					ask(t, conn, "hello")
					require.NoError(t, c.StopSession())
					require.Empty(t, c.SessionID())
					ask(t, conn, "the service outlives the session")
					require.NoError(t, conn.Close())

					v, err = c.GetValue("", "ProductVersion") // in the clear again
					require.NoError(t, err)
					require.Equal(t, p.ios, v)
					require.ErrorIs(t, c.StopSession(), wire.SessionInactive)
					conn, err = c.StartService(insecure.Name)
					require.NoError(t, err)
					ask(t, conn, "hello")
					require.NoError(t, conn.Close())
					require.NoError(t, c.Close())
				}
				require.Equal(t, 1, count(b.Events, "state.lockdown", "Pair"))
			})
		})
	}
}

func count(events []sim.Event, layer, kind string) (n int) {
	for i := range events {
		if events[i].Layer == layer && events[i].Kind == kind {
			n++
		}
	}
	return n
}

// The three ways of a trust dialog, and a locked phone.
func TestTrust(t *testing.T) {
	meet(t, state.Options{User: state.User{After: 3 * time.Second}}, lockdown.Options{}, func(b *lockdowntest.Bench, h *lockdown.Host, phone lockdown.Phone) {
		c, err := h.Connect(phone)
		require.NoError(t, err)
		require.NoError(t, c.Establish())
		require.Equal(t, 3*time.Second, b.World.Now())
		require.NoError(t, c.Unpair())
		require.Nil(t, b.Phone.Host("whoever"))
	})
	meet(t, state.Options{User: state.User{Answer: state.AnswerRefuse, After: 3 * time.Second}}, lockdown.Options{}, func(b *lockdowntest.Bench, h *lockdown.Host, phone lockdown.Phone) {
		c, err := h.Connect(phone)
		require.NoError(t, err)
		require.ErrorIs(t, c.Establish(), wire.UserDeniedPairing)
	})
	meet(t, state.Options{Passcode: true, Locked: true}, lockdown.Options{}, func(b *lockdowntest.Bench, h *lockdown.Host, phone lockdown.Phone) {
		c, err := h.Connect(phone)
		require.NoError(t, err)
		b.World.After(5*time.Second, func() { b.Phone.Unlock() })
		require.NoError(t, c.Establish())
		require.GreaterOrEqual(t, b.World.Now(), 5*time.Second)
	})
	meet(t, state.Options{User: state.User{Answer: state.AnswerNone}}, lockdown.Options{Patience: 10 * time.Second}, func(b *lockdowntest.Bench, h *lockdown.Host, phone lockdown.Phone) {
		c, err := h.Connect(phone)
		require.NoError(t, err)
		require.ErrorIs(t, c.Establish(), wire.PairingDialogResponsePending)
		require.Equal(t, 10*time.Second, b.World.Now())
	})
}

// A phone that has forgotten its hosts is paired with anew.
func TestForgotten(t *testing.T) {
	meet(t, state.Options{}, lockdown.Options{}, func(b *lockdowntest.Bench, h *lockdown.Host, phone lockdown.Phone) {
		c, err := h.Connect(phone)
		require.NoError(t, err)
		require.NoError(t, c.Establish())
		require.NoError(t, c.Close())
		b.Phone.ForgetHosts()
		c, err = h.Connect(phone)
		require.NoError(t, err)
		require.NoError(t, c.Establish())
		require.Equal(t, 2, count(b.Events, "state.lockdown", "Pair"))
	})
}

// Observers see the clear text, once, with the place of the phone.
func TestClearTextIsTold(t *testing.T) {
	meet(t, state.Options{}, lockdown.Options{}, func(b *lockdowntest.Bench, h *lockdown.Host, phone lockdown.Phone) {
		phone.Location = 3<<16 | 5
		c, err := h.Connect(phone)
		require.NoError(t, err)
		require.NoError(t, c.Establish())
		conn, err := c.StartService(echo.Name)
		require.NoError(t, err)
		ask(t, conn, "ping")
		require.NoError(t, conn.Close())
		require.NoError(t, c.Close())
		var got []string
		for _, e := range b.Events {
			if e.Layer == "tls" && e.Get("stream") == "2" {
				got = append(got, fmt.Sprintf("%s %s %s %s %s", e.Who, e.Kind, e.Get("bus")+e.Get("dev"), e.Get("out")+e.Get("service"), e.Data))
			}
		}
		require.Equal(t, []string{"headunit open 35 com.example.echo ", "headunit data  1 ping", "headunit data  0 ping", "headunit close   "}, got)
	})
}
