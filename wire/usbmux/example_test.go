package usbmux_test

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/usbmux"
)

// A host and a device joined by nothing but their transfers.
func Example() {
	host := usbmux.New(usbmux.Host, usbmux.Config{})
	phone := usbmux.New(usbmux.Device, usbmux.Config{})
	phone.Start(0)
	host.Start(0)

	// A driver hands on what leaves, and looks at what happened.
	pass := func(from, to *usbmux.Engine) (moved bool) {
		for b, ok := from.NextOutput(); ok; b, ok = from.NextOutput() {
			to.Feed(0, b)
			moved = true
		}
		for ev, ok := to.Poll(); ok; ev, ok = to.Poll() {
			fmt.Printf("%v: %v\n", to.Role(), ev)
			switch ev.Kind {
			case usbmux.Incoming:
				_ = ev.Conn.Accept(0)
			case usbmux.Data:
				fmt.Printf("%s\n", ev.Conn.Peek())
				ev.Conn.Discard(0, ev.Conn.Buffered())
			}
		}
		return moved
	}
	run := func() {
		for pass(host, phone) || pass(phone, host) {
		}
	}

	run()
	lockdown, _ := host.Open(0, usbmux.LockdownPort)
	_, _ = lockdown.Write(0, []byte("QueryType, please"))
	run()
	lockdown.Close(0)
	run()
	// Output:
	// device: up: version 2.0
	// host: up: version 2.0
	// device: incoming 1>62078
	// host: connected 1>62078
	// device: connected 1>62078
	// device: data 1>62078
	// QueryType, please
	// device: closed 1>62078: peer reset
	// host: closed 1>62078: closed here
}

// Two transfers as the reads of a host see them.
func ExampleChunks() {
	for _, n := range []int{20000, 16384} {
		for chunk := range usbmux.Chunks(make([]byte, n), usbmux.ReadSize, 512) {
			fmt.Print(len(chunk), " ")
		}
		fmt.Println(usbmux.NeedsZeroPacket(n, 512))
	}
	// Output:
	// 16384 3616 false
	// 16384 0 true
}
