package session

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/ea"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// IAP2 is one end of an iAP2 connection over a byte stream: the link, and the
// sessions that ride on it.
//
// A link that is reset comes up again by itself, and nothing said on the old one
// counts any more. So everything that waits on it, and everything tried after
// it, fails with a [*DownError] until [IAP2.WaitUp] has seen the new one.
type IAP2 struct {
	*Pump
	w       *sim.World
	link    *link.Engine
	asm     control.Assembler
	inbox   fifo[control.Message]
	files   fifo[[]byte]
	kept    int      // bytes that arrived and were not read: inbox, files, ea
	stalled bool     // events are left in the engine, as too much is kept
	arrived sim.Cond // a message or file datagram, or the end of waiting for one
	state   sim.Cond // up or down
	room    sim.Cond // to send
	started bool
	up      bool
	params  link.Syn // while up
	ups     int
	seen    int        // the link that WaitUp returned for
	down    *DownError // why it went down last
	ea      []*EASession

	// Files keeps the datagrams of the file transfer session for ReceiveFile;
	// without it they are dropped.
	Files bool
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
	s.room.Init(w, name+": room in the iAP2 link")
	s.Pump = NewPump(w, name, rw, e, s.events)
	s.Pump.hold = s.overrun
	return s
}

// Start begins detection.
func (s *IAP2) Start() {
	s.started = true
	s.link.Start(s.w.Now())
	s.Pump.Start()
}

// Link returns the engine, for its counters and parameters.
func (s *IAP2) Link() *link.Engine { return s.link }

// Up reports whether the link is up.
func (s *IAP2) Up() bool { return s.up }

// Ups counts how often the link has come up.
func (s *IAP2) Ups() int { return s.ups }

// WaitUp waits until the link is up. It fails when the transport ends, the engine
// gives up (an old peer, or a silent one), or the deadline comes.
func (s *IAP2) WaitUp(deadline time.Duration) error {
	s.state.WaitFor(deadline, func() bool { return s.up || s.Closed() || s.idle() })
	switch {
	case s.Closed():
		return s.cause()
	case s.up:
		s.seen = s.ups
		return nil
	case s.idle() && s.down != nil:
		return s.down
	}
	return fmt.Errorf("session: the iAP2 link did not come up by %v: %w", deadline, ErrTimeout)
}

// idle reports whether the engine has given up.
func (s *IAP2) idle() bool { return s.started && s.link.State() == link.StateIdle }

// current reports whether the link is up, and still the one that WaitUp saw.
func (s *IAP2) current() bool { return s.up && s.seen == s.ups }

// WaitDown waits until the link that WaitUp saw is no more, and reports whether
// that happened before the deadline.
func (s *IAP2) WaitDown(deadline time.Duration) bool {
	return s.state.WaitFor(deadline, func() bool { return !s.current() })
}

// Receive waits for the next control message. What came before the link went
// down is still received.
func (s *IAP2) Receive(deadline time.Duration) (control.Message, error) {
	was := s.ups
	s.arrived.WaitFor(deadline, func() bool { return s.inbox.len() > 0 || !s.current() || s.ups != was })
	switch {
	case s.ups != was:
		return control.Message{}, s.fault()
	case s.seen == s.ups && s.inbox.len() > 0:
		m := s.inbox.pop()
		s.took(messageSize(m))
		return m, nil
	case !s.current():
		return control.Message{}, s.fault()
	}
	return control.Message{}, ErrTimeout
}

// ReceiveFile waits for the next datagram of the file transfer session; see
// Files.
func (s *IAP2) ReceiveFile(deadline time.Duration) ([]byte, error) {
	was := s.ups
	s.arrived.WaitFor(deadline, func() bool { return s.files.len() > 0 || !s.current() || s.ups != was })
	switch {
	case !s.current() || s.ups != was:
		return nil, s.fault()
	case s.files.len() > 0:
		d := s.files.pop()
		s.took(datagramSize(d))
		return d, nil
	}
	return nil, ErrTimeout
}

// ErrTimeout is returned when a deadline came before what was waited for.
var ErrTimeout = errors.New("session: timed out")

// fault says why the link that WaitUp saw is not there.
func (s *IAP2) fault() error {
	switch {
	case s.Closed():
		return s.cause()
	case s.down != nil:
		return s.down
	}
	return &DownError{Reason: "not up yet"}
}

// Send queues a whole control message, waiting for room where the peer is slow.
// It takes what control.Build returns; an error is handed back.
func (s *IAP2) Send(message []byte, err error) error {
	if err != nil {
		return err
	}
	return s.send(link.SessionControl, message)
}

// send queues one payload on the session of the given type.
func (s *IAP2) send(kind link.SessionType, payload []byte) error {
	was := s.ups
	s.room.WaitFor(sim.Never, func() bool { return !s.current() || s.ups != was || s.link.Writable() })
	if !s.current() || s.ups != was {
		return s.fault()
	}
	id, ok := s.sessionID(kind)
	if !ok {
		return fmt.Errorf("session: the link has no session of type %d (%v); its SYN must declare one", kind, kind)
	}
	if err := s.link.Send(s.w.Now(), id, payload); err != nil {
		return err
	}
	s.Turn()
	return nil
}

// Has reports whether the link is up and has a session of this type.
func (s *IAP2) Has(kind link.SessionType) bool {
	_, ok := s.sessionID(kind)
	return ok && s.current()
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

// MaxData returns the most data that one datagram of an External Accessory or
// file transfer session carries to the peer.
func (s *IAP2) MaxData() int { return ea.MaxData(int(s.params.MaxLength)) }

// SendFile queues a datagram of the file transfer session.
func (s *IAP2) SendFile(datagram []byte) error { return s.send(link.SessionFileTransfer, datagram) }

// events takes what the engine reports; it runs between processes too.
func (s *IAP2) events() {
	changed := false
	s.forgetFiles()
	for {
		if s.stalled = s.full(); s.stalled {
			break
		}
		ev, ok := s.link.Poll()
		if !ok {
			break
		}
		switch ev.Kind {
		case link.Up:
			s.comeUp()
			changed = true
		case link.Down:
			s.goDown(ev.Reason.String())
			changed = true
		case link.Data:
			s.data(ev)
		case link.Violated:
			if s.OnViolation != nil {
				s.OnViolation(ev.Violation)
			}
		}
	}
	if s.Closed() {
		if s.up {
			s.goDown(s.cause().Error())
		}
		changed = true
	}
	if changed {
		s.state.Broadcast()
		s.arrived.Broadcast()
	}
	if changed || s.room.Waiting() && s.link.Writable() {
		s.room.Broadcast()
	}
	if s.held.Waiting() && !s.overrun() {
		s.held.Signal()
	}
}

func (s *IAP2) comeUp() {
	s.up = true
	s.params = s.link.Params()
	s.ups++
	s.asm.Reset()
	for s.inbox.len() > 0 {
		s.kept -= messageSize(s.inbox.pop())
	}
	s.dropFiles()
	s.tell(true, "")
}

func (s *IAP2) goDown(why string) {
	was := s.up
	s.up = false
	s.down = &DownError{Reason: why}
	for _, c := range s.ea {
		c.fail(s.down)
		s.kept -= c.uncount()
	}
	s.ea = s.ea[:0]
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
			s.inbox.push(m.Clone())
			s.kept += messageSize(m)
		}
		s.arrived.Broadcast()
	case link.SessionExternalAccessory:
		s.eaData(ev.Payload)
	case link.SessionFileTransfer:
		if s.Files {
			s.files.push(append([]byte(nil), ev.Payload...))
			s.kept += datagramSize(ev.Payload)
			s.arrived.Broadcast()
		}
	}
}
