//go:build libusb && linux && cgo

package gadget

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/hil/libusb"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
)

// The whole suite: a device of ours, a controller that the kernel makes up, its
// USB host, and libusb.
func TestGuestCarrier(t *testing.T) {
	needGuest(t)
	match := libusb.Spec{Vendor: 0x1209, Product: 1}.Match
	usbtest.TestCarrier(t, func(t *testing.T) usbtest.Carrier {
		name := strings.ReplaceAll(strings.TrimPrefix(t.Name(), "TestGuestCarrier/"), "_", " ")
		if why := notCarried[name]; why != "" {
			t.Skip(why)
		}
		if name == "alternate settings" {
			needAlternates(t)
		}
		waitGone(t, match)
		w := sim.New(sim.RealTime())
		p, err := New(w, Options{UDC: guestUDC, RefuseAlternates: true})
		require.NoError(t, err)
		h, err := libusb.New(w, libusb.Options{Match: match})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, h.Close()) })
		unplug := func() {
			w.Outside("port off", func() { port1(t, true) })
			t.Cleanup(func() { port1(t, false) })
		}
		return usbtest.Carrier{World: w, Port: p, Host: laggingHost{h, w}, Unplug: unplug}
	})
}

// notCarried are the cases of the suite that FunctionFS cannot meet: see
// doc/decisions/0006-functionfs.md. What can be met of them, other tests here ask
// for.
var notCarried = map[string]string{
	"control":                         "a request is accepted before the device has its data",
	"control answered late, or never": "nobody tells a gadget that its host has given up waiting",
	"reset":                           "libusb selects alternate settings 0 when it resets a device",
}

// laggingHost gives the device time to hear of what the host has done: the kernel
// answers the host first, and tells us then.
type laggingHost struct {
	usb.Host
	w *sim.World
}

type laggingConn struct {
	usb.Conn
	w *sim.World
}

// lag is more than that takes, on the slow machines that guests are.
const lag = 200 * time.Millisecond

func (h laggingHost) Open(id usb.DeviceID) (usb.Conn, error) {
	c, err := h.Host.Open(id)
	if err != nil {
		return nil, err
	}
	h.w.Sleep(lag)
	return laggingConn{c, h.w}, nil
}

func (c laggingConn) wait(err error) error { c.w.Sleep(lag); return err }

func (c laggingConn) SetConfiguration(v uint8) error { return c.wait(c.Conn.SetConfiguration(v)) }
func (c laggingConn) SetInterface(n, s uint8) error  { return c.wait(c.Conn.SetInterface(n, s)) }
func (c laggingConn) Reset() error                   { return c.wait(c.Conn.Reset()) }
