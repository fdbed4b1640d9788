package headunit

import (
	"fmt"
	"io"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// gadget is the head unit as a USB device: an iAP2 interface, and one EA native
// transport interface for each native protocol.
type gadget struct {
	usb.BaseFunction
	h       *HeadUnit
	core    *usb.Gadget
	natives []*native
	changed sim.Cond
	gone    bool
}

// native is one EA native transport interface.
type native struct {
	number  uint8
	in, out uint8
	index   int // of its protocol in the model
	active  bool
}

// Strings of the gadget.
const (
	strManufacturer = iota + 1
	strProduct
	strSerial
	strConfiguration
	strIAP
	strFirstProtocol
)

func newGadget(h *HeadUnit) *gadget {
	g := &gadget{h: h}
	g.changed.Init(h.w, h.name+": the phone's SET_CONFIGURATION")
	g.core = usb.NewGadget(h.w, h.name, g.descriptors(), g)
	return g
}

// descriptors lays the gadget out like the DJI goggles that a real iPhone took
// (wllm-rbnt/third-eye): iAP2 first, then EA native with two alternate settings.
func (g *gadget) descriptors() *usb.Descriptors {
	m := g.h.m
	text := []string{m.Identity.Manufacturer, m.Identity.Model, m.Identity.Serial, m.USB.Configuration, "iAP Interface"}
	next := uint8(1) // endpoint number
	var interfaces []usb.Interface
	if !m.USB.NoIAP {
		interfaces = append(interfaces, usb.Interface{Alternates: []usb.Alternate{{
			Class: 0xFF, SubClass: 0xF0, Protocol: 0, String: strIAP,
			Endpoints: []usb.EndpointDescriptor{usb.Bulk(usb.DirIn | next), usb.Bulk(next)},
		}}})
		next++
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
		on.Endpoints = []usb.EndpointDescriptor{usb.Bulk(usb.DirIn | next), usb.Bulk(next)}
		n := &native{number: uint8(len(interfaces)), in: usb.DirIn | next, out: next, index: i}
		g.natives = append(g.natives, n)
		interfaces = append(interfaces, usb.Interface{Number: n.number, Alternates: []usb.Alternate{off, on}})
		next++
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

// gadgetRole is the head unit's life as a gadget, until the phone has left.
func (h *HeadUnit) gadgetRole() {
	if h.m.Role.DropVBUS {
		h.vbus(false)
	}
	if h.m.USB.NoGadget {
		h.sleep(h.m.Timing.Wait)
		return
	}
	h.sleep(h.m.Timing.Gadget)
	g := newGadget(h)
	if err := h.port.Attach(g.core); err != nil {
		h.state("cannot attach", sim.Text("why", err.Error()))
		h.sleep(h.m.Timing.Wait)
		return
	}
	h.state("gadget attached")
	g.serve()
	h.port.Detach()
	h.state("host mode")
}

// serve waits for the phone to configure the gadget, then talks iAP2 until it
// has gone.
func (g *gadget) serve() {
	h := g.h
	if h.m.USB.NoIAP {
		h.sleep(h.m.Timing.Wait)
		return
	}
	g.changed.WaitFor(h.w.Now()+h.m.Timing.Wait, func() bool { return g.gone || g.core.Configuration() != 0 })
	if g.gone || g.core.Configuration() == 0 {
		h.state("no phone", sim.Text("why", "not configured in time"))
		return
	}
	rw := g.endpoints(usb.DirIn|1, 1)
	s := session.NewIAP2(h.w, h.name+" iAP2", rw, link.New(link.Accessory, h.linkConfig()))
	a := newAccessory(h, s)
	h.acc = a
	s.Start()
	h.w.Go(h.name+" accessory", a.run)
	g.changed.WaitFor(sim.Never, func() bool { return g.gone || s.Closed() })
	s.Close()
	a.reset()
	h.acc = nil
	h.state("phone left")
}

// Unplugged and Configured tell that the phone has gone, or means to stay.
func (g *gadget) Unplugged() {
	g.gone = true
	g.changed.Broadcast()
}

// Configured is called with 0 when the phone unconfigures the gadget.
func (g *gadget) Configured(value uint8) {
	if value == 0 {
		g.gone = true
	}
	g.changed.Broadcast()
}

// AlternateSet opens and closes EA native transports.
func (g *gadget) AlternateSet(number, setting uint8) {
	for _, n := range g.natives {
		if n.number != number {
			continue
		}
		n.active = setting == 1
		if !n.active {
			return // its endpoints fail, and with them the session
		}
		p := &g.h.m.Protocols[n.index]
		rw := g.endpoints(n.in, n.out)
		g.h.w.Go(g.h.name+" "+p.Name, func() {
			g.h.state("session open", sim.Text("protocol", p.Name))
			err := g.h.runProtocol(p, rw)
			g.h.state("session closed", sim.Text("protocol", p.Name), sim.Text("why", reason(err)))
		})
	}
}

func reason(err error) string {
	if err == nil {
		return "done"
	}
	return err.Error()
}

// endpoints makes one stream of a bulk pair.
func (g *gadget) endpoints(in, out uint8) io.ReadWriteCloser {
	return &pair{in: g.core.Endpoint(in), out: g.core.Endpoint(out)}
}

// pair is a gadget's bulk pair as a stream. Closing it only stops its user: a
// gadget cannot take its endpoints away.
type pair struct {
	in, out *usb.Endpoint
	closed  bool
}

func (p *pair) Read(b []byte) (int, error) {
	if p.closed {
		return 0, io.ErrClosedPipe
	}
	return p.out.Read(b)
}

func (p *pair) Write(b []byte) (int, error) {
	if p.closed {
		return 0, io.ErrClosedPipe
	}
	return p.in.Write(b)
}

func (p *pair) Close() error {
	p.closed = true
	return nil
}

// Inject writes bytes to the phone past the link engine, as they are. It fails
// while there is no link.
func (h *HeadUnit) Inject(data []byte) error {
	if h.acc == nil {
		return fmt.Errorf("headunit: no phone to send to")
	}
	h.acc.s.Inject(data)
	return nil
}
