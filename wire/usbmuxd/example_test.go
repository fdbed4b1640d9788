package usbmuxd_test

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// A client asks for the devices, and a daemon answers in the version and with the
// tag of the question.
func Example() {
	question, _ := usbmuxd.Request{Version: usbmuxd.Plist, Tag: 7, Command: usbmuxd.ListDevices}.AppendTo(nil)

	var daemon usbmuxd.Decoder
	daemon.Feed(question)
	m, _, _ := daemon.Next()
	r, err := usbmuxd.ParseRequest(m)
	fmt.Println(r.Command, r.Tag, err)
	answer, _ := usbmuxd.AppendDevices(nil, r, []usbmuxd.Device{{ID: 1, ProductID: 0x12A8, Serial: usbmuxd.UDID("00008110001A2B3C4D5E001E")}})

	var client usbmuxd.Decoder
	client.Feed(answer)
	m, _, _ = client.Next()
	reply, err := usbmuxd.ParseReply(m)
	fmt.Println(reply.Tag, reply.Devices[0].ID, reply.Devices[0].Serial, err)
	// Output:
	// ListDevices 7 <nil>
	// 7 1 00008110-001A2B3C4D5E001E <nil>
}
