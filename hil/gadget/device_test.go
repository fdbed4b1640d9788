package gadget

import (
	"bytes"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// testDevice is a device with a bulk pair that answers vendor requests: 1 keeps
// data, 2 gives it back, 3 is refused, 4 is answered when the test likes.
type testDevice struct {
	usb.BaseFunction
	g        *usb.Gadget
	kept     []byte
	late     []*usb.ControlRequest
	unplugs  int
	settings []uint8 // of interface 1
}

func testDescriptors() *usb.Descriptors {
	off := usb.Alternate{Class: 0xFF, SubClass: 0xF0, Protocol: 1, String: 5}
	on := off
	on.Setting, on.Endpoints = 1, []usb.EndpointDescriptor{usb.Bulk(0x84), usb.Bulk(0x04)}
	return &usb.Descriptors{
		Device: usb.DeviceDescriptor{USB: 0x0200, MaxPacketSize0: 64, VendorID: 0x1209, ProductID: 0x0002, Release: 0x0102, Manufacturer: 1, Product: 2, SerialNumber: 3},
		Configs: []usb.ConfigDescriptor{{Value: 1, String: 4, Attributes: usb.AttrReserved, MaxPower: 50, Interfaces: []usb.Interface{
			{Alternates: []usb.Alternate{{Class: 0xFF, SubClass: 0xF0, Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x81), usb.Bulk(0x01)}}}},
			{Number: 1, Alternates: []usb.Alternate{off, on}},
		}}},
		Strings: usb.English("Plugfest", "Guest test", "0002", "All", "com.example.native"),
	}
}

func newTestDevice(w *sim.World) *testDevice { return newTestDeviceOf(w, testDescriptors()) }

func newTestDeviceOf(w *sim.World, described *usb.Descriptors) *testDevice {
	d := &testDevice{}
	d.g = usb.NewGadget(w, "device", described, d)
	return d
}

func (d *testDevice) Control(c *usb.ControlRequest) {
	switch c.Setup.Request {
	case 1:
		d.kept = bytes.Clone(c.Data)
		c.Accept()
	case 2:
		c.Reply(d.kept)
	case 4:
		d.late = append(d.late, c)
	default:
		c.Stall()
	}
}

func (d *testDevice) AlternateSet(iface, setting uint8) {
	if iface == 1 {
		d.settings = append(d.settings, setting)
	}
}

func (d *testDevice) Unplugged() { d.unplugs++ }

// pattern is test data.
func pattern(seed, n int) []byte {
	p := make([]byte, n)
	x := uint32(seed)*2654435761 + 1
	for i := range p {
		x = x*1664525 + 1013904223
		p[i] = byte(x >> 24)
	}
	return p
}
