package libusb

import (
	"testing"

	"github.com/plugfest/plugfest/sim/usb/usbtest"
)

// The host's part in the world holds to the suite of carriers, over a backend
// that is a cable. Under a real kernel: TestGuestCarrier.
func TestCarrier(t *testing.T) {
	usbtest.TestCarrier(t, func(t *testing.T) usbtest.Carrier {
		k, h := newFake(t, Options{})
		return usbtest.Carrier{World: k.w, Port: k.cable.B(), Host: h, Unplug: k.cable.Unplug}
	})
}
