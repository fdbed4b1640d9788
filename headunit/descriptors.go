package headunit

import "github.com/plugfest/plugfest/sim/usb"

// Strings of the gadget.
const (
	strManufacturer = iota + 1
	strProduct
	strSerial
	strConfiguration
	strIAP
	strFirstProtocol
)

// descriptors lays the gadget out like the DJI goggles that a real iPhone took
// (wllm-rbnt/third-eye): iAP2 first, then EA native with two alternate settings.
func (g *gadget) descriptors() *usb.Descriptors {
	m := g.h.m
	text := []string{m.Identity.Manufacturer, m.Identity.Model, m.Identity.Serial, m.USB.Configuration, "iAP Interface"}
	next := uint8(1) // endpoint number
	pair := func() (pipes, []usb.EndpointDescriptor) {
		in, out := usb.DirIn|next, next
		next++
		return pipes{in: in, out: out}, []usb.EndpointDescriptor{usb.Bulk(in), usb.Bulk(out)}
	}
	var interfaces []usb.Interface
	if !m.USB.NoIAP {
		p, endpoints := pair()
		g.iap = p
		interfaces = append(interfaces, usb.Interface{Alternates: []usb.Alternate{{
			Class: 0xFF, SubClass: 0xF0, Protocol: 0, String: strIAP, Endpoints: endpoints,
		}}})
	}
	g.natives = nil
	for i, p := range m.Protocols {
		if !p.Native {
			continue
		}
		text = append(text, p.Name)
		off := usb.Alternate{Class: 0xFF, SubClass: 0xF0, Protocol: 1, String: uint8(len(text))}
		on := off
		on.Setting = 1
		n := &native{number: uint8(len(interfaces)), index: i}
		n.pipes, on.Endpoints = pair()
		g.natives = append(g.natives, n)
		interfaces = append(interfaces, usb.Interface{Number: n.number, Alternates: []usb.Alternate{off, on}})
	}
	return &usb.Descriptors{
		Speed: usb.High,
		Device: usb.DeviceDescriptor{USB: 0x0200, MaxPacketSize0: 64,
			VendorID: m.USB.VendorID, ProductID: m.USB.ProductID, Release: m.USB.Release,
			Manufacturer: strManufacturer, Product: strProduct, SerialNumber: strSerial},
		Configs: []usb.ConfigDescriptor{{Value: 1, String: strConfiguration, Attributes: usb.AttrReserved, MaxPower: 1, Interfaces: interfaces}},
		Strings: usb.English(text...),
	}
}
