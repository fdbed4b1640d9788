package link

import (
	"fmt"
	"time"
)

// sender is what goes to the peer: first the packets sent and not
// acknowledged, then those not sent.
type sender struct {
	q        ring[slot]
	inflight int    // packets outstanding
	next     uint64 // number of the next packet sent first
	unsent   int    // bytes
	resends  int    // outstanding packets to send again
}

// slot is a packet in the queue. Its header is written when it is sent first;
// from then on it is repeated byte for byte.
type slot struct {
	buf     []byte
	session uint8
	resend  bool
	asked   bool // by EAK
	tries   int  // retransmissions
	sentAt  time.Duration
}

// oldest returns the number of the oldest packet outstanding, or of the next
// one to send.
func (s *sender) oldest() uint64 { return s.next - uint64(s.inflight) }

func (s *sender) clear(e *Engine) {
	for s.q.len() > 0 {
		e.release(s.q.pop().buf)
	}
	s.inflight, s.unsent, s.resends = 0, 0, 0
}

// MaxPayload returns the most payload bytes that fit a packet to the peer, or 0
// when the link is not up.
func (e *Engine) MaxPayload() int {
	if !e.up() {
		return 0
	}
	if e.cfg.IgnoreMaxLength {
		return MaxPayload
	}
	return int(e.terms.MaxLength) - Overhead
}

// Writable reports whether Send will take a payload.
func (e *Engine) Writable() bool { return e.up() && e.snd.unsent < e.cfg.QueueBytes }

// Pending returns how many packets wait to be sent or acknowledged.
func (e *Engine) Pending() int { return e.snd.q.len() }

// Send queues a copy of a payload. On a control session a payload above
// MaxPayload is split; elsewhere it is refused, for there the packet is the
// datagram and its session has its own way to split.
func (e *Engine) Send(now time.Duration, session uint8, payload []byte) error {
	e.now = now
	switch {
	case !e.up():
		return fmt.Errorf("%w but %v", ErrNotUp, e.state)
	case len(payload) == 0:
		return ErrEmpty
	case !e.Writable():
		return ErrQueueFull
	}
	s, ok := e.terms.Session(session)
	if !ok {
		return fmt.Errorf("%w: id %d", ErrUnknownSession, session)
	}
	limit := e.MaxPayload()
	if len(payload) > limit && s.Type != SessionControl {
		return fmt.Errorf("%w: %d bytes on the %v session, at most %d", ErrTooLong, len(payload), s.Type, limit)
	}
	for len(payload) > 0 {
		part := payload[:min(limit, len(payload))]
		payload = payload[len(part):]
		buf := e.pool.get(len(part) + Overhead)
		copy(buf[HeaderLen:], part)
		buf[len(buf)-1] = Checksum(part)
		e.snd.q.push(slot{buf: buf, session: session})
		e.snd.unsent += len(buf)
	}
	return nil
}

// Suspend tells the peer by SLP to send nothing until we do.
func (e *Engine) Suspend(now time.Duration) {
	e.now = now
	e.out.slp = e.up()
}

// resume goes on after the peer's silence.
func (e *Engine) resume() {
	e.state = StateUp
	for i := range e.snd.inflight {
		e.snd.q.at(i).sentAt = e.now
	}
	e.emit(Event{Kind: Resumed})
}

// retransmitAt returns when the oldest packet outstanding is sent again.
func (e *Engine) retransmitAt() (time.Duration, bool) {
	if e.state != StateUp || e.snd.inflight == 0 || e.cfg.NoRetransmit {
		return 0, false
	}
	s := e.snd.q.at(0)
	return s.sentAt + e.terms.RetransmitTimeout, !s.resend
}

// retransmit sends the oldest packet outstanding again, or gives the link up.
func (e *Engine) retransmit() {
	s := e.snd.q.at(0)
	if s.tries >= int(e.terms.MaxRetransmissions) {
		e.fail(LinkDead, true)
		return
	}
	s.tries++
	s.resend, s.asked = true, false
	e.snd.resends++
}
