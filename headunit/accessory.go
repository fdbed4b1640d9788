package headunit

import (
	"errors"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// accessory is the head unit's side of one iAP2 connection.
type accessory struct {
	h          *HeadUnit
	w          *sim.World
	s          *session.IAP2
	identified bool
	attempts   int // identifications sent
	cert       []byte
	open       []*session.EASession
	sessions   int // opened since identification, native ones too
	launching  *sim.Timer
	launches   int
}

func newAccessory(h *HeadUnit, s *session.IAP2) *accessory {
	a := &accessory{h: h, w: h.w, s: s}
	a.launching = h.w.NewTimer(a.relaunch)
	s.OnState = func(up bool, why string) {
		if up {
			h.state("link up")
			return
		}
		h.state("link down", sim.Text("why", why))
		a.reset()
	}
	s.OnViolation = func(v link.Violation) { h.state("violation", sim.Text("detail", v.Error())) }
	s.OnMalformed = func(err error) { h.state("malformed message", sim.Text("why", err.Error())) }
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
			a.h.state("gave up", sim.Text("why", err.Error()))
			a.s.WaitDown(sim.Never)
		}
	}
}

// reset forgets everything, as a link reset demands.
func (a *accessory) reset() {
	a.identified, a.attempts, a.sessions, a.launches = false, 0, 0, 0
	a.launching.Stop()
	a.open = nil
}

// send builds a message of the catalogue and queues it.
func (a *accessory) send(message string, fields ...control.Field) error {
	return a.s.Send(control.Build(message, fields...))
}

// talk answers whatever the phone asks, in whatever order: some phones identify
// first, most authenticate first.
func (a *accessory) talk() error {
	id := a.h.m.Ident
	if id.Early {
		if err := a.launch(); err != nil {
			return err
		}
	}
	if id.Unprompted && a.s.ControlVersion() == 2 {
		if err := a.identify(); err != nil {
			return err
		}
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

func (a *accessory) handle(m control.Message) error {
	switch m.ID {
	case control.MsgRequestAuthenticationCertificate:
		return a.certificate()
	case control.MsgRequestAuthenticationChallengeResponse:
		return a.response(m)
	case control.MsgAuthenticationSucceeded:
		a.h.state("authenticated")
	case control.MsgAuthenticationFailed:
		// Trying again on the same connection has never helped anybody.
		a.h.state("authentication failed")
	case control.MsgStartIdentification:
		if a.h.m.Ident.Unprompted && a.attempts > 0 {
			return nil // the phone asks all the same, and accepts what it has
		}
		return a.identify()
	case control.MsgIdentificationAccepted:
		return a.accepted()
	case control.MsgIdentificationRejected:
		return a.rejected(m)
	case control.MsgStartExternalAccessoryProtocolSession:
		return a.startSession(m)
	case control.MsgStopExternalAccessoryProtocolSession:
		a.stopSession(m)
	default:
		return a.service(m)
	}
	return nil
}

// accepted is what a head unit does once the phone has accepted it. A repeated
// 1D02 means nothing new.
func (a *accessory) accepted() error {
	if a.identified {
		return nil
	}
	a.identified = true
	a.h.state("identified")
	if id := a.h.m.Ident.Unknown; id != 0 {
		if err := a.s.Send(new(control.Builder).Begin(nil, id).Finish()); err != nil {
			return err
		}
	}
	for _, id := range a.h.m.Ident.Sends {
		if err := a.subscribe(id); err != nil {
			return err
		}
	}
	return a.launch()
}
