package desk_test

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/diagnostics"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// host is a computer in the world of a desk, which reaches the phone through the
// daemon.
type host struct {
	*lockdowntest.Host
	t    *testing.T
	desk *desk.Desk
}

// inside runs fn in the world of a desk, in virtual time, once the phone is there.
func inside(t *testing.T, o state.Options, fn func(*desk.Desk, *host)) {
	t.Helper()
	w := sim.New(sim.TimeLimit(24 * time.Hour))
	d, err := desk.New(w, desk.Options{State: o})
	require.NoError(t, err)
	require.NoError(t, w.Run(func() {
		defer d.Daemon.Close()
		d.WaitReady()
		fn(d, &host{lockdowntest.NewHost("computer"), t, d})
	}))
}

// device returns the DeviceID that the phone has now.
func (h *host) device() uint32 {
	h.t.Helper()
	list := h.desk.Daemon.Devices()
	require.Len(h.t, list, 1)
	require.Equal(h.t, h.desk.UDID(), list[0].Serial)
	return list[0].ID
}

func (h *host) dial(port uint16) net.Conn {
	h.t.Helper()
	c, err := h.desk.Daemon.Dial(h.device(), port)
	require.NoError(h.t, err)
	return c
}

// session begins a session with lockdownd, and pairs before if need be.
func (h *host) session() *lockdowntest.Client {
	h.t.Helper()
	c := lockdowntest.NewClient(h.desk.Lockdown, h.dial(wire.Port))
	if h.EscrowBag() == nil {
		require.NoError(h.t, c.Pair(h.Host))
	}
	require.NoError(h.t, c.StartSession(h.Host))
	return c
}

// service starts a service and connects to it.
func (h *host) service(name string) *service.Frames {
	h.t.Helper()
	reply, err := h.session().Ask("StartService", map[string]any{"Service": name})
	require.NoError(h.t, err)
	conn, err := lockdowntest.Secure(h.desk.World, h.dial(uint16(reply["Port"].(uint64))), h.Host)
	require.NoError(h.t, err)
	return service.NewFrames(h.desk.World, conn, service.Limits{}.WithDefaults())
}

// asks has the phone do something with itself, by the diagnostics service.
func (h *host) asks(request string) {
	h.t.Helper()
	f := h.service(diagnostics.Name)
	require.NoError(h.t, f.Send(map[string]any{"Request": request, "WaitForDisconnect": true}))
	reply, err := f.ReceiveDict()
	require.NoError(h.t, err)
	require.Equal(h.t, map[string]any{"Status": "Success"}, reply)
	require.NoError(h.t, f.Conn.Close())
}

// gone waits until the phone is no longer there, and returns when that was.
func (h *host) gone(id uint32) time.Duration {
	h.t.Helper()
	require.True(h.t, h.desk.Daemon.WaitGone(id, h.desk.World.Now()+10*time.Second))
	return h.desk.World.Now()
}

// A phone that is told to restart leaves the bus, with all sessions; after its boot
// time it is back as another device, trusts whom it trusted, and is locked.
func TestRestart(t *testing.T) {
	inside(t, state.Options{Passcode: true, BootTime: 30 * time.Second}, func(d *desk.Desk, h *host) {
		first := h.device()
		session := h.session()
		h.asks("Restart")
		at := h.gone(first)
		require.Equal(t, state.Restart, d.Away())
		_, err := session.Ask("QueryType", nil)
		require.Error(t, err, "its sessions are over")
		require.Zero(t, d.Lockdown.Ports().Connections())

		d.WaitReady()
		require.Zero(t, d.Away())
		require.InDelta(t, 30, (d.World.Now() - at).Seconds(), 2, "seconds until it is back")
		require.NotEqual(t, first, h.device())
		require.True(t, d.State.Sealed())
		require.NotEmpty(t, h.session().SessionID(), "the pairing is still good")
	})
}

// The trust dialog of a phone that restarts is gone, and the computer must ask anew.
func TestRestartClosesTheTrustDialog(t *testing.T) {
	inside(t, state.Options{User: state.User{Answer: state.AnswerNone}}, func(d *desk.Desk, h *host) {
		ask := func() error {
			return lockdowntest.NewClient(d.Lockdown, h.dial(wire.Port)).Pair(h.Host)
		}
		require.ErrorIs(t, ask(), wire.PairingDialogResponsePending)
		d.State.Power(state.Restart)
		_, open := d.State.Dialog()
		require.False(t, open)
		d.WaitReady()
		require.ErrorIs(t, ask(), wire.PairingDialogResponsePending)
		require.True(t, d.State.Refuse())
		require.ErrorIs(t, ask(), wire.UserDeniedPairing)
	})
}

// One that is shut down stays away until somebody presses its button, or plugs it in
// anew.
func TestShutdown(t *testing.T) {
	for name, on := range map[string]func(*desk.Desk){
		"button": (*desk.Desk).PowerOn,
		"cable":  func(d *desk.Desk) { d.Unplug(); d.World.Sleep(time.Minute); d.Plug() },
		"both":   func(d *desk.Desk) { d.PowerOn(); d.World.Sleep(time.Second); d.Unplug(); d.Plug(); d.PowerOn() },
	} {
		t.Run(name, func(t *testing.T) {
			inside(t, state.Options{}, func(d *desk.Desk, h *host) {
				first := h.device()
				h.asks("Shutdown")
				h.gone(first)
				d.World.Sleep(time.Hour)
				require.Empty(t, d.Daemon.Devices())
				require.Equal(t, state.Shutdown, d.Away())
				on(d)
				at := d.World.Now()
				d.WaitReady()
				require.InDelta(t, 20, (d.World.Now() - at).Seconds(), 2)
				require.NotEqual(t, first, h.device())
			})
		})
	}
}

// A phone boots without its cable, too.
func TestRestartUnplugged(t *testing.T) {
	inside(t, state.Options{}, func(d *desk.Desk, h *host) {
		d.State.Power(state.Restart)
		d.Unplug()
		d.World.Sleep(time.Minute)
		require.Zero(t, d.Away())
		require.Empty(t, d.Daemon.Devices())
		at := d.World.Now()
		d.Plug()
		d.WaitReady()
		require.Less(t, d.World.Now()-at, 2*time.Second, "it has booted already")
	})
}

// In recovery mode the phone is no device of usbmux, however often it is plugged in;
// the button ends it.
func TestRecovery(t *testing.T) {
	inside(t, state.Options{}, func(d *desk.Desk, h *host) {
		first := h.device()
		reply, err := h.session().Ask("EnterRecovery", nil)
		require.NoError(t, err, "it answers before it goes")
		require.Equal(t, "EnterRecovery", reply["Request"])
		h.gone(first)
		d.Unplug()
		d.Plug()
		d.World.Sleep(time.Hour)
		require.Empty(t, d.Daemon.Devices())
		require.Equal(t, state.Recovery, d.Away())
		d.PowerOn()
		d.WaitReady()
		require.NotEqual(t, first, h.device())
	})
}

// A phone that sleeps is off the bus until it is woken, which takes no boot.
func TestSleep(t *testing.T) {
	for name, wake := range map[string]func(*desk.Desk){
		"button": (*desk.Desk).PowerOn,
		"cable":  func(d *desk.Desk) { d.Unplug(); d.Plug() },
	} {
		t.Run(name, func(t *testing.T) {
			inside(t, state.Options{Passcode: true}, func(d *desk.Desk, h *host) {
				first := h.device()
				h.asks("Sleep")
				h.gone(first)
				d.World.Sleep(time.Hour / 2)
				require.Empty(t, d.Daemon.Devices())
				wake(d)
				at := d.World.Now()
				d.WaitReady()
				require.Less(t, d.World.Now()-at, 2*time.Second)
				require.True(t, d.State.Locked())
				require.False(t, d.State.Sealed())
				require.NotEmpty(t, h.session().SessionID())
			})
		})
	}
}

// The button does nothing to a phone that runs.
func TestPowerOnRunning(t *testing.T) {
	inside(t, state.Options{}, func(d *desk.Desk, h *host) {
		first := h.device()
		d.PowerOn()
		d.World.Sleep(time.Minute)
		require.Equal(t, first, h.device())
	})
}
