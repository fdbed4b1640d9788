package usbtest

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Vendor requests of the suite's device.
const (
	reqStore = 1 // OUT: keep the data
	reqFetch = 2 // IN: give it back
	reqTouch = 3 // no data: count
	reqLater = 4 // IN: answered when the device feels like it
)

// device is what the suite attaches.
type device struct {
	usb.BaseFunction
	g       *usb.Gadget
	stored  []byte
	touched int
	later   []*usb.ControlRequest
	resets  int
}

// Descriptors are those of the suite's device: interface 0 with a bulk pair and
// an interrupt endpoint, interface 1 without endpoints in setting 0 and with a
// bulk pair in setting 1.
func Descriptors() *usb.Descriptors {
	return &usb.Descriptors{
		Device: usb.DeviceDescriptor{USB: 0x0200, MaxPacketSize0: 64, VendorID: 0x1209, ProductID: 0x0001, Release: 0x0123,
			Manufacturer: 1, Product: 2, SerialNumber: 3},
		Configs: []usb.ConfigDescriptor{{Value: 1, Attributes: usb.AttrReserved, MaxPower: 50, Interfaces: []usb.Interface{
			{Number: 0, Alternates: []usb.Alternate{{Class: 0xFF, SubClass: 1, String: 4, Endpoints: []usb.EndpointDescriptor{
				usb.Bulk(0x81), usb.Bulk(0x02), usb.Interrupt(0x83, 64, 4),
			}}}},
			{Number: 1, Alternates: []usb.Alternate{
				{Class: 0xFF, SubClass: 2},
				{Setting: 1, Class: 0xFF, SubClass: 2, Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x84), usb.Bulk(0x05)}},
			}},
		}}},
		Strings: usb.English("Plugfest", "Carrier test", "0001", "Echo"),
	}
}

func newDevice(w *sim.World) *device {
	d := &device{}
	d.g = usb.NewGadget(w, "device", Descriptors(), d)
	return d
}

// Control implements [usb.Function].
func (d *device) Control(c *usb.ControlRequest) {
	if c.Setup.RequestType&usb.TypeMask != usb.TypeVendor {
		c.Stall()
		return
	}
	switch c.Setup.Request {
	case reqStore:
		d.stored = append([]byte(nil), c.Data...)
		c.Accept()
	case reqFetch:
		c.Reply(d.stored)
	case reqTouch:
		d.touched++
		c.Accept()
	case reqLater:
		d.later = append(d.later, c)
	default:
		c.Stall()
	}
}

// Reset implements [usb.Function].
func (d *device) Reset() { d.resets++ }
