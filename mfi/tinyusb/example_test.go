package tinyusb_test

import (
	"fmt"
	"time"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/mfi/tinyusb"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// An adapter with a chip behind it, on a cable. For a real kernel, give the adapter to a USB/IP server instead.
func Example() {
	w := sim.New()
	part, err := chip.New(chip.Config{Model: chip.MFi30(), Identity: testca.Test().MustIssue(mfi.Gen30, 1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	adapter := tinyusb.New(w, chip.NewBus(w, part), tinyusb.Config{})

	cable := usb.NewCable(w, usb.CableOptions{})
	err = w.Run(func() {
		_ = cable.B().Attach(adapter)
		info, _ := usb.WaitDevice(cable.A(), sim.Never)
		conn, _ := cable.A().Open(info.ID)
		_ = conn.SetConfiguration(1)

		// The device version: the pointer, a STOP, a pause for the chip, the read.
		message := func(direction uint8, data []byte) {
			s := usb.Setup{RequestType: direction | usb.TypeVendor | usb.ToInterface, Request: tinyusb.ReqMessage | tinyusb.Begin | tinyusb.End, Index: 0x10}
			_, _ = usb.Control(w, conn, s, data, 2*time.Second)
		}
		version := make([]byte, 1)
		message(0, []byte{0x00})
		w.Sleep(time.Millisecond)
		message(usb.DirIn, version)
		fmt.Printf("%04x:%04x, version %02X, %v\n", info.Device.VendorID, info.Device.ProductID, version, adapter.Status())
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: 0403:c631, version 07, acknowledged
}
