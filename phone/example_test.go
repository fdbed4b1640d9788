package phone_test

import (
	"fmt"
	"time"

	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// A phone is plugged in; the host at the other end of the cable asks it to
// switch roles and sees it leave.
func Example() {
	w := sim.New()
	cable := usb.NewCable(w, usb.CableOptions{A: "car", B: "phone"})
	persona, err := phone.LoadPersona(phone.DefaultPersona)
	if err != nil {
		fmt.Println(err)
		return
	}
	iphone := phone.New(w, "phone", persona)

	err = w.Run(func() {
		car := cable.A()
		car.SetVBUS(true)
		iphone.Start(cable.B(), cable.B())

		info, _ := usb.WaitDevice(car, sim.Never)
		fmt.Printf("%04X:%04X\n", info.Device.VendorID, info.Device.ProductID)
		conn, _ := car.Open(info.ID)
		fmt.Println(conn.Descriptors().Text(info.Device.SerialNumber))

		plain := usb.Setup{RequestType: usb.TypeVendor, Request: 0x51}
		_, err := usb.Control(w, conn, plain, nil, time.Second)
		fmt.Println("role switch:", err)
		before := w.Now()
		watch := car.Watch()
		for {
			if ev, _ := watch.Next(sim.Never); ev.Kind == usb.Detached {
				break
			}
		}
		fmt.Println("left after", w.Now()-before)
	})
	fmt.Println(err)
	// Output:
	// 05AC:12A8
	// 00008110001A2B3C4D5E001E
	// role switch: <nil>
	// left after 75ms
	// <nil>
}

// A persona of one's own is the default one with what differs.
func ExampleParsePersona() {
	p, err := phone.ParsePersona([]byte(`
name: Anna's iPhone
battery: 12
role-switch: {carplay: false}
apps:
  - {bundle: com.example.player, protocols: [com.example.player], behaviour: echo}
`))
	fmt.Println(p.Name, p.Battery, p.RoleSwitch.Plain, p.RoleSwitch.CarPlay, len(p.Apps), err)

	_, err = phone.ParsePersona([]byte("music: {every: 0s}"))
	fmt.Println(err)
	// Output:
	// Anna's iPhone 12 true false 1 <nil>
	// phone: persona: music.every is 0s; want more than 0
}
