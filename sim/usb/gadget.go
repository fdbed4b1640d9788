package usb

import (
	"time"

	"github.com/plugfest/plugfest/sim"
)

// State is the state of a device (USB 2.0, 9.1.1).
type State uint8

// States of a [Gadget].
const (
	StateDetached   State = iota // not attached, or the host is gone
	StateDefault                 // reset, with address 0
	StateAddress                 // has an address
	StateConfigured              // has a configuration
)

func (s State) String() string {
	return [...]string{"detached", "default", "address", "configured"}[s&3]
}

// A Gadget is a device made of descriptors: it answers the standard requests
// of chapter 9, keeps configuration and alternate settings, and moves data
// between a host's transfers and the [Endpoint]s. What is beyond that is its
// [Function]'s. It implements [Device].
//
// It behaves as a device controller of common make: it has no test modes and
// halts no endpoint 0. An endpoint that the current settings do not have does
// not answer, which a host sees as a Protocol error.
type Gadget struct {
	w    *sim.World
	name string
	f    Function
	base *Descriptors // as given
	desc *Descriptors // at the current speed

	speed   Speed
	state   State
	address uint8
	config  *ConfigDescriptor
	alts    [256]uint8
	wakeup  bool // remote wakeup is enabled

	eps     [32]*Endpoint // by index of the address
	changed sim.Cond      // configuration, settings, attachment

	control queue // control transfers, the first in progress
	asked   bool  // the first has been handed to chapter 9 or the function
	serving bool
	request *ControlRequest // of the first, while the function has it
	spare   *ControlRequest
	scratch []byte
}

// NewGadget makes a gadget. d must not change afterwards. A nil Function
// refuses every request.
func NewGadget(w *sim.World, name string, d *Descriptors, f Function) *Gadget {
	if f == nil {
		f = BaseFunction{}
	}
	own := *d
	own.Device.Configurations = uint8(len(d.Configs))
	g := &Gadget{w: w, name: name, f: f, base: &own, desc: &own, scratch: make([]byte, 0, 256)}
	g.changed.Init(w, "setting of "+name)
	own.eachEndpoint(func(e *EndpointDescriptor) {
		if i := epIndex(e.Address); e.Address&0x0F != 0 && g.eps[i] == nil {
			g.eps[i] = newEndpoint(g, e.Address)
		}
	})
	return g
}

// epIndex numbers the 32 endpoint addresses.
func epIndex(address uint8) int { return int(address&0x0F) | int(address>>3&0x10) }

// Name returns the gadget's name.
func (g *Gadget) Name() string { return g.name }

// Descriptors implements [Device]; while attached, they are those of the
// current speed.
func (g *Gadget) Descriptors() *Descriptors { return g.desc }

// Endpoint returns the endpoint of that address, or nil where no setting of any
// configuration has it.
func (g *Gadget) Endpoint(address uint8) *Endpoint {
	if address&0x70 != 0 {
		return nil
	}
	return g.eps[epIndex(address)]
}

// State returns the state of chapter 9.
func (g *Gadget) State() State { return g.state }

// Speed returns the speed of the bus since the last reset.
func (g *Gadget) Speed() Speed { return g.speed }

// Address returns the address that the host gave, 0 if none.
func (g *Gadget) Address() uint8 { return g.address }

// RemoteWakeup reports whether the host has enabled remote wakeup.
func (g *Gadget) RemoteWakeup() bool { return g.wakeup }

// Configuration returns the value of the current configuration, 0 if none.
func (g *Gadget) Configuration() uint8 {
	if g.config == nil {
		return 0
	}
	return g.config.Value
}

// Alternate returns the current setting of an interface, 0 if there is none.
func (g *Gadget) Alternate(iface uint8) uint8 { return g.alts[iface] }

// WaitConfigured waits until the gadget is configured or the world's clock
// shows deadline, and reports whether it is.
func (g *Gadget) WaitConfigured(deadline time.Duration) bool {
	return g.changed.WaitFor(deadline, func() bool { return g.config != nil })
}

// WaitAlternate waits until an interface of the current configuration is in a
// setting.
func (g *Gadget) WaitAlternate(iface, setting uint8, deadline time.Duration) bool {
	return g.changed.WaitFor(deadline, func() bool {
		return g.config != nil && g.alts[iface] == setting && g.config.Alternate(iface, setting) != nil
	})
}

// WaitUnplugged waits until no host is there.
func (g *Gadget) WaitUnplugged(deadline time.Duration) bool {
	return g.changed.WaitFor(deadline, func() bool { return g.state == StateDetached })
}

// Reset implements [Device].
func (g *Gadget) Reset(s Speed) {
	g.speed, g.state, g.address, g.wakeup = s, StateDefault, 0, false
	g.desc = g.base.At(s)
	g.end(Shutdown)
	g.f.Reset()
	g.changed.Broadcast()
	g.serve()
}

// Unplugged implements [Device].
func (g *Gadget) Unplugged() {
	if g.state == StateDetached {
		return
	}
	g.state, g.address, g.wakeup = StateDetached, 0, false
	g.desc = g.base
	g.end(Disconnected)
	g.f.Unplugged()
	g.changed.Broadcast()
}

// end takes the configuration away and completes every transfer.
func (g *Gadget) end(why Status) {
	g.config = nil
	g.alts = [256]uint8{}
	for _, e := range g.eps {
		if e != nil {
			e.disable(why)
		}
	}
	g.dropControl(why)
}

// configure makes c the configuration, or none, with every setting at 0.
func (g *Gadget) configure(c *ConfigDescriptor) {
	for _, e := range g.eps {
		if e != nil {
			e.disable(Shutdown)
		}
	}
	g.config, g.state = c, StateAddress
	g.alts = [256]uint8{}
	value := uint8(0)
	if c != nil {
		value, g.state = c.Value, StateConfigured
		for i := range c.Interfaces {
			if a := c.Alternate(c.Interfaces[i].Number, 0); a != nil {
				g.enable(a)
			}
		}
	}
	g.f.Configured(value)
	g.changed.Broadcast()
}

// alternate puts an interface into a setting, the same one included.
func (g *Gadget) alternate(number uint8, a *Alternate) {
	if old := g.config.Alternate(number, g.alts[number]); old != nil {
		for i := range old.Endpoints {
			if e := g.Endpoint(old.Endpoints[i].Address); e != nil {
				e.disable(Shutdown)
			}
		}
	}
	g.alts[number] = a.Setting
	g.enable(a)
	g.f.AlternateSet(number, a.Setting)
	g.changed.Broadcast()
}

func (g *Gadget) enable(a *Alternate) {
	for i := range a.Endpoints {
		if e := g.Endpoint(a.Endpoints[i].Address); e != nil {
			e.enable(&a.Endpoints[i])
		}
	}
}

// Submit implements [Device].
func (g *Gadget) Submit(t *Transfer) {
	t.Status, t.Actual, t.next = OK, 0, nil
	if g.state == StateDetached {
		t.Complete(Disconnected, 0)
		return
	}
	if t.Control() {
		t.held = true
		g.control.push(t)
		g.serve()
		return
	}
	e := g.Endpoint(t.Endpoint)
	if e == nil || e.desc == nil {
		t.Complete(Protocol, 0)
		return
	}
	e.submit(t)
}

// Cancel implements [Device].
func (g *Gadget) Cancel(t *Transfer) {
	if !t.held {
		return
	}
	if !t.Control() {
		g.Endpoint(t.Endpoint).finish(t, Canceled)
		return
	}
	first := g.control.head == t
	g.control.remove(t)
	if first {
		g.forget()
	}
	t.finish(Canceled)
	g.serve()
}

// finish completes a transfer that its queue has given up, with what Actual
// counts so far.
func (t *Transfer) finish(s Status) {
	t.held = false
	t.Complete(s, t.Actual)
}
