package usbip

import (
	"errors"
	"fmt"
	"net"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// A Port is a plug of the server's, at which one device can be attached. It
// implements [usb.Port]. An attached device is exported; its host comes when a
// client imports it, and may go and come again.
//
// Its methods are for code inside the world.
type Port struct {
	s     *Server
	busid string
	bus   uint8
	o     PortOptions
	tap   usb.Tap

	dev     usb.Device
	devnum  uint8 // address in events, another for each attachment
	session *session
}

var _ usb.Port = (*Port)(nil)

var (
	errAttached = errors.New("usbip: a device is attached to this port already; detach it first")
	errHub      = errors.New("usbip: hubs cannot be exported: vhci_hcd would take what is behind one for devices at its own ports")
)

// Attach implements [usb.Port].
func (p *Port) Attach(d usb.Device) error {
	switch desc := d.Descriptors(); {
	case p.dev != nil:
		return errAttached
	case p.s.isClosed():
		return errClosed
	case desc.Device.Class == classHub:
		return errHub
	default:
		if err := desc.Check(); err != nil {
			return err
		}
	}
	p.dev = d
	if p.devnum++; p.devnum > 127 {
		p.devnum = 1
	}
	return nil
}

const classHub = 9

// Detach implements [usb.Port]. A client sees its connection end: what the
// device has sent before still arrives.
func (p *Port) Detach() {
	p.dev = nil
	if p.session != nil {
		p.session.end("detached")
	}
}

// ServeConn gives the attached device to whoever is at the other end of c, as an
// import would, without a word of the OP layer: for the end of a socketpair whose
// other end is written into the attach file of vhci_hcd. It returns at once; c
// belongs to the server from now on. It fails where nothing is attached, or the
// device has a host.
func (p *Port) ServeConn(c net.Conn) error {
	if !p.s.enter(c, true) {
		if p.s.isClosed() {
			return errClosed
		}
		return errFull
	}
	e, status := p.begin(c)
	if e == nil {
		p.s.leave(c, true)
		return fmt.Errorf("usbip: port %q: %v", p.busid, status)
	}
	release := p.s.w.Hold()
	go func() {
		defer release()
		defer p.s.leave(c, true)
		e.run()
	}()
	return nil
}

// BusID returns what clients call the device.
func (p *Port) BusID() string { return p.busid }

// ID returns what vhci_hcd calls the device: the devid of its attach file.
func (p *Port) ID() uint32 { d := p.describe(); return d.ID() }

// Speed returns the speed that the attached device runs at; SpeedUnknown where
// there is none.
func (p *Port) Speed() usb.Speed {
	if p.dev == nil {
		return usb.SpeedUnknown
	}
	return min(p.o.Speed, p.dev.Descriptors().MaxSpeed())
}

// Imported reports whether the device has a host.
func (p *Port) Imported() bool { return p.session != nil }

// begin connects the device with a host.
func (p *Port) begin(c net.Conn) (*session, wire.Status) {
	switch {
	case p.dev == nil:
		return nil, wire.StatusNoDevice
	case p.session != nil:
		return nil, wire.StatusBusy
	}
	e := newSession(p, c)
	p.session = e
	p.s.tell("import", sim.Text("busid", p.busid), sim.Text("client", addressOf(c)))
	p.s.keep(c)
	p.tap.Attach(e.speed)
	p.tap.Reset(0)
	e.dev.Reset(e.speed)
	if e.over {
		return nil, wire.StatusError
	}
	return e, wire.StatusOK
}

// describe returns what clients are told.
func (p *Port) describe() wire.Device {
	d := wire.Device{
		Path: "/plugfest/usb" + fmt.Sprint(p.bus) + "/" + p.busid, BusID: p.busid,
		BusNum: uint32(p.bus), DevNum: uint32(p.devnum), Speed: uint32(p.Speed()),
	}
	if p.dev == nil {
		return d
	}
	desc := p.dev.Descriptors()
	v := &desc.Device
	d.Vendor, d.Product, d.Release = v.VendorID, v.ProductID, v.Release
	d.Class, d.SubClass, d.Protocol = v.Class, v.SubClass, v.Protocol
	// As on a server of Linux, whose kernel has configured the device before.
	d.Configuration, d.Configurations = desc.Configs[0].Value, uint8(len(desc.Configs))
	d.NumInterfaces = uint8(len(interfaces(desc)))
	return d
}

// interfaces lists those of the first configuration, in setting 0.
func interfaces(d *usb.Descriptors) []wire.Interface {
	var list []wire.Interface
	seen := map[uint8]bool{}
	for _, f := range d.Configs[0].Interfaces {
		if len(f.Alternates) > 0 && !seen[f.Number] {
			seen[f.Number] = true
			a := &f.Alternates[0]
			list = append(list, wire.Interface{Class: a.Class, SubClass: a.SubClass, Protocol: a.Protocol})
		}
	}
	return list
}

// addressOf returns where a client is; a socketpair is nowhere.
func addressOf(c net.Conn) string {
	if a := c.RemoteAddr(); a != nil {
		return a.String()
	}
	return ""
}
