package phone

import (
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/usb"
)

// A Phone is one simulated iPhone in a world.
type Phone struct {
	w       *sim.World
	p       Persona
	name    string
	port    usb.Port
	host    usb.Host
	device  *device
	watch   usb.Watcher   // as a host
	session *session.IAP2 // while there is an accessory
	seqs    func() uint8
	bytes   interface{ Read([]byte) (int, error) }
	ports   Ports
	mode    mode // of its USB
	flaps   int  // how often it has left the bus by itself

	unplugged func()
}

// New makes a phone. Its name is what events call it.
func New(w *sim.World, name string, p Persona) *Phone {
	ph := &Phone{w: w, p: p, name: name, mode: mode(p.USB.Mode)}
	rnd := w.Rand(name + ": first sequence numbers")
	ph.seqs = func() uint8 {
		if p.Link.InitialSeq >= 0 {
			return uint8(p.Link.InitialSeq)
		}
		return uint8(rnd.Uint32())
	}
	ph.bytes = w.Bytes(name + ": challenges")
	return ph
}

// Persona returns what the phone was made from.
func (p *Phone) Persona() Persona { return p.p }

// Start plugs the phone in, as a peripheral, and lets it live until the world
// ends. The port is where it is a device, the host what it uses after the role
// switch; on a cable both are the same plug.
func (p *Phone) Start(port usb.Port, host usb.Host) {
	p.port, p.host = port, host
	if s, ok := host.(usb.PowerSense); ok {
		s.OnVBUS(p.powerChanged)
	}
	p.openApps()
	p.w.Go(p.name, p.live)
}

// OnUnplugged has fn called when the cable to a host is pulled. It must not wait.
func (p *Phone) OnUnplugged(fn func()) { p.unplugged = fn }

func (p *Phone) live() {
	for {
		p.w.Sleep(p.p.Timing.Attach)
		carplay := p.peripheral()
		p.state("role switch accepted", sim.Text("for", map[bool]string{false: "accessory", true: "carplay"}[carplay]))
		p.w.Sleep(p.p.Timing.Drop)
		p.port.Detach()
		p.state("host mode")
		p.hostRole()
		p.state("device mode")
		p.w.Sleep(p.p.Timing.Return)
	}
}

// peripheral is a phone's life as a USB device, until a host has asked it to
// switch roles.
func (p *Phone) peripheral() (carplay bool) {
	for {
		p.device = newDevice(p)
		if err := p.port.Attach(p.device.gadget); err != nil {
			p.state("cannot attach", sim.Text("why", err.Error()))
			p.idle()
		}
		p.device.wait()
		switch d := p.device; {
		case d.asked:
			return d.carplay
		case d.newMode != 0:
			p.changeMode(d.newMode)
		default:
			p.port.Detach()
			p.w.Sleep(p.p.Timing.ModeReturn)
		}
	}
}

// idle waits for the end of the world.
func (p *Phone) idle() {
	p.w.NewCond("nothing any more").Wait()
}

func (p *Phone) state(kind string, fields ...sim.Field) {
	p.w.Emit(sim.Event{Who: p.name, Layer: "state", Kind: kind, Fields: fields})
}

func (p *Phone) sleep(d time.Duration) {
	if d > 0 {
		p.w.Sleep(d)
	}
}

// Enumeration returns how this phone, as a USB host, takes a new device. It is
// for carriers that enumerate on the phone's behalf, such as a usb.Cable.
func (p Persona) Enumeration() usb.Enumeration {
	return usb.Enumeration{Debounce: p.Timing.Debounce, ResetTime: p.Timing.Reset, Recovery: -1, AddressFirst: true}
}
