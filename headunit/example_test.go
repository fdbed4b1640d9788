package headunit_test

import (
	"fmt"
	"time"

	"github.com/plugfest/plugfest/headunit"
	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// A head unit with its authentication chip, at one end of a cable; whatever is
// plugged in at the other end is looked at.
func Example() {
	w := sim.New()
	cable := usb.NewCable(w, usb.CableOptions{A: "car", B: "stick"})
	identity := testca.Test().MustIssue(mfi.Gen30, 1)
	coprocessor, err := chip.New(chip.Config{Model: chip.ForGeneration(mfi.Gen30), Identity: identity})
	if err != nil {
		fmt.Println(err)
		return
	}
	model, err := headunit.LoadModel(headunit.DefaultModel)
	if err != nil {
		fmt.Println(err)
		return
	}
	car := headunit.New(w, "car", model)
	w.Observe(func(e *sim.Event) {
		if e.Layer == "state" {
			fmt.Println(e.Kind, e.Get("vendor"), e.Get("product"))
		}
	})

	err = w.Run(func() {
		car.Start(cable.A(), cable.A(), chip.NewBus(w, coprocessor))
		stick := &usb.Descriptors{Device: usb.DeviceDescriptor{MaxPacketSize0: 64, VendorID: 0x0951, ProductID: 0x1666},
			Configs: []usb.ConfigDescriptor{{Value: 1}}}
		cable.B().Attach(usb.NewGadget(w, "stick", stick, nil))
		w.Sleep(time.Second)
	})
	fmt.Println(err)
	// Output:
	// not an iPhone 2385 5734
	// <nil>
}

// Without USB: the head unit over a serial line, asked for its certificate.
func ExampleHeadUnit_Serve() {
	w := sim.New()
	coprocessor, err := chip.New(chip.Config{Model: chip.ForGeneration(mfi.Gen30), Identity: testca.Test().MustIssue(mfi.Gen30, 1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	model, _ := headunit.LoadModel("audi-mh2p")
	line, far := w.Pipe("serial line")
	w.Go("car", func() { headunit.New(w, "car", model).Serve(line, chip.NewBus(w, coprocessor)) })

	err = w.Run(func() {
		phone := session.NewIAP2(w, "phone", far, link.New(link.Device, link.Config{}))
		phone.Start()
		if err := phone.WaitUp(5 * time.Second); err != nil {
			fmt.Println(err)
			return
		}
		phone.Send(control.Build("RequestAuthenticationCertificate"))
		m, err := phone.Receive(5 * time.Second)
		fmt.Println(control.Name(m.ID), m.Len(), err)
	})
	fmt.Println(err)
	// Output:
	// AuthenticationCertificate 618 <nil>
	// <nil>
}
