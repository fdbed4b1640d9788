package link

import (
	"errors"
	"time"
)

// Errors of [Engine.Send].
var (
	ErrNotUp          = errors.New("iap2 link: not up")
	ErrQueueFull      = errors.New("iap2 link: send queue full, wait for Writable")
	ErrEmpty          = errors.New("iap2 link: empty payload, which no link packet can carry")
	ErrUnknownSession = errors.New("iap2 link: session not in the negotiated table")
	ErrTooLong        = errors.New("iap2 link: payload above MaxPayload, and only control messages are split")
)

// maxWindow is the most packets that can be told apart from old ones.
const maxWindow = 127

// Engine is one end of an iAP2 link, a state machine without goroutine, timer or
// I/O. Its driver feeds it transport bytes and the time, and after each call
// writes what NextOutput returns, takes what Poll returns, and comes back with
// Tick at Deadline. It is not safe for concurrent use.
type Engine struct {
	role  Role
	cfg   Config
	state State
	now   time.Duration

	dec      Decoder
	pool     pool
	counters Counters
	events   eventQueue

	local Syn // ours in this attempt
	peer  Syn // the peer's
	terms Syn // agreed, with the peer's limits

	detected  bool          // in this attempt
	proposals int           // counter-proposals answered in this attempt
	since     time.Duration // when the link came up, or the SYN was answered
	isn       uint64        // number of our SYN, counted on over resets
	peerISN   uint8         // number of the peer's
	peerSyn   []byte        // its payload

	snd sender
	rcv receiver
	out output
	tm  timers

	dataSent, dataReceived int // for the fault switches
}

// timers holds the deadlines, except that of retransmission, which follows from
// the oldest packet outstanding.
type timers struct {
	marker, syn, ack, pause, giveUp timer
}

type timer struct {
	at time.Duration
	on bool
}

func (t *timer) set(at time.Duration) { *t = timer{at, true} }
func (t *timer) stop()                { *t = timer{} }

// due reports whether the timer has run out, and stops it then.
func (t *timer) due(now time.Duration) bool {
	if !t.on || now < t.at {
		return false
	}
	t.stop()
	return true
}

// New returns an idle engine.
func New(role Role, c Config) *Engine {
	e := &Engine{role: role, cfg: c.withDefaults(role)}
	e.dec.FlushTail, e.dec.lax = e.cfg.HID, e.cfg.NoChecksum
	return e
}

// Start begins detection on a fresh transport. On a link that is up it reports
// Down first, without a word to the peer.
func (e *Engine) Start(now time.Duration) {
	e.now = now
	e.drop(Closed)
	e.dec.Reset()
	e.snd.next = numberBase
	e.local = Syn{}
	e.dataSent, e.dataReceived = 0, 0
	e.startGiveUp()
	e.detect(false)
}

// Feed takes bytes from the transport. They are not kept.
func (e *Engine) Feed(now time.Duration, data []byte) {
	e.now = now
	e.dec.MaxLength = e.maxLength()
	e.dec.Feed(data)
	for {
		it, ok := e.dec.Next()
		if !ok {
			return
		}
		e.item(&it)
	}
}

// Tick lets time pass. It may be called at any time.
func (e *Engine) Tick(now time.Duration) {
	e.now = now
	if e.tm.giveUp.due(now) {
		e.giveUp(GaveUp)
		return
	}
	if e.tm.pause.due(now) {
		e.detect(true)
	}
	if e.tm.marker.due(now) {
		e.sendMarker()
	}
	if e.tm.syn.due(now) {
		e.out.syn = true
		e.tm.syn.set(now + e.cfg.SynInterval)
	}
	if e.tm.ack.due(now) {
		e.out.ack = true
	}
	if at, ok := e.retransmitAt(); ok && now >= at {
		e.retransmit()
	}
}

// Deadline returns when Tick has something to do.
func (e *Engine) Deadline() (at time.Duration, ok bool) {
	for _, t := range [...]timer{e.tm.giveUp, e.tm.pause, e.tm.marker, e.tm.syn, e.tm.ack} {
		if t.on && (!ok || t.at < at) {
			at, ok = t.at, true
		}
	}
	if t, on := e.retransmitAt(); on && (!ok || t < at) {
		at, ok = t, true
	}
	return at, ok
}

// Reset ends the link by RST and begins again after the pause.
func (e *Engine) Reset(now time.Duration) {
	e.now = now
	if e.state != StateIdle && e.state != StatePausing {
		e.fail(LocalReset, e.known())
	}
}

// Close ends the link for good; the peer gets an RST if there was one.
func (e *Engine) Close(now time.Duration) {
	e.now = now
	if e.state == StateIdle {
		return
	}
	known := e.known()
	e.giveUp(Closed)
	if known {
		e.sendReset()
	}
}

// Role returns the side it plays.
func (e *Engine) Role() Role { return e.role }

// State returns what it is doing.
func (e *Engine) State() State { return e.state }

// Params returns the agreed terms of the link that is or was up last. Its
// MaxOutstanding and MaxLength are the peer's limits, which bound what we send.
func (e *Engine) Params() Syn { return e.terms.clone() }

// Local returns the SYN payload that we sent last.
func (e *Engine) Local() Syn { return e.local.clone() }

// Counters returns the totals so far.
func (e *Engine) Counters() Counters { return e.counters }

// Poll returns the next event. Its payload is valid until the next Poll.
func (e *Engine) Poll() (Event, bool) { return e.events.poll(&e.pool) }

// up reports whether data may flow.
func (e *Engine) up() bool { return e.state == StateUp || e.state == StateSuspended }

// connected reports whether a SYN of the peer stands.
func (e *Engine) connected() bool { return e.up() || e.state == StateSynReceived }

// known reports whether the peer may believe that there is a link.
func (e *Engine) known() bool { return e.connected() || e.state == StateSynSent }

// maxLength returns the longest packet that we take.
func (e *Engine) maxLength() int {
	limit := or(e.local.MaxLength, e.cfg.Syn.MaxLength)
	return int(or(limit, deviceLength))
}

func (e *Engine) emit(ev Event) { e.events.push(ev, nil) }

func (e *Engine) violated(kind ViolationKind, p *Packet, value, want int, cause error) {
	e.counters.Violations++
	if e.events.violations >= maxViolations {
		return
	}
	v := Violation{Kind: kind, Value: value, Want: want, Cause: cause}
	if p != nil {
		v.Control, v.Seq, v.Ack, v.Session = p.Control, p.Seq, p.Ack, p.Session
	}
	e.emit(Event{Kind: Violated, Violation: v})
}
