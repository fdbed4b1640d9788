package usb

import (
	"errors"

	"github.com/plugfest/plugfest/sim"
)

// A Plug is one end of a [Cable]: a [Host] and a [Port], though never both at
// once, and a [PowerSource] and [PowerSense].
type Plug struct {
	c    *Cable
	name string
	bus  uint8
	peer *Plug
	out  way // towards peer

	dev  Device // attached here
	told bool   // dev was reset since it was last unplugged

	remote      *remote // the device at the other end, where this end is host
	enumeration Enumeration
	lastAddress uint8
	tap         Tap // on the device at the other end
	announcer   Announcer

	supplies bool
	onVBUS   []func(bool)
}

var errAttached = errors.New("usb: a device is attached to this plug already; detach it first")

func (p *Plug) init(c *Cable, name string, bus uint8, peer *Plug) {
	p.c, p.name, p.bus, p.peer = c, name, bus, peer
	p.announcer.Init(c.w, "device at "+name)
}

// Name returns the plug's name, as in events.
func (p *Plug) Name() string { return p.name }

// Attach implements [Port]. A device at the other end loses its host by this.
func (p *Plug) Attach(d Device) error {
	if p.dev != nil {
		return errAttached
	}
	if err := d.Descriptors().Check(); err != nil {
		return err
	}
	p.dev = d
	p.c.update()
	return nil
}

// Detach implements [Port].
func (p *Plug) Detach() {
	d := p.dev
	if d == nil {
		return
	}
	p.dev = nil
	p.c.update()
	if p.told {
		p.told = false
		d.Unplugged()
	}
}

// Attached returns the device that is attached here, or nil.
func (p *Plug) Attached() Device { return p.dev }

// SetVBUS implements [PowerSource].
func (p *Plug) SetVBUS(on bool) {
	if p.supplies == on {
		return
	}
	p.supplies = on
	if p.c.w.Observed() {
		n := 0
		if on {
			n = 1
		}
		p.c.w.Emit(sim.Event{Who: p.name, Layer: "usb", Kind: "vbus", Fields: []sim.Field{sim.Int("on", n)}})
	}
	if p.c.plugged {
		p.peer.notify(on)
	}
}

// VBUS implements [PowerSense].
func (p *Plug) VBUS() bool { return p.c.plugged && p.peer.supplies }

// OnVBUS implements [PowerSense].
func (p *Plug) OnVBUS(fn func(on bool)) { p.onVBUS = append(p.onVBUS, fn) }

func (p *Plug) notify(on bool) {
	if len(p.onVBUS) > 0 {
		p.c.notices = append(p.c.notices, notice{p, on})
		p.c.kick()
	}
}

// tellPower tells both ends that plugging or unplugging changed their VBUS.
func (c *Cable) tellPower() {
	for _, p := range [...]*Plug{&c.a, &c.b} {
		if p.supplies {
			p.peer.notify(c.plugged)
		}
	}
}

// Watch implements [Host].
func (p *Plug) Watch() Watcher { return p.announcer.Watch() }

// Open implements [Host].
func (p *Plug) Open(id DeviceID) (Conn, error) {
	r := p.remote
	if r == nil || !r.announced || r.info.ID != id {
		return nil, Disconnected
	}
	return &conn{r: r}, nil
}
