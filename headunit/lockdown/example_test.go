package lockdown_test

import (
	"fmt"
	"net"

	"github.com/plugfest/plugfest/headunit/lockdown"
	phonelockdown "github.com/plugfest/plugfest/phone/lockdown"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// A host pairs with a phone and asks for its name. Here the phone is simulated, and
// reached without a cable; lockdown.Via reaches one through a muxd.Daemon.
func Example() {
	w := sim.New()
	phone, err := state.New(w, "phone", state.Options{Name: "Anna's iPhone"})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := phonelockdown.New(phone, phonelockdown.Config{Services: []service.Service{}})
	dial := func(port uint16) (net.Conn, error) {
		near, far := w.Pipe("usbmux")
		return near, server.Ports().Connect(port, far)
	}
	host := lockdown.NewHost(w, "headunit", lockdown.Options{})
	err = w.Run(func() {
		client, err := host.Connect(lockdown.Phone{UDID: phone.Identity.UDID, Dial: dial})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer client.Close()
		fmt.Println(client.Establish())
		fmt.Println(client.GetValue("", "DeviceName"))
	})
	fmt.Println(err)
	// Output:
	// <nil>
	// Anna's iPhone <nil>
	// <nil>
}
