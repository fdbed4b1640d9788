package vhci_test

import (
	"log"

	"github.com/plugfest/plugfest/hil/vhci"
	"github.com/plugfest/plugfest/sim/usb"
)

// A device in this process, on a port of this machine's kernel.
func ExampleAttach() {
	kernel, device, err := vhci.Pair()
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		defer device.Close() // pulls the cable
		// speak USB/IP as a server does after an import
	}()
	port, err := vhci.Attach(kernel, vhci.Device{ID: 1<<16 | 2, Speed: usb.High})
	kernel.Close() // the kernel has a reference of its own
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("port %d", port)
}
