package usbmuxd_test

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/usbmux/usbmuxd"
)

// The daemon's end of a socket on which a tool asks for a port.
func Example() {
	tool, _ := usbmuxd.Request{Version: usbmuxd.Plist, Tag: 1, Command: usbmuxd.Connect, DeviceID: 3, Port: 62078}.AppendTo(nil)

	daemon := usbmuxd.NewServer(usbmuxd.ServerConfig{})
	daemon.Feed(tool)
	request, _ := daemon.Poll()
	fmt.Println(request.Command, request.DeviceID, request.Port, daemon.State())
	_ = daemon.Result(usbmuxd.OK)

	answer, _ := daemon.NextOutput() // to be written in one piece
	d := usbmuxd.Decoder{MaxLength: usbmuxd.MaxReply}
	d.Feed(answer)
	m, _, _ := d.Next()
	reply, err := usbmuxd.ParseReply(m)
	fmt.Println(reply.Tag, reply.Result.Err(), err, daemon.State())
	// Output:
	// Connect 3 62078 answering
	// 1 <nil> <nil> raw
}

func ExampleUDID() {
	fmt.Println(usbmuxd.UDID("00008101000A1B2C3D4E001E"))
	// Output: 00008101-000A1B2C3D4E001E
}
