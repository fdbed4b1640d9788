package session_test

import (
	"fmt"
	"io"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// Both ends of an iAP2 connection over a serial line that loses its third
// write: the packet is sent again two seconds later.
func Example() {
	w := sim.New()
	bad := sim.Impairments{Faults: []sim.Fault{{Kind: sim.Drop, Packet: 3}}}
	line := w.Link("serial line", sim.Impairments{}, bad)
	accessory := session.NewIAP2(w, "accessory", line.A, link.New(link.Accessory, link.DefaultAccessory()))
	device := session.NewIAP2(w, "device", line.B, link.New(link.Device, link.Config{}))
	accessory.Start()
	device.Start()
	err := w.Run(func() {
		if err := device.WaitUp(5 * time.Second); err != nil {
			fmt.Println(err)
			return
		}
		if err := accessory.WaitUp(5 * time.Second); err != nil {
			fmt.Println(err)
			return
		}
		sent := w.Now()
		_ = device.Send(control.Build("StartExternalAccessoryProtocolSession",
			control.F("ProtocolID", 0), control.F("SessionID", 1)))
		m, err := accessory.Receive(w.Now() + 10*time.Second)
		fmt.Println(control.Name(m.ID), err, "after", w.Now()-sent)

		app, unit := device.OpenEA(1), accessory.OpenEA(1)
		w.Go("app", func() { _, _ = io.WriteString(app, "hello") })
		buf := make([]byte, 16)
		n, err := unit.Read(buf)
		fmt.Println(string(buf[:n]), err)
	})
	fmt.Println(err)
	// Output:
	// StartExternalAccessoryProtocolSession <nil> after 2s
	// hello <nil>
	// <nil>
}
