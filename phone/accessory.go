package phone

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// accessory is the phone's view of the accessory it is connected to: who it
// says it is, and how far it may be trusted.
type accessory struct {
	p      *Phone
	w      *sim.World
	s      *session.IAP2
	conn   usb.Conn // nil where the link does not run on USB
	config *usb.ConfigDescriptor

	authenticated bool
	identified    bool
	sends         []uint16 // messages it declared to send
	receives      []uint16 // and to receive
	protocols     []protocol
	open          []*appSession
	nextEA        uint16
	services      []*sim.Timer
	gone          bool
}

// protocol is an External Accessory protocol as declared in 1D01.
type protocol struct {
	id        uint8
	name      string
	match     uint8
	native    bool
	component uint16
}

func newAccessory(p *Phone, s *session.IAP2, conn usb.Conn, config *usb.ConfigDescriptor) *accessory {
	a := &accessory{p: p, w: p.w, s: s, conn: conn, config: config}
	s.OnState = func(up bool, why string) {
		if up {
			p.state("link up")
			return
		}
		p.state("link down", sim.Text("why", why))
		a.reset()
	}
	s.OnViolation = func(v link.Violation) { p.state("violation", sim.Text("detail", v.Error())) }
	s.OnMalformed = func(err error) { p.state("malformed message", sim.Text("why", err.Error())) }
	return a
}

// run serves one connection after the other: each link reset starts from the
// beginning.
func (a *accessory) run() {
	for {
		if err := a.s.WaitUp(sim.Never); err != nil {
			return
		}
		err := a.talk()
		if a.s.Closed() {
			return
		}
		var down *session.DownError
		if !errors.As(err, &down) {
			// An accessory that failed is not spoken to again on this link.
			a.p.state("accessory ignored", sim.Text("why", err.Error()))
			a.s.WaitDown(sim.Never)
		}
	}
}

// talk is one connection from link-up on. It returns why it ended.
func (a *accessory) talk() error {
	first, second := a.authenticate, a.identify
	if a.s.ControlVersion() == 2 {
		first, second = a.identify, a.authenticate
	}
	if err := first(); err != nil {
		return err
	}
	if err := second(); err != nil {
		return err
	}
	a.ready()
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

// reset forgets everything, as a link reset demands.
func (a *accessory) reset() {
	a.authenticated, a.identified = false, false
	a.sends, a.receives, a.protocols = nil, nil, nil
	for _, t := range a.services {
		t.Stop()
	}
	a.services = nil
	for _, c := range a.open {
		c.close()
	}
	a.open = nil
}

// close is the end of the transport.
func (a *accessory) close() {
	a.gone = true
	a.reset()
}

// send builds a message of the catalogue and queues it.
func (a *accessory) send(message string, fields ...control.Field) error {
	return a.s.Send(control.Build(message, fields...))
}

// expect waits for one of the messages; what else comes meanwhile is ignored,
// as nothing is honoured before authentication and identification are done.
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
		a.p.state("message ignored", sim.Text("message", control.Name(m.ID)), sim.Text("why", "too early"))
	}
}

// wants reports whether the accessory declared to receive a message.
func (a *accessory) wants(id uint16) bool { return slices.Contains(a.receives, id) }
