package gadget_test

import (
	"fmt"
	"log"

	"github.com/plugfest/plugfest/hil/gadget"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// A device is shown to whatever host is at the other end of the controller's
// cable.
func Example() {
	w := sim.New(sim.RealTime())
	port, err := gadget.Open(w, "gadget:fe980000.usb")
	if err != nil {
		log.Fatal(err)
	}
	device := usb.NewGadget(w, "device", &usb.Descriptors{ /* ... */ }, nil)
	err = w.Run(func() {
		if err := port.Attach(device); err != nil {
			log.Print(err)
			return
		}
		defer port.Detach()
		device.WaitConfigured(sim.Never)
		// ...
	})
	if err != nil {
		log.Fatal(err)
	}
}

func ExampleParseSpec() {
	o, err := gadget.ParseSpec("gadget:fe980000.usb,speed=full,wait=5s")
	fmt.Println(o.UDC, o.Speed, o.WaitUDC, err)
	_, err = gadget.ParseSpec("gadget:fe980000.usb,speed=warp")
	fmt.Println(err)
	// Output:
	// fe980000.usb full 5s <nil>
	// gadget: port "gadget:fe980000.usb,speed=warp": speed: "warp" is no speed: want full, high or super; want gadget:UDC, with a name of /sys/class/udc or none for the first
}
