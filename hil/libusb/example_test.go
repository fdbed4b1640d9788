package libusb_test

import (
	"fmt"
	"log"
	"time"

	"github.com/plugfest/plugfest/hil/libusb"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Wait for an iPhone, and read its name.
func ExampleOpen() {
	w := sim.New(sim.RealTime())
	host, err := libusb.Open(w, "usb:05ac:*", libusb.Options{Name: "headunit", Peer: "phone"})
	if err != nil {
		log.Fatal(err) // without -tags libusb it says how to build it in
	}
	err = w.Run(func() {
		info, ok := usb.WaitDevice(host, time.Minute)
		if !ok {
			log.Fatal("no phone")
		}
		conn, err := host.Open(info.ID)
		if err != nil {
			log.Fatal(err) // permission denied comes with the udev rule that is missing
		}
		d := conn.Descriptors()
		fmt.Println(d.Text(d.Device.Product), "with", len(d.Configs), "configurations")
	})
	if err != nil {
		log.Fatal(err)
	}
}

// A SPEC names devices by what they are, or by where they are plugged in.
func ExampleParseSpec() {
	phone := libusb.Device{Path: "1-4.2", Serial: "00008030-001", Descriptor: usb.DeviceDescriptor{VendorID: 0x05AC, ProductID: 0x12A8}}
	for _, text := range []string{"usb:05ac:*", "usb:05ac:12a8/00008030-001", "usb:@1-4.2", "usb:@1-4"} {
		s, err := libusb.ParseSpec(text)
		fmt.Println(s, s.Match(phone), err)
	}
	// Output:
	// usb:05ac:* true <nil>
	// usb:05ac:12a8/00008030-001 true <nil>
	// usb:@1-4.2 true <nil>
	// usb:@1-4 false <nil>
}
