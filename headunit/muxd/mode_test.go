package muxd_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// modes has a daemon that wants a mode meet a phone, and tells what they did.
func modes(t *testing.T, persona string, want uint8, main func(x *rig, did *[]string)) {
	t.Helper()
	x := newRig(t, muxd.Options{Mode: want})
	p, err := phone.LoadPersona(phone.DefaultPersona)
	require.NoError(t, err)
	require.NoError(t, p.Overlay([]byte(persona)))
	x.phone = phone.New(x.w, "phone", p)
	x.phone.SetPorts(phone.PortsFunc(x.serve))
	var did []string
	x.w.Observe(func(e *sim.Event) {
		if e.Layer == "state.usbmux" {
			text := e.Kind
			for _, f := range e.Fields {
				if f.Key != "serial" {
					text += " " + f.Value()
				}
			}
			did = append(did, text)
		}
	})
	require.NoError(t, x.w.Run(func() {
		x.phone.Start(x.cable.B(), x.cable.B())
		x.d.Watch(x.cable.A())
		main(x, &did)
	}))
}

// From each mode to each other one, and usbmux is found wherever it is.
func TestModes(t *testing.T) {
	for from := 1; from <= 5; from++ {
		for to := 0; to <= 5; to++ {
			t.Run(fmt.Sprintf("%d to %d", from, to), func(t *testing.T) {
				modes(t, fmt.Sprintf("usb: {mode: %d}", from), uint8(to), func(x *rig, did *[]string) {
					at := to
					if to == 0 {
						at = from
					}
					if at == 5 { // no usbmux
						x.w.Sleep(10 * time.Second)
						require.Empty(t, x.d.Devices())
						return
					}
					dev := x.device()
					require.Equal(t, uint32(1), dev.ID)
					conn, err := x.d.Dial(dev.ID, portEcho)
					require.NoError(t, err)
					require.NoError(t, conn.Close())
					config := x.cable.B().Attached().(*usb.Gadget).Configuration()
					require.Equal(t, map[int]uint8{1: 4, 2: 5, 3: 5, 4: 6}[at], config)
					want := []string{"attached 1"}
					if to != 0 && to != from {
						want = []string{fmt.Sprintf("mode switched %d %d", from, to), "attached 1"}
					}
					require.Equal(t, want, *did)
				})
			})
		}
	}
}

// A phone that does not know the mode is taken as it is.
func TestModeThatThePhoneDoesNotKnow(t *testing.T) {
	modes(t, "usb: {modes: [1, 2]}", 4, func(x *rig, did *[]string) {
		x.device()
		require.Equal(t, []string{"mode stays 1 refused", "attached 1"}, *did)
	})
}

// stubborn answers set mode, and stays what it is; a stall is a device older than
// modes.
type stubborn struct {
	usb.BaseFunction
	stalls bool
	asked  int
}

func (s *stubborn) Control(c *usb.ControlRequest) {
	if c.Setup.Request == 0x52 {
		s.asked++
	}
	if s.stalls {
		c.Stall()
		return
	}
	c.Reply([]byte{0, 0, 0, 0})
}

// One that stalls the requests is taken as it is; so is one that agrees and then
// comes back as it was, which is asked once.
func TestModeThatIsNotToBeHad(t *testing.T) {
	for _, stalls := range []bool{true, false} {
		x := newFake(t, muxd.Options{Mode: 4})
		d := fakeDescriptors()
		for v := range uint8(3) {
			d.Configs = append(d.Configs, usb.ConfigDescriptor{Value: v + 1, Attributes: usb.AttrReserved})
		}
		f := &stubborn{stalls: stalls}
		require.NoError(t, x.w.Run(func() {
			x.g = usb.NewGadget(x.w, "fake", d, f)
			x.in, x.out = x.g.Endpoint(0x85), x.g.Endpoint(0x04)
			x.d.Watch(x.cable.A())
			require.NoError(t, x.cable.B().Attach(x.g))
			x.w.Sleep(time.Second)
			if !stalls {
				require.False(t, x.out.Enabled(), "it waits for the phone to leave")
				x.cable.B().Detach()
				x.w.Sleep(time.Second)
				require.NoError(t, x.cable.B().Attach(x.g))
			}
			require.True(t, x.out.WaitEnabled(x.w.Now()+10*time.Second))
			require.Equal(t, 1, f.asked)
		}))
	}
}

// After the next plug it is asked anew.
func TestModeAfterReplug(t *testing.T) {
	modes(t, "usb: {mode: 1}", 3, func(x *rig, did *[]string) {
		dev := x.device()
		x.cable.Unplug()
		require.True(t, x.d.WaitGone(dev.ID, x.w.Now()+time.Second))
		x.cable.Plug()
		require.Equal(t, uint32(2), x.device().ID)
		require.Equal(t, []string{"mode switched 1 3", "attached 1", "detached 1 detached", "attached 2"}, *did)
	})
}
