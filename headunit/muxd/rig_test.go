package muxd_test

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Ports of the phone in these tests.
const (
	portEcho = 7
	portSink = 9     // reads everything
	portRead = 62078 // reads nothing
)

const udid = "00008110-001A2B3C4D5E001E"

// rig is a phone on a cable, and a daemon at the other end.
type rig struct {
	t     testing.TB
	w     *sim.World
	cable *usb.Cable
	phone *phone.Phone
	d     *muxd.Daemon
	conns []net.Conn // that the phone has taken
}

// newRig makes one in a world of virtual time.
func newRig(t testing.TB, o muxd.Options, opts ...sim.Option) *rig {
	return newFaultyRig(t, "{}", o, opts...)
}

// newFaultyRig makes one whose phone has other values in its persona.
func newFaultyRig(t testing.TB, set string, o muxd.Options, opts ...sim.Option) *rig {
	x := &rig{t: t, w: sim.New(append([]sim.Option{sim.TimeLimit(24 * time.Hour)}, opts...)...)}
	x.cable = usb.NewCable(x.w, usb.CableOptions{Debounce: -1, ResetTime: -1, Recovery: -1})
	p, err := phone.LoadPersona(phone.DefaultPersona)
	require.NoError(t, err)
	require.NoError(t, p.Overlay([]byte(set)))
	x.phone = phone.New(x.w, "phone", p)
	x.phone.SetPorts(phone.PortsFunc(x.serve))
	x.d = muxd.New(x.w, "muxd", o)
	return x
}

// run plugs the phone in and runs main once the daemon shows it.
func (x *rig) run(main func(usbmuxd.Device)) {
	x.t.Helper()
	require.NoError(x.t, x.w.Run(func() {
		x.phone.Start(x.cable.B(), x.cable.B())
		x.d.Watch(x.cable.A())
		main(x.device())
	}))
}

// device waits for the phone.
func (x *rig) device() usbmuxd.Device {
	x.t.Helper()
	dev, ok := x.d.WaitDevice(x.w.Now() + 10*time.Second)
	require.True(x.t, ok, "the daemon shows no device")
	return dev
}

// serve is what answers on the phone's ports.
func (x *rig) serve(port uint16, c net.Conn) error {
	switch port {
	case portEcho, portSink:
		x.w.Go("service", func() {
			defer c.Close()
			buf := make([]byte, 32<<10)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				if port == portEcho {
					if _, err := c.Write(buf[:n]); err != nil {
						return
					}
				}
			}
		})
	case portRead:
	default:
		return net.ErrClosed
	}
	x.conns = append(x.conns, c)
	return nil
}

// another plugs another phone in, at a host of its own.
func (x *rig) another() usb.Host {
	cable := usb.NewCable(x.w, usb.CableOptions{Debounce: -1, ResetTime: -1, Recovery: -1})
	p, err := phone.LoadPersona(phone.DefaultPersona)
	require.NoError(x.t, err)
	other := phone.New(x.w, "another phone", p)
	other.SetPorts(phone.PortsFunc(x.serve))
	other.Start(cable.B(), cable.B())
	return cable.A()
}
