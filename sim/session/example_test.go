package session_test

import (
	"fmt"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// Two ends of an iAP2 link over a pipe: the device asks for the certificate, and
// an app sends a line through an External Accessory session.
func ExampleIAP2() {
	w := sim.New()
	a, d := w.Pipe("serial line")
	accessory := session.NewIAP2(w, "accessory", a, link.New(link.Accessory, link.DefaultAccessory()))
	device := session.NewIAP2(w, "device", d, link.New(link.Device, link.Config{}))

	w.Go("accessory", func() {
		accessory.Start()
		if accessory.WaitUp(sim.Never) != nil {
			return
		}
		m, _ := accessory.Receive(sim.Never)
		fmt.Println("accessory got", control.Name(m.ID))
		app := accessory.OpenEA(1)
		line := make([]byte, 5)
		app.Read(line)
		fmt.Printf("accessory read %q\n", line)
	})

	err := w.Run(func() {
		device.Start()
		if err := device.WaitUp(5 * time.Second); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("link up, control session version", device.ControlVersion())
		device.Send(control.Build("RequestAuthenticationCertificate"))
		w.Sleep(time.Second)
		fmt.Fprint(device.OpenEA(1), "hello")
		w.Sleep(time.Second)
	})
	fmt.Println(err)
	// Output:
	// link up, control session version 1
	// accessory got RequestAuthenticationCertificate
	// accessory read "hello"
	// <nil>
}

// A service that a peer may stop at any time.
func ExampleTask() {
	w := sim.New()
	w.Run(func() {
		task := session.Go(w, "now playing", func(t *session.Task) {
			for t.Sleep(time.Second) {
				fmt.Println("tick at", w.Now())
			}
			fmt.Println("stopped at", w.Now())
		})
		w.Sleep(2500 * time.Millisecond)
		task.End()
		w.Yield()
	})
	// Output:
	// tick at 1s
	// tick at 2s
	// stopped at 2.5s
}

// A stream that tells a lost byte from a good one.
func ExamplePattern() {
	var source, check session.Pattern
	data := make([]byte, 8)
	source.Read(data)
	fmt.Println(check.Check(data[:4]))
	fmt.Println(check.Check(data[5:]) != nil)
	// Output:
	// <nil>
	// true
}
