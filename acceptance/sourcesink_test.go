package acceptance

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// newSourceSink makes what Linux's gadget function SourceSink is, as far as bulk goes:
// it gives as much as the host asks for, and takes whatever the host gives.
func newSourceSink(w *sim.World) *usb.Gadget {
	g := usb.NewGadget(w, "device", &usb.Descriptors{
		Device: usb.DeviceDescriptor{USB: 0x0200, MaxPacketSize0: 64, VendorID: 0x0525, ProductID: 0xA4A0, Release: 0x0100, Manufacturer: 1, Product: 2},
		Configs: []usb.ConfigDescriptor{{Value: 3, Attributes: usb.AttrReserved, MaxPower: 50, Interfaces: []usb.Interface{
			{Alternates: []usb.Alternate{{Class: 0xFF, Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x81), usb.Bulk(0x01)}}}},
		}}},
		Strings: usb.English("Plugfest", "source and sink"),
	}, usb.BaseFunction{})
	piece := make([]byte, 256<<10)
	w.Go("source", func() {
		for {
			if _, err := g.Endpoint(0x81).Write(piece); err != nil {
				g.WaitConfigured(sim.Never)
			}
		}
	})
	w.Go("sink", func() {
		b := make([]byte, 256<<10)
		for {
			if _, err := g.Endpoint(0x01).Read(b); err != nil {
				g.WaitConfigured(sim.Never)
			}
		}
	})
	return g
}
