package usbip_test

import (
	"fmt"
	"net"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
	"github.com/plugfest/plugfest/sim/usbip"
)

// A simulated device, exported for as long as the world runs. On a Linux machine,
// as root: modprobe vhci_hcd; usbip attach -r 127.0.0.1 -b 1-1.
func ExampleServer() {
	w := sim.New(sim.RealTime())
	server := usbip.NewServer(w, usbip.Options{})
	l, err := usbip.Open("tcp:127.0.0.1:0") // "" is port 3240
	if err != nil {
		fmt.Println(err)
		return
	}
	server.Serve(l)

	err = w.Run(func() {
		port, err := server.Port("1-1", usbip.PortOptions{})
		if err != nil {
			fmt.Println(err)
			return
		}
		gadget := usb.NewGadget(w, "gadget", usbtest.Descriptors(), nil)
		if err := port.Attach(gadget); err != nil {
			fmt.Println(err)
			return
		}
		if gadget.WaitConfigured(w.Now() + 10*time.Millisecond) {
			fmt.Println("a host has come")
		} else {
			fmt.Println("no host so far")
		}
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: no host so far
}

// A host, simulated, of a device of a server: here of one in the same world.
func ExampleClient() {
	w := sim.New(sim.RealTime())
	server := usbip.NewServer(w, usbip.Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	server.Serve(l)

	err = w.Run(func() {
		port, _ := server.Port("1-1", usbip.PortOptions{})
		_ = port.Attach(usb.NewGadget(w, "gadget", usbtest.Descriptors(), nil))

		options, err := usbip.ParseTarget(l.Addr().String() + "/1-1")
		if err != nil {
			fmt.Println(err)
			return
		}
		host := usbip.NewClient(w, options)
		device, ok := usb.WaitDevice(host, w.Now()+10*time.Second)
		if !ok {
			fmt.Println("no device:", host.Err())
			return
		}
		conn, err := host.Open(device.ID)
		if err != nil {
			fmt.Println(err)
			return
		}
		d := conn.Descriptors()
		fmt.Printf("%04x:%04x %s\n", d.Device.VendorID, d.Device.ProductID, d.Text(d.Device.Product))
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: 1209:0001 Carrier test
}
