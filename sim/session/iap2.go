package session

import (
	"fmt"
	"io"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// IAP2 is one end of an iAP2 connection over a byte stream: the link, and the
// sessions that ride on it.
//
// A link that is reset comes up again by itself. Everything that waits on the
// old one then fails with a [*DownError], and [IAP2.WaitUp] waits for the new.
type IAP2 struct {
	*Pump
	w       *sim.World
	link    *link.Engine
	asm     control.Assembler
	inbox   []control.Message
	arrived sim.Cond // a message, or the end of waiting for one
	state   sim.Cond // up, down, room to send
	up      bool
	params  link.Syn // while up
	ups     int
	down    *DownError // why it went down last
	ea      []*EASession

	// OnFile is called with each datagram of the file transfer session; it must
	// not wait. Nil drops them.
	OnFile func(datagram []byte)
	// OnState is called when the link comes up or goes down, for traces.
	OnState func(up bool, why string)
	// OnViolation is called with each breach of the link's rules by the peer.
	OnViolation func(link.Violation)
	// OnMalformed is called when a control message cannot be read. Nil ignores
	// it, as an iPhone does.
	OnMalformed func(error)
}

// DownError says that the link went down.
type DownError struct {
	Reason string
}

func (e *DownError) Error() string { return "session: iAP2 link down: " + e.Reason }

// NewIAP2 makes one end of a connection over rw; nothing happens before Start.
func NewIAP2(w *sim.World, name string, rw io.ReadWriteCloser, e *link.Engine) *IAP2 {
	s := &IAP2{w: w, link: e}
	s.arrived.Init(w, name+": a control message")
	s.state.Init(w, name+": the iAP2 link")
	s.Pump = NewPump(w, name, rw, e, s.events)
	return s
}

// Start begins detection.
func (s *IAP2) Start() {
	s.link.Start(s.w.Now())
	s.Pump.Start()
}

// Link returns the engine, for its counters and parameters.
func (s *IAP2) Link() *link.Engine { return s.link }

// Up reports whether the link is up.
func (s *IAP2) Up() bool { return s.up }

// Ups counts how often the link has come up.
func (s *IAP2) Ups() int { return s.ups }

// WaitUp waits until the link is up. It fails when the transport ends or the
// deadline comes.
func (s *IAP2) WaitUp(deadline time.Duration) error {
	if s.state.WaitFor(deadline, func() bool { return s.up || s.Closed() }) && s.up {
		return nil
	}
	if s.Closed() {
		return s.cause()
	}
	if s.down != nil {
		return s.down
	}
	return fmt.Errorf("session: the iAP2 link did not come up by %v", deadline)
}

// WaitDown waits until the link is down or has been up anew, or the transport
// has ended, and reports which of these happened before the deadline.
func (s *IAP2) WaitDown(deadline time.Duration) bool {
	was := s.ups
	return s.state.WaitFor(deadline, func() bool { return !s.up || s.ups != was || s.Closed() })
}

// Receive waits for the next control message.
func (s *IAP2) Receive(deadline time.Duration) (control.Message, error) {
	was := s.ups
	s.arrived.WaitFor(deadline, func() bool {
		return len(s.inbox) > 0 || s.Closed() || !s.up || s.ups != was
	})
	switch {
	case s.ups != was || !s.up && len(s.inbox) == 0:
		return control.Message{}, s.fault()
	case len(s.inbox) > 0:
		m := s.inbox[0]
		s.inbox = append(s.inbox[:0], s.inbox[1:]...)
		return m, nil
	}
	return control.Message{}, ErrTimeout
}

// ErrTimeout is returned when a deadline came before what was waited for.
var ErrTimeout = fmt.Errorf("session: timed out")

func (s *IAP2) fault() error {
	if s.Closed() {
		return s.cause()
	}
	if s.down != nil {
		return s.down
	}
	return &DownError{Reason: "not up yet"}
}

// Send queues a whole control message, waiting for room where the peer is slow.
func (s *IAP2) Send(message []byte, err error) error {
	if err != nil {
		return err
	}
	return s.send(link.SessionControl, message)
}

// send queues one payload on the session of the given type.
func (s *IAP2) send(kind link.SessionType, payload []byte) error {
	was := s.ups
	s.state.WaitFor(sim.Never, func() bool {
		return s.Closed() || !s.up || s.ups != was || s.link.Writable()
	})
	if s.Closed() || !s.up || s.ups != was {
		return s.fault()
	}
	id, ok := s.sessionID(kind)
	if !ok {
		return fmt.Errorf("session: the link has no session of type %d; its SYN must declare one", kind)
	}
	if err := s.link.Send(s.w.Now(), id, payload); err != nil {
		return err
	}
	s.Turn()
	return nil
}

// sessionID finds the id that the SYN gave to the session of a type.
func (s *IAP2) sessionID(kind link.SessionType) (uint8, bool) {
	for _, d := range s.params.Sessions {
		if d.Type == kind {
			return d.ID, true
		}
	}
	return 0, false
}

// ControlVersion returns the version of the control session: 1 authenticates
// first, 2 identifies first.
func (s *IAP2) ControlVersion() uint8 {
	for _, d := range s.params.Sessions {
		if d.Type == link.SessionControl {
			return d.Version
		}
	}
	return 0
}

// SendFile queues a datagram of the file transfer session.
func (s *IAP2) SendFile(datagram []byte) error { return s.send(link.SessionFileTransfer, datagram) }

// events takes what the engine reports; it runs between processes too.
func (s *IAP2) events() {
	for {
		ev, ok := s.link.Poll()
		if !ok {
			break
		}
		switch ev.Kind {
		case link.Up:
			s.up, s.down = true, nil
			s.params = s.link.Params()
			s.ups++
			s.asm.Reset()
			s.inbox = s.inbox[:0]
			s.tell(true, "")
		case link.Down:
			s.goDown(ev.Reason.String())
		case link.Data:
			s.data(ev)
		case link.Violated:
			if s.OnViolation != nil {
				s.OnViolation(ev.Violation)
			}
		}
	}
	if s.Closed() && s.up {
		s.goDown(s.cause().Error())
	}
	s.state.Broadcast()
	if s.Closed() {
		s.arrived.Broadcast()
	}
}

func (s *IAP2) goDown(why string) {
	was := s.up
	s.up = false
	s.down = &DownError{Reason: why}
	for _, c := range s.ea {
		c.fail(s.down)
	}
	s.ea = s.ea[:0]
	s.arrived.Broadcast()
	if was {
		s.tell(false, why)
	}
}

func (s *IAP2) tell(up bool, why string) {
	if s.OnState != nil {
		s.OnState(up, why)
	}
}

func (s *IAP2) data(ev link.Event) {
	switch ev.Type {
	case link.SessionControl:
		s.asm.Push(ev.Payload)
		for m, err := range s.asm.Messages() {
			if err != nil {
				if s.OnMalformed != nil {
					s.OnMalformed(err)
				}
				continue
			}
			s.inbox = append(s.inbox, m.Clone())
		}
		s.arrived.Signal()
	case link.SessionExternalAccessory:
		s.eaData(ev.Payload)
	case link.SessionFileTransfer:
		if s.OnFile != nil {
			s.OnFile(ev.Payload)
		}
	}
}
