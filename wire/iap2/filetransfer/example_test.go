package filetransfer_test

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/iap2/filetransfer"
)

// A file goes from a device to an accessory, datagram by datagram.
func Example() {
	device, err := filetransfer.NewSender(129, filetransfer.TypeArtwork, []byte("artwork"), 5)
	if err != nil {
		fmt.Println(err)
		return
	}
	var accessory filetransfer.Receiver
	for {
		payload, ok := device.Next(nil)
		if !ok {
			break
		}
		sent, _ := filetransfer.Parse(payload)
		fmt.Println("device:   ", sent)
		answer, event, err := accessory.Handle(nil, payload)
		if err != nil {
			fmt.Println(err)
		}
		if event.Kind == filetransfer.Complete {
			fmt.Printf("file:      %q\n", event.Data)
		}
		if len(answer) == 0 {
			continue
		}
		d, _ := filetransfer.Parse(answer)
		fmt.Println("accessory:", d)
		if err := device.Handle(d); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(device.State())
	// Output:
	// device:    transfer 129 setup: 7 bytes, type 2
	// accessory: transfer 129 start
	// device:    transfer 129 first data: 5 bytes
	// device:    transfer 129 last data: 2 bytes
	// file:      "artwork"
	// accessory: transfer 129 success
	// done
}
