package phone

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// accessory is the phone's view of the accessory it is connected to: who it
// says it is, how far it may be trusted, and what goes on with it.
type accessory struct {
	p         *Phone
	w         *sim.World
	s         *session.IAP2
	transport control.Transport
	conn      usb.Conn // nil where the link does not run on USB
	config    *usb.ConfigDescriptor
	gone      bool

	// From here on everything is as in the beginning after a link reset.
	authenticated bool
	identified    bool
	id            *control.Identification
	launches      []*launch
	early         []control.Message // launches that came too early, where the persona honours them
	services      []*service
	outbox        []file
	player        *player
	charger       charger

	open   []*appSession // those that are ending included
	freed  sim.Cond      // one of them has ended
	nextEA uint16
	nextID uint8 // of a file transfer
}

func newAccessory(p *Phone, s *session.IAP2, transport control.Transport) *accessory {
	a := &accessory{p: p, w: p.w, s: s, transport: transport, id: &control.Identification{}}
	a.freed.Init(p.w, p.name+": the end of an app's session")
	s.Tell(p.state, a.reset)
	return a
}

// Serve talks to an accessory at the other end of a byte stream that is not USB:
// a serial line, a Bluetooth channel. It returns when the stream has ended. The
// phone expects an identification with a component for this transport.
func (p *Phone) Serve(rw io.ReadWriteCloser, transport control.Transport) {
	s := session.NewIAP2(p.w, p.name+" iAP2", rw, link.New(link.Device, p.linkConfig()))
	p.talk(newAccessory(p, s, transport))
}

// talk runs one session with an accessory until its transport ends.
func (p *Phone) talk(a *accessory) {
	p.session = a.s
	a.s.Start()
	p.w.Go(p.name+" accessory", func() { a.s.Serve(p.state, "accessory ignored", a.connection) })
	a.s.WaitClosed()
	if p.session == a.s {
		p.session = nil
	}
	a.gone = true
	a.reset()
}

// connection is one connection from link-up on. It returns why it ended.
func (a *accessory) connection() error {
	first, second := a.authenticate, a.identify
	if a.s.ControlVersion() == 2 && !a.p.p.Auth.First {
		first, second = a.identify, a.authenticate
	}
	if err := first(); err != nil {
		return err
	}
	if err := second(); err != nil {
		return err
	}
	if err := a.ready(); err != nil {
		return err
	}
	for {
		m, err := a.s.Receive(sim.Never)
		if err != nil {
			return err
		}
		if err := a.handle(m); err != nil {
			return err
		}
	}
}

// ready is what a phone does once an accessory is authenticated and identified:
// it tells what the accessory subscribed to, asks for what the accessory
// offers, and apps that are up already open their sessions.
func (a *accessory) ready() error {
	a.p.state("accessory ready")
	if id := a.p.p.Ident.Unknown; id != 0 {
		if err := a.s.Send(new(control.Builder).Begin(nil, id).Finish()); err != nil {
			return err
		}
	}
	if err := a.notify(); err != nil {
		return err
	}
	if err := a.ask(); err != nil {
		return err
	}
	for i := range a.p.p.Apps {
		if app := &a.p.p.Apps[i]; app.Foreground {
			a.bringUp(app, 0)
		}
	}
	for _, m := range a.early {
		if err := a.handle(m); err != nil {
			return err
		}
	}
	return nil
}

// reset forgets everything, as a link reset demands. It runs between processes.
func (a *accessory) reset() {
	a.authenticated, a.identified = false, false
	a.id = &control.Identification{}
	a.early = nil
	a.launches, a.outbox, a.player, a.charger = nil, nil, nil, charger{}
	a.s.Files = false
	for _, s := range a.services {
		s.End()
	}
	a.services = nil
	for _, c := range a.open {
		c.lost = true
		c.close()
	}
	a.freed.Broadcast()
}

// on reports whether the connection that began with the given link is still the
// one in hand; processes look before they act on what they knew before a pause.
func (a *accessory) on(ups int) bool { return !a.gone && a.identified && a.s.Ups() == ups }

// send builds a message of the catalogue and queues it. One that cannot be built
// is only noted: what a persona says may be what no message can carry.
func (a *accessory) send(message string, fields ...control.Field) error {
	b, err := control.Build(message, fields...)
	if err != nil {
		a.p.state("message not sent", sim.Text("message", message), sim.Text("why", err.Error()))
		return nil
	}
	return a.s.Send(b, nil)
}

// tell sends a message if the accessory has declared that it takes it; an iPhone
// sends it nothing else.
func (a *accessory) tell(message string, fields ...control.Field) error {
	if spec := control.ByName(message); spec == nil || !a.takes(spec.ID) {
		return nil
	}
	return a.send(message, fields...)
}

// takes reports whether the accessory has declared that it takes a message.
func (a *accessory) takes(id uint16) bool {
	if a.id.Receives(id) {
		return true
	}
	a.p.state("message not sent", sim.Text("message", control.Name(id)), sim.Text("why", "the accessory does not list it"))
	return false
}

// expect waits for one of the messages; what else comes meanwhile is ignored, as
// nothing is honoured before authentication and identification are done.
func (a *accessory) expect(wait time.Duration, ids ...uint16) (control.Message, error) {
	deadline := sim.Never
	if wait > 0 {
		deadline = a.w.Now() + wait
	}
	for {
		m, err := a.s.Receive(deadline)
		if err == session.ErrTimeout {
			return m, fmt.Errorf("phone: no %s within %v", control.Name(ids[0]), wait)
		}
		if err != nil {
			return m, err
		}
		if slices.Contains(ids, m.ID) {
			return m, nil
		}
		if a.p.p.Ident.HonourEarly && m.ID == control.MsgRequestAppLaunch {
			a.early = append(a.early, m)
			continue
		}
		a.ignore(m, "too early")
	}
}

func (a *accessory) ignore(m control.Message, why string) {
	a.p.state("message ignored", sim.Text("message", control.Name(m.ID)), sim.Text("why", why))
}
