package link_test

import (
	"fmt"
	"time"

	"github.com/plugfest/plugfest/wire/iap2/link"
)

// Two engines, joined by nothing but a loop.
func Example() {
	accessory := link.New(link.Accessory, link.DJIGoggles())
	device := link.New(link.Device, link.Config{})
	names := map[*link.Engine]string{accessory: "accessory", device: "device"}

	var now time.Duration
	accessory.Start(now)
	device.Start(now)
	carry := func(from, to *link.Engine) (moved bool) {
		for b, ok := from.NextOutput(); ok; b, ok = from.NextOutput() {
			to.Feed(now, b)
			moved = true
		}
		for ev, ok := to.Poll(); ok; ev, ok = to.Poll() {
			fmt.Printf("%s: %v\n", names[to], ev)
			if ev.Kind == link.Up && to == device {
				_ = device.Send(now, 0x0a, []byte("hello"))
			}
		}
		return moved
	}
	for carry(accessory, device) || carry(device, accessory) {
	}
	at, _ := accessory.Deadline()
	fmt.Println("accessory acknowledges at", at)

	// Output:
	// device: detected
	// accessory: detected
	// accessory: up
	// device: up
	// accessory: data session=0a (control) 5 bytes
	// accessory acknowledges at 20ms
}

func ExamplePacket() {
	p := link.Packet{Control: link.ControlACK, Seq: 0xa7, Ack: 0xe5, Session: 1,
		Payload: []byte{0x40, 0x40, 0x00, 0x06, 0xaa, 0x00}}
	b, err := p.AppendTo(nil)
	fmt.Printf("%x %v\n%v\n", b, err, p)

	// Output:
	// ff5a001040a7e501ca40400006aa00d0 <nil>
	// ACK seq=a7 ack=e5 session=01 6 bytes
}

func ExampleDecoder() {
	stream := []byte("noise\xff\x55\x02\x00\xee\x10\xff\x5a\x00\x09\x40\xe5\xa7\x00\xd2\xff")
	var d link.Decoder
	d.Feed(stream)
	for it, ok := d.Next(); ok; it, ok = d.Next() {
		switch it.Kind {
		case link.ItemPacket:
			fmt.Println(it.Offset, it.Packet)
		case link.ItemMarker:
			fmt.Println(it.Offset, "marker")
		case link.ItemError:
			fmt.Println(it.Err)
		}
	}

	// Output:
	// iap2 link: offset 0: no packet start, 5 bytes skipped from 6e
	// 5 marker
	// 11 ACK seq=e5 ack=a7
}

func ExampleSyn() {
	s := link.CarThing().Syn
	b, err := s.AppendTo(nil)
	fmt.Printf("%x %v\n", b, err)

	s, err = link.DecodeSyn(b)
	fmt.Println(s.RetransmitTimeout, s.AckTimeout, s.Sessions[2].Type, err)

	s.MaxOutstanding = 0
	fmt.Println(s.Validate())

	// Output:
	// 0105080017700bb81e03010001020102030201 <nil>
	// 6s 3s external accessory <nil>
	// iap2 link: SYN offset 1: maximum outstanding packets is 0, want at least 1
}

// A fault in one line: the device never sees the accessory's third packet, the
// ACK of the handshake, and asks for it again by repeating its SYN|ACK.
func ExampleFaults() {
	c := link.DJIGoggles()
	c.Mangle = func(p *link.Packet, n int) link.Action {
		if n == 2 {
			fmt.Println("dropped:", p)
			return link.Drop
		}
		return link.Send
	}
	accessory, device := link.New(link.Accessory, c), link.New(link.Device, link.Config{})
	accessory.Start(0)
	device.Start(0)
	for now := time.Duration(0); now < 3*time.Second; now += time.Second {
		accessory.Tick(now)
		device.Tick(now)
		for moved := true; moved; {
			moved = false
			for b, ok := accessory.NextOutput(); ok; b, ok = accessory.NextOutput() {
				device.Feed(now, b)
				moved = true
			}
			for b, ok := device.NextOutput(); ok; b, ok = device.NextOutput() {
				accessory.Feed(now, b)
				moved = true
			}
		}
		fmt.Println(now, device.State())
	}

	// Output:
	// dropped: ACK seq=00 ack=00
	// 0s syn received
	// 1s up
	// 2s up
}
