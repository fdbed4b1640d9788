package usbtest_test

import (
	"testing"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
)

// A carrier's test gives the suite its two ends.
func ExampleTestCarrier() {
	_ = func(t *testing.T) {
		usbtest.TestCarrier(t, func(t *testing.T) usbtest.Carrier {
			w := sim.New()
			c := usb.NewCable(w, usb.CableOptions{})
			return usbtest.Carrier{World: w, Port: c.B(), Host: c.A(), Unplug: c.Unplug}
		})
	}
	// Output:
}
