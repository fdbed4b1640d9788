package muxd_test

import (
	"fmt"
	"io"
	"net"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// A phone on a cable, and a daemon that finds it: a program connects to one of
// its ports.
func Example() {
	w := sim.New()
	cable := usb.NewCable(w, usb.CableOptions{})
	persona, _ := phone.LoadPersona(phone.DefaultPersona)
	iphone := phone.New(w, "phone", persona)
	iphone.SetPorts(phone.PortsFunc(func(port uint16, conn net.Conn) error {
		if port != 7 {
			return fmt.Errorf("port %d is closed", port)
		}
		w.Go("greet", func() {
			fmt.Fprint(conn, "hello")
			conn.Close()
		})
		return nil
	}))
	daemon := muxd.New(w, "muxd", muxd.Options{})

	err := w.Run(func() {
		iphone.Start(cable.B(), cable.B())
		daemon.Watch(cable.A())
		device, _ := daemon.WaitDevice(sim.Never)
		fmt.Println("device", device.ID, device.Serial)

		_, err := daemon.Dial(device.ID, 22)
		fmt.Println(err)
		conn, err := daemon.Dial(device.ID, 7)
		if err != nil {
			fmt.Println(err)
			return
		}
		greeting, err := io.ReadAll(conn)
		fmt.Printf("%s %v\n", greeting, err)
	})
	fmt.Println(err)
	// Output:
	// device 1 00008110-001A2B3C4D5E001E
	// muxd: device 1, port 22: connection refused
	// hello <nil>
	// <nil>
}
