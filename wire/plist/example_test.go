package plist_test

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/plist"
)

func Example() {
	doc, err := plist.AppendXML(nil, map[string]any{"MessageType": "Connect", "DeviceID": 3, "PortNumber": 32498})
	if err != nil {
		panic(err)
	}
	dict, err := plist.DecodeDict(doc, plist.Limits{Size: 64 << 10})
	if err != nil {
		panic(err)
	}
	f := plist.Fields{Dict: dict}
	fmt.Println(f.String("MessageType"), f.Uint32("DeviceID"), f.Int("PortNumber", -32768, 65535), f.Err())
	f.Bool("DeviceID")
	fmt.Println(f.Err())
	// Output:
	// Connect 3 32498 <nil>
	// plist: DeviceID: is integer, want boolean
}

func ExampleDecodeInto() {
	doc, _ := plist.AppendBinary(nil, map[string]any{"Command": "Marco", "Interval": 10, "Extra": true})
	var marco struct {
		Command  string
		Interval uint8
	}
	err := plist.DecodeInto(doc, plist.Limits{}, &marco)
	fmt.Printf("%+v %v\n", marco, err)
	// Output: {Command:Marco Interval:10} <nil>
}
