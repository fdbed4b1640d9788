package headunit

import (
	"io"

	"periph.io/x/conn/v3/i2c"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// accessory is the head unit's side of one iAP2 connection.
type accessory struct {
	h *HeadUnit
	w *sim.World
	s *session.IAP2

	// From here on everything is as in the beginning after a link reset.
	asked         bool // for the certificate
	authenticated bool
	identified    bool
	begun         bool
	attempts      int // identifications sent
	cert          []byte
	sessions      int // opened since identification, native ones too
	launches      int
	location      *session.Task // while the phone wants it

	launching *sim.Timer
}

func newAccessory(h *HeadUnit, s *session.IAP2) *accessory {
	a := &accessory{h: h, w: h.w, s: s}
	a.launching = h.w.NewTimer(a.relaunch)
	s.Tell(h.state, a.reset)
	return a
}

// Serve talks to a phone at the other end of a byte stream that is not USB: a
// serial line, a Bluetooth channel. It returns when the stream has ended. The bus
// is where the authentication chip is.
func (h *HeadUnit) Serve(rw io.ReadWriteCloser, bus i2c.Bus) {
	h.bus = bus
	h.talk(rw)
}

// talk runs one iAP2 session until its transport ends.
func (h *HeadUnit) talk(rw io.ReadWriteCloser) {
	s := session.NewIAP2(h.w, h.name+" iAP2", rw, link.New(link.Accessory, h.linkConfig()))
	a := newAccessory(h, s)
	h.acc = a
	s.Start()
	h.w.Go(h.name+" accessory", func() { s.Serve(h.state, "gave up", a.talk) })
	s.WaitClosed()
	h.acc = nil
	a.reset()
	h.state("iAP2 ended")
}

// reset forgets everything, as a link reset demands. It runs between processes.
func (a *accessory) reset() {
	a.asked, a.authenticated, a.identified, a.begun = false, false, false, false
	a.attempts, a.sessions, a.launches, a.cert = 0, 0, 0, nil
	a.launching.Stop()
	a.stopLocation()
}

// send builds a message of the catalogue and queues it. One that cannot be built
// is only noted: what a model says may be what no message can carry.
func (a *accessory) send(message string, fields ...control.Field) error {
	b, err := control.Build(message, fields...)
	if err != nil {
		a.h.state("message not sent", sim.Text("message", message), sim.Text("why", err.Error()))
		return nil
	}
	return a.s.Send(b, nil)
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
	d, err := control.Decode(m)
	if err != nil {
		a.h.state("malformed message", sim.Text("why", err.Error()))
		return nil // a message with a malformed group is refused whole
	}
	switch m.ID {
	case control.MsgRequestAuthenticationCertificate:
		return a.certificate()
	case control.MsgRequestAuthenticationChallengeResponse:
		return a.response(d)
	case control.MsgAuthenticationSucceeded:
		a.h.state("authenticated")
		a.authenticated = true
		return a.begin()
	case control.MsgAuthenticationFailed:
		// Trying again on the same connection has never helped anybody.
		a.h.state("authentication failed")
		if a.h.m.Chip.TryAgain {
			return a.certificate()
		}
	case control.MsgStartIdentification:
		if a.h.m.Ident.Unprompted && a.attempts > 0 {
			return nil // the phone asks all the same, and accepts what it has
		}
		return a.identify()
	case control.MsgIdentificationAccepted:
		a.h.state("identified")
		a.identified = true
		return a.begin()
	case control.MsgIdentificationRejected:
		return a.rejected(m)
	case control.MsgStartExternalAccessoryProtocolSession:
		return a.startSession(d)
	case control.MsgStopExternalAccessoryProtocolSession:
		a.stopSession(d)
	default:
		return a.answer(d)
	}
	return nil
}

// begin is what a head unit does once the phone has both authenticated and
// identified it; a phone ignores what comes earlier. A repeated 1D02 means
// nothing new. With control session version 1, a phone that has not asked for
// the certificate by the time of 1D02 is not going to.
func (a *accessory) begin() error {
	switch {
	case !a.identified || a.begun:
		return nil
	case !a.authenticated && (a.asked || a.s.ControlVersion() == 2):
		return nil
	}
	a.begun = true
	if a.s.Has(link.SessionFileTransfer) {
		a.s.Files = true
		a.w.Go(a.h.name+" files", a.files)
	}
	id := a.h.m.Ident
	if id.Unknown != 0 {
		if err := a.s.Send(new(control.Builder).Begin(nil, id.Unknown).Finish()); err != nil {
			return err
		}
	}
	if id.NewLanguage != "" {
		if err := a.send("IdentificationInformationUpdate", control.F("CurrentLanguage", id.NewLanguage)); err != nil {
			return err
		}
	}
	sends, _ := a.h.messages(a.attempts > 1)
	for _, id := range sends {
		if err := a.subscribe(id); err != nil {
			return err
		}
	}
	if a.h.m.Ident.OnlyEarly {
		return nil
	}
	return a.launch()
}
