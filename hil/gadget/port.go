package gadget

import (
	"context"
	"errors"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// A Port is a device controller of this machine, at which a device can be
// attached for a host at the other end of a real cable. It implements [usb.Port].
//
// Its methods are for processes of its world: Attach and Detach wait, while other
// processes go on.
type Port struct {
	w    *sim.World
	o    Options
	sys  system
	tap  usb.Tap
	last uint8 // address of the last attachment, in events
	busy bool  // in Attach or Detach
	at   *attachment
}

var _ usb.Port = (*Port)(nil)

var errAttached = errors.New("gadget: a device is attached to this port already; detach it first")

// New makes a port. The world must follow the machine's clock: it fails with
// [ErrVirtual] otherwise. Nothing is done to the controller before Attach.
func New(w *sim.World, o Options) (*Port, error) {
	if !w.IsRealTime() {
		return nil, ErrVirtual
	}
	return newPort(w, o, newSystem()), nil
}

func newPort(w *sim.World, o Options, s system) *Port {
	o = o.withDefaults()
	return &Port{w: w, o: o, sys: s,
		tap: usb.Tap{World: w, Host: o.Host, Device: o.Name, Bus: o.Bus, Last: int64(o.Bus) << 32, Silent: o.Silent}}
}

// Attach implements [usb.Port]: it makes a gadget of what d says of itself and
// binds it to the controller. The host sees it when this returns; d is told of
// the host when there is one.
//
// It fails with an [*Error] where the operating system refuses, with
// [ErrAlternates] where the kernel cannot carry alternate settings, and where no
// configuration of d can be carried by FunctionFS. Configurations that cannot are
// left out, which an event "left out" of layer "state.gadget" tells.
func (p *Port) Attach(d usb.Device) error {
	if p.at != nil || p.busy {
		return errAttached
	}
	pl, err := newPlan(d.Descriptors(), p.o.Speed)
	if err != nil {
		return err
	}
	a := newAttachment(p, d, pl)
	p.busy = true
	defer func() { p.busy = false }()
	ctx, stop := context.WithCancel(context.Background())
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		a.engine, err = p.sys.open(ctx, pl, &p.o, a.post)
	}()
	defer func() {
		stop()
		<-opened // also where the world ends: nothing is left behind, and no role switched
		if a.engine != nil && p.at == nil {
			a.engine.close()
		}
	}()
	p.w.Outside("binding a gadget", func() { <-opened })
	if err != nil {
		return err
	}
	p.at = a
	a.begin()
	return nil
}

// Detach implements [usb.Port]. It leaves nothing of the gadget behind; where the
// operating system will not have that, an event "failed" of layer "state.gadget"
// tells why, and the next Attach tries again.
func (p *Port) Detach() {
	a := p.at
	if a == nil || p.busy {
		return
	}
	p.busy = true
	defer func() { p.busy = false }()
	a.linger()
	a.closing = true
	p.w.Outside("unbinding a gadget", a.closeEngine)
	if a.closeErr != nil {
		a.state("failed", sim.Text("why", a.closeErr.Error()))
	}
	p.at = nil
	a.end()
}

// Attached returns the device that is attached here, or nil.
func (p *Port) Attached() usb.Device {
	if p.at == nil {
		return nil
	}
	return p.at.dev
}

// Addresses returns the addresses that the controller gave to the endpoints of
// the current configuration, by those that the device knows. Endpoints of several
// alternate settings have one for each; the current setting's is shown.
func (p *Port) Addresses() map[uint8]uint8 {
	list := map[uint8]uint8{}
	if p.at != nil {
		p.at.eachPipe(func(x *pipe) {
			if x.on && x.controller != 0 {
				list[x.e.address] = x.controller
			}
		})
	}
	return list
}
