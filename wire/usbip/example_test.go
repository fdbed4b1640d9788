package usbip_test

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/usbip"
)

// A host asks for the device descriptor, and gets it.
func Example() {
	q := usbip.Request{Command: usbip.CmdSubmit, Seq: 1, DevID: 1<<16 | 2, In: true, Length: 18,
		Setup: [8]byte{0x80, 6, 0, 1, 0, 0, 18, 0}}
	stream := q.AppendTo(nil)

	r, err := usbip.ParseRequest(stream)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v, seqnum %d, endpoint %d, up to %d bytes\n", r.Command, r.Seq, r.Endpoint, r.Length)

	a := usbip.Reply{Command: usbip.RetSubmit, Seq: r.Seq, Actual: 18}
	fmt.Println(len(a.AppendTo(nil)), "bytes of header, then the descriptor")
	// Output:
	// CMD_SUBMIT, seqnum 1, endpoint 0, up to 18 bytes
	// 48 bytes of header, then the descriptor
}
