package carlife

import (
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
)

// ErrState is returned by session methods that make no sense now, such as
// sending a frame before VIDEO_ENCODER_START. The text says what is missing.
var ErrState = errors.New("carlife: not in this state of the session")

// ErrQueueFull is returned by session methods that send while [MaxQueued]
// messages wait in NextOutput.
var ErrQueueFull = errors.New("carlife: queue of messages to send is full, take them out by NextOutput")

// MaxQueued is how many messages wait in NextOutput at most. A peer that makes
// more answers necessary without reading them breaks [RuleUnread], and the
// session closes.
const MaxQueued = 1 << 14

// session is what both ends share: queues, timers, encryption and the checks
// that every message passes.
type session struct {
	self    Sender
	profile Profile
	faults  Fault
	now     time.Duration
	begun   bool
	closed  bool

	outs   queue[outgoing]
	events queue[Event]
	timers timers
	fire   func(timer)

	tx, rx       *Cipher
	txBuf, rxBuf []byte
	clearNext    bool // FaultClearBody: the next body skips encryption

	waitWhat  string // what patience waits for
	waitSince time.Duration
	patience  time.Duration

	frames slab[Frame]
	sounds slab[AudioData]
}

type outgoing struct {
	m       Message
	seal    *Cipher
	framing Fault
}

// NextOutput returns the next message to send. Its payload is borrowed until
// the next call.
func (s *session) NextOutput() (Output, bool) {
	o, ok := s.outs.pop()
	if !ok {
		return Output{}, false
	}
	if o.seal != nil {
		s.txBuf = o.seal.Seal(s.txBuf[:0], o.m.Payload)
		o.m.Payload = s.txBuf
	}
	return Output{o.m, o.framing}, true
}

// Poll returns the next event, nil if there is none.
func (s *session) Poll() Event {
	ev, _ := s.events.pop()
	return ev
}

// Deadline returns when Tick must be called next, false if never.
func (s *session) Deadline() (time.Duration, bool) {
	_, at, ok := s.timers.next()
	return at, ok
}

// Tick lets time pass. Calling it early or late is harmless: whatever is due
// happens once.
func (s *session) Tick(now time.Duration) {
	s.now = max(s.now, now)
	for {
		t, at, ok := s.timers.next()
		if !ok || at > s.now || s.closed {
			return
		}
		s.timers.stop(t)
		if t == timerPatience {
			s.emit(Timeout{s.waitWhat, s.now - s.waitSince})
			continue
		}
		s.fire(t)
	}
}

// Closed reports whether the session is over.
func (s *session) Closed() bool { return s.closed }

// Close ends the session at this end without a word to the peer; the channels
// are then to be closed. What waits in NextOutput is dropped.
func (s *session) Close(now time.Duration) {
	s.now = max(s.now, now)
	s.outs.clear()
	s.close(CloseLocal, nil)
}

// Lost tells the session that a channel is gone; losing one is losing all.
func (s *session) Lost(now time.Duration, err error) {
	s.now = max(s.now, now)
	s.close(CloseLost, err)
}

// Fail tells the session that the byte stream from the peer makes no sense: the
// error of a decoder. It reports a violation of [RuleFraming] and closes.
func (s *session) Fail(now time.Duration, err error) {
	s.now = max(s.now, now)
	if !s.closed {
		s.emit(Violation{Rule: RuleFraming, Err: err})
		s.close(CloseViolation, err)
	}
}

func (s *session) emit(ev Event) { s.events.push(ev) }

func (s *session) close(why CloseReason, err error) {
	if s.closed {
		return
	}
	s.closed = true
	s.timers = timers{}
	s.tx, s.rx = nil, nil // a new connection starts in the clear
	s.emit(Closed{why, err})
}

func (s *session) violate(rule Rule, id ID, format string, args ...any) {
	v := Violation{Rule: rule, ID: id}
	if format != "" {
		v.Err = fmt.Errorf(format, args...)
	}
	s.emit(v)
}

// expect starts waiting for what; the empty string stops it.
func (s *session) expect(what string) {
	s.waitWhat, s.waitSince = what, s.now
	if what == "" || s.patience <= 0 {
		s.timers.stop(timerPatience)
		return
	}
	s.timers.set(timerPatience, s.now+s.patience)
}

// stamp is the timestamp of the long header. The published head unit masks bit
// 31 away, so we do.
func (s *session) stamp() uint32 { return uint32(s.now/time.Millisecond) & 0x7FFFFFFF }

// put queues a message, with the encryption that holds at this moment.
func (s *session) put(m Message) error {
	if s.outs.len() >= MaxQueued {
		return ErrQueueFull
	}
	m.Channel = m.ID.Channel()
	if !m.Channel.Short() && m.ID != MsgVRMicData {
		m.Timestamp = s.stamp()
	}
	o := outgoing{m: m, seal: s.tx, framing: s.faults & (FaultShortVRHeader | FaultBareMuxLength | FaultLengthWrap)}
	if o.seal != nil && s.clearNext && len(m.Payload) > 0 {
		o.seal, s.clearNext = nil, false
	}
	n := len(m.Payload)
	if o.seal != nil {
		n = o.seal.SealedLen(n)
	}
	if m.Channel.Short() && n > MaxShortPayload && !o.framing.Has(FaultLengthWrap) {
		return &FrameError{Offset: -1, Channel: m.Channel, Field: "payload length", Value: uint64(n), Limit: MaxShortPayload, Err: ErrTooLong}
	}
	s.outs.push(o)
	return nil
}

// say queues a message with a body of our own making.
func (s *session) say(id ID, body proto.Message) error {
	m, err := NewMessage(id, body)
	if err != nil {
		return err
	}
	return s.put(m)
}

// Send queues any message of this end's, with its body (nil for none). It is
// for commands that the session does not know how to make itself. Errors are
// those of [NewMessage], [ErrState] before the version is agreed and after the
// end, and a [*FrameError] of [ErrTooLong] for a command over 65535 bytes.
func (s *session) Send(now time.Duration, id ID, body proto.Message) error {
	if err := s.live(now); err != nil {
		return err
	}
	if mi, ok := Lookup(id); ok && mi.From&s.self == 0 {
		return fmt.Errorf("carlife: %s is sent by the %s", mi.Name, mi.From)
	}
	return s.say(id, body)
}

// SendRaw queues any message as it is, known or not, even from the wrong end.
// The payload must stay unchanged until it has been taken out.
func (s *session) SendRaw(now time.Duration, m Message) error {
	s.now = max(s.now, now)
	if s.closed {
		return fmt.Errorf("%w: closed", ErrState)
	}
	return s.put(m)
}

func (s *session) live(now time.Duration) error {
	s.now = max(s.now, now)
	switch {
	case s.closed:
		return fmt.Errorf("%w: closed", ErrState)
	case !s.begun:
		return fmt.Errorf("%w: version not agreed yet", ErrState)
	}
	return nil
}

// accept decrypts and decodes a message and refuses what the peer must not
// send. The body is nil for raw and empty payloads.
func (s *session) accept(now time.Duration, m Message) (Message, proto.Message, bool) {
	s.now = max(s.now, now)
	if s.closed {
		return m, nil, false
	}
	if s.outs.len() >= MaxQueued {
		s.emit(Violation{RuleUnread, m.ID, ErrQueueFull})
		s.outs.clear()
		s.close(CloseViolation, ErrQueueFull)
		return m, nil, false
	}
	if s.rx != nil && len(m.Payload) > 0 {
		b, err := s.rx.Open(s.rxBuf[:0], m.Payload)
		if err != nil {
			s.emit(Violation{RuleDecryption, m.ID, err})
			s.close(CloseViolation, err)
			return m, nil, false
		}
		s.rxBuf, m.Payload = b, b
	}
	mi, ok := Lookup(m.ID)
	if !ok {
		s.emit(Unknown{m.ID, len(m.Payload)})
		return m, nil, false
	}
	if mi.From == s.self {
		s.violate(RuleDirection, m.ID, "sent by the %s only", mi.From)
		return m, nil, false
	}
	if mi.Kind != PayloadProto {
		return m, nil, true
	}
	body, err := Decode(m, s.profile)
	if err != nil {
		s.emit(Violation{RuleBody, m.ID, err})
		return m, nil, false
	}
	return m, body, true
}

// beat sends a heartbeat now.
func (s *session) beat() { _ = s.put(Message{ID: MsgVideoHeartbeat}) }
