package hid_test

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/iap2/hid"
)

// A packet of 70 bytes goes through full-speed reports and comes out whole.
func Example() {
	packet := append([]byte{0xFF, 0x5A, 0x00, 70}, make([]byte, 66)...)
	reports := hid.FullSpeed().Input
	in := hid.NewReassembler(reports)
	out := hid.NewFragmenter(reports, packet)
	for {
		report, ok := out.Next(nil)
		if !ok {
			break
		}
		got, err := in.Push(report)
		fmt.Printf("report %d, link control %02x, %d bytes: packet of %d, %v\n", report[0], report[1], len(report), len(got), err)
	}
	// Output:
	// report 4, link control 02, 64 bytes: packet of 0, <nil>
	// report 1, link control 01, 13 bytes: packet of 70, <nil>
}

func ExampleParseDescriptor() {
	d, err := hid.ParseDescriptor(hid.RemoteDescriptor())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range d.Reports {
		fmt.Println(r.Kind, r.ID, r.Bits)
	}
	// Output:
	// input 0 8
}

func ExampleAppendButtons() {
	press, _ := hid.AppendButtons(nil, 1, hid.ButtonNext)
	release, _ := hid.AppendButtons(nil, 1, 0)
	fmt.Printf("%x\n%x\n", press, release)
	// Output:
	// 4040001168020006000000010005000102
	// 4040001168020006000000010005000100
}
