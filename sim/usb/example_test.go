package usb_test

import (
	"fmt"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// lamp answers one vendor request and sends back what it is sent.
type lamp struct {
	usb.BaseFunction
	lit bool
}

func (l *lamp) Control(c *usb.ControlRequest) {
	switch c.Setup.Request {
	case 1:
		l.lit = c.Setup.Value != 0
		c.Accept()
	default:
		c.Stall()
	}
}

// A device on one plug of a cable, and a host on the other.
func Example() {
	w := sim.New()
	err := w.Run(func() {
		cable := usb.NewCable(w, usb.CableOptions{A: "host", B: "lamp"})

		// The device.
		device := &lamp{}
		gadget := usb.NewGadget(w, "lamp", &usb.Descriptors{
			Device: usb.DeviceDescriptor{USB: 0x0200, MaxPacketSize0: 64, VendorID: 0x1209, ProductID: 1, Product: 1},
			Configs: []usb.ConfigDescriptor{{Value: 1, Attributes: usb.AttrReserved, Interfaces: []usb.Interface{
				{Alternates: []usb.Alternate{{Class: 0xFF, Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x81), usb.Bulk(0x02)}}}},
			}}},
			Strings: usb.English("Lamp"),
		}, device)
		w.Go("lamp", func() {
			gadget.WaitConfigured(sim.Never)
			buf := make([]byte, 512)
			for {
				n, err := gadget.Endpoint(0x02).Read(buf)
				if err != nil {
					return
				}
				gadget.Endpoint(0x81).Write(buf[:n])
			}
		})
		cable.B().Attach(gadget)

		// The host.
		info, _ := usb.WaitDevice(cable.A(), w.Now()+time.Second)
		conn, _ := cable.A().Open(info.ID)
		fmt.Println(conn.Descriptors().Text(info.Device.Product), "after", w.Now())
		conn.SetConfiguration(1)
		conn.ClaimInterface(0)
		usb.Control(w, conn, usb.Setup{RequestType: usb.TypeVendor, Request: 1, Value: 1}, nil, time.Second)
		_, err := usb.Control(w, conn, usb.Setup{RequestType: usb.TypeVendor, Request: 2}, nil, time.Second)
		fmt.Println("lit:", device.lit, "- another request:", err)

		vendor, _ := conn.Descriptors().FindInterface(0xFF, usb.Any, usb.Any)
		in, out, _ := vendor.BulkPair()
		s := usb.NewStream(w, conn, in, out, usb.StreamOptions{})
		fmt.Fprint(s, "hello")
		buf := make([]byte, 512)
		n, _ := s.Read(buf)
		fmt.Printf("echo: %s\n", buf[:n])

		cable.Unplug()
		_, err = s.Read(buf)
		fmt.Println(err)
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// Lamp after 230ms
	// lit: true - another request: usb: stall
	// echo: hello
	// usb: disconnected
}

// A configuration descriptor is read, searched and written.
func ExampleParseConfig() {
	c, err := usb.ParseConfig([]byte{
		9, 2, 32, 0, 1, 1, 0, 0x80, 50,
		9, 4, 0, 0, 2, 0xFF, 0xF0, 0, 0,
		7, 5, 0x81, 2, 0, 2, 0,
		7, 5, 0x01, 2, 0, 2, 0,
	})
	fmt.Println(err)
	for _, m := range c.Find(0xFF, 0xF0, usb.Any) {
		in, out, _ := m.BulkPair()
		fmt.Printf("interface %d: %02X %02X\n", m.Interface, in, out)
	}
	c.MaxPower = 250
	fmt.Printf("% x\n", c.AppendTo(nil)[:9])

	_, err = usb.ParseConfig([]byte{9, 2, 10, 0, 1, 1, 0, 0x80, 50, 9})
	fmt.Println(err)
	// Output:
	// <nil>
	// interface 0: 81 01
	// 09 02 20 00 01 01 00 80 fa
	// usb: descriptor: length of what is left at offset 9 is 1; want at least 2
}

// Impairments strike a transfer at a chosen place.
func ExampleCable_Impair() {
	w := sim.New()
	w.Run(func() {
		cable := usb.NewCable(w, usb.CableOptions{})
		gadget := usb.NewGadget(w, "g", plain(), nil)
		cable.B().Attach(gadget)
		info, _ := usb.WaitDevice(cable.A(), sim.Never)
		conn, _ := cable.A().Open(info.ID)
		conn.SetConfiguration(1)
		conn.ClaimInterface(0)
		cable.Impair(sim.Impairments{Faults: []sim.Fault{{Kind: sim.Drop, Packet: 2}}}, sim.Impairments{})
		w.Go("device", func() {
			buf := make([]byte, 512)
			for {
				n, err := gadget.Endpoint(0x01).Read(buf)
				if err != nil {
					return
				}
				fmt.Printf("device reads %s\n", buf[:n])
			}
		})
		for _, s := range []string{"one", "two", "three"} {
			err := usb.Do(w, conn, &usb.Transfer{Endpoint: 0x01, Data: []byte(s)}, time.Second)
			fmt.Println(s, err)
			w.Yield()
		}
	})
	// Output:
	// device reads one
	// one <nil>
	// two <nil>
	// device reads three
	// three <nil>
}
