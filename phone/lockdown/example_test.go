package lockdown_test

import (
	"fmt"

	"github.com/plugfest/plugfest/phone/lockdown"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/catalogue"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// A phone, and a computer that asks for its name.
func Example() {
	w := sim.New()
	phone, err := state.New(w, "phone", state.Options{Name: "Anna's iPhone"})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := lockdown.New(phone, lockdown.Config{Services: catalogue.Services()})
	err = w.Run(func() {
		c, err := lockdowntest.Connect(server)
		if err != nil {
			fmt.Println(err)
			return
		}
		host := lockdowntest.NewHost("desk")
		fmt.Println(c.StartSession(host))
		fmt.Println(c.Pair(host), c.StartSession(host))
		fmt.Println(c.Value("", "DeviceName"))
		fmt.Println(c.Value("", "Coffee"))
	})
	fmt.Println(err)
	// Output:
	// lockdown: device says InvalidHostID
	// <nil> <nil>
	// Anna's iPhone <nil>
	// <nil> lockdown: device says MissingValue
	// <nil>
}

// An app that listens on a port of the phone, as CarLife does.
func ExamplePorts() {
	w := sim.New()
	phone, _ := state.New(w, "phone", state.Options{})
	ports := lockdown.New(phone, lockdown.Config{}).Ports()
	_, far := w.Pipe("usbmux")
	fmt.Println(ports.Connect(7240, far))
	_ = ports.Listen(7240, "com.baidu.carlife", nil)
	fmt.Println(ports.Answers(7240))
	// Output:
	// lockdown: connection refused
	// true
}
