package afc_test

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/afc"
)

// A write of four bytes, as it passes and as it is read, one byte at a time.
func Example() {
	req := &afc.Request{Op: afc.OpFileRefWrite, Handle: 1}
	packet, _ := req.AppendTo(nil, 7, 4)
	packet = append(packet, "data"...)

	d := afc.NewDecoder(afc.DefaultLimits)
	for i := range packet {
		d.Feed(packet[i : i+1])
		for {
			it, ok, err := d.Next()
			if err != nil || !ok {
				break
			}
			if it.Head() {
				fmt.Println(afc.Sprint(it.Header, it.Args))
				continue
			}
			fmt.Printf("%s, %d to come\n", it.Data, it.Left)
		}
	}
	// Output:
	// #7 FileRefWrite handle=1 data=4
	// d, 3 to come
	// a, 2 to come
	// t, 1 to come
	// a, 0 to come
}

// A length that nobody sends is refused, not allocated.
func ExampleDecoder() {
	d := afc.NewDecoder(afc.DefaultLimits)
	d.Feed(afc.Header{EntireLength: 1 << 63, ThisLength: 48, PacketNum: 7, Op: afc.OpFileRefWrite}.AppendTo(nil))
	_, _, err := d.Next()
	fmt.Println(err)
	// Output:
	// afc: offset 8: entire length 9223372036854775808 (limit 4294967344): longer than the receiver takes
}

func ExampleParseFileInfo() {
	info := afc.ParseFileInfo([]byte("st_size\x0064\x00st_ifmt\x00S_IFDIR\x00"))
	fmt.Println(info.Format, info.Size)
	// Output: S_IFDIR 64
}

func ExampleStatus() {
	fmt.Println(afc.StatusNoSpaceLeft)
	fmt.Println(afc.StatusSuccess.Err())
	// Output:
	// afc: no space left (status 18)
	// <nil>
}
