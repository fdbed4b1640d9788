package dissect_test

import (
	"fmt"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/trace/internal/script"
	"github.com/plugfest/plugfest/sim/usb"
)

// A dissector stands between a world, or a capture, and a reader of events.
func ExampleDissector() {
	d := dissect.New(func(e *sim.Event) {
		if e.Layer != "usb" {
			fmt.Println(trace.Describe(e))
		}
	})
	bus := script.New("headunit", "phone", d.Observe)
	bus.Control("4051000000000000", usb.OK, nil)
	// Output: +125µs headunit > usb.request role switch carplay=0 result=ok
}

// Over a serial line or Bluetooth there are only bytes.
func ExampleDissector_Feed() {
	d := dissect.New(func(e *sim.Event) { fmt.Println(trace.Describe(e)) })
	d.Feed(0, "headunit", "phone", script.Hex("ff550200ee10"))
	d.Feed(0, "phone", "headunit", script.Hex("ff5a001040a7e501ca40400006aa00d0"))
	// Output:
	// +0s headunit > iap2.link marker
	// +0s phone > iap2.link data seq=167 ack=229 session=1 len=6
	// +0s phone > iap2.control RequestAuthenticationCertificate id=0xAA00
}
