//go:build libusb && linux && cgo

package libusb

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/hil/vhci"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
	"github.com/plugfest/plugfest/sim/usbip"
)

// kernelPort plugs a device into the kernel by vhci_hcd.
type kernelPort struct {
	*usbip.Port
	t    testing.TB
	w    *sim.World
	port int
}

func (p *kernelPort) Attach(d usb.Device) error {
	if err := p.Port.Attach(d); err != nil {
		return err
	}
	kernel, device, err := vhci.Pair()
	require.NoError(p.t, err)
	require.NoError(p.t, p.ServeConn(device))
	p.w.Outside("vhci", func() { p.port, err = vhci.Attach(kernel, vhci.Device{ID: p.ID(), Speed: p.Speed()}) })
	kernel.Close()
	return err
}

// Detach lets the kernel send what it has to send. Where a transfer is canceled that it has
// not sent when the connection ends, vhci_hcd (6.12) forgets it: it looks only among those
// that it has sent, and who cancels waits for ever, in the kernel.
func (p *kernelPort) Detach() {
	p.w.Sleep(100 * time.Millisecond)
	p.Port.Detach()
}

func (p *kernelPort) unplug() {
	var err error
	p.w.Outside("vhci", func() { err = vhci.Detach(p.port) })
	require.NoError(p.t, err)
}

// The whole suite: a device of ours, the kernel by USB/IP, and libusb.
func TestGuestCarrier(t *testing.T) {
	needGuest(t)
	match := Spec{Vendor: 0x1209, Product: 1}.Match
	usbtest.TestCarrier(t, func(t *testing.T) usbtest.Carrier {
		require.Eventually(t, func() bool {
			all, err := List()
			return err == nil && !slices.ContainsFunc(all, match)
		}, patience, 10*time.Millisecond, "the device of the last case is still there")
		w := sim.New(sim.RealTime())
		port, err := usbip.NewServer(w, usbip.Options{}).Port("1-1", usbip.PortOptions{})
		require.NoError(t, err)
		p := &kernelPort{Port: port, t: t, w: w}
		h, err := New(w, Options{Match: match})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, h.Close()) })
		return usbtest.Carrier{World: w, Port: p, Host: h, Unplug: p.unplug, NoReset: true}
	})
}
