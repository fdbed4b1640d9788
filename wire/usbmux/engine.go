package usbmux

import (
	"time"

	"github.com/plugfest/plugfest/internal/spare"
)

// Engine is one end of the mux on a pair of bulk pipes, a state machine without
// goroutine, timer or I/O. Its driver feeds it USB transfers and the time, and
// after each call, also after those of a [Conn], sends what NextOutput returns,
// takes what Poll returns, and comes back with Tick at Deadline. It is not safe
// for concurrent use.
//
// Memory is bounded: each connection by its window and queue, their number by
// MaxConns, and a packet in pieces by 65536 bytes.
type Engine struct {
	role  Role
	cfg   Config
	state State
	now   time.Duration

	version   int // agreed; 0 before
	tx, rx    uint16
	setupSeen bool

	conns    map[uint32]*Conn
	all      connList // in the order of their opening
	ready    readyQueue
	timers   [timerKinds]timerList
	waiting  timer // for the answer to VERSION
	nextPort uint16
	nextID   uint64
	pool     spare.Pool

	asm        assembler
	out        output
	events     queue[Event]
	violations int // waiting
	counters   Counters
}

// New returns an idle engine.
func New(role Role, c Config) *Engine {
	e := &Engine{role: role, cfg: c.withDefaults(role), nextPort: 1, conns: map[uint32]*Conn{}}
	for k := range e.timers {
		e.timers[k].kind = timerKind(k)
	}
	return e
}

// Start begins on fresh pipes: a host asks for the version, a device waits to be
// asked. It ends what there was before, like Stop.
func (e *Engine) Start(now time.Duration) {
	e.Stop(now)
	e.state = StateHandshake
	if e.role == Host {
		e.out.version = true
		if e.cfg.VersionTimeout > 0 {
			e.waiting.set(e.now + e.cfg.VersionTimeout)
		}
	}
}

// Stop ends the session without a word to the peer, because the device was
// unplugged or the pipes were shut. Every connection is Closed.
func (e *Engine) Stop(now time.Duration) {
	e.now = max(e.now, now)
	e.down(Detached)
}

// down ends the session, and says so if there was one.
func (e *Engine) down(why Reason) {
	began := e.state == StateHandshake || e.state == StateActive
	e.state = StateDown
	for c := e.all.head; c != nil; c = e.all.head {
		e.finish(c, why, "")
	}
	e.version, e.nextPort = 0, 1
	e.waiting.stop()
	e.asm.reset()
	e.out.reset()
	if began {
		e.events.push(Event{Kind: Down, Reason: why})
	}
}

// activate makes the session usable.
func (e *Engine) activate(v VersionInfo) {
	e.version = int(v.Major)
	e.state = StateActive
	e.tx, e.rx = 0, noSequence
	e.setupSeen = false
	e.waiting.stop()
	e.events.push(Event{Kind: Up, Version: v})
}

// Tick lets time pass. It may be called at any time.
func (e *Engine) Tick(now time.Duration) {
	e.now = max(e.now, now)
	if e.waiting.due(e.now) {
		e.down(TimedOut)
	}
	for k := range e.timers {
		l := &e.timers[k]
		for l.head != nil && l.head.timers[k].at <= e.now {
			c := l.head
			l.remove(c)
			e.expired(c, timerKind(k))
		}
	}
}

func (e *Engine) expired(c *Conn, k timerKind) {
	switch {
	case k == timerAck:
		if c.ackNumber() != c.ackSent {
			c.ackDue = true
			e.wake(c)
		}
	case k == timerOpen || k == timerLinger:
		e.reset(c, TimedOut, "timed out")
	}
}

// Deadline returns when Tick has something to do.
func (e *Engine) Deadline() (at time.Duration, ok bool) {
	at, ok = e.waiting.at, e.waiting.on
	for k := range e.timers {
		if c := e.timers[k].head; c != nil && (!ok || c.timers[k].at < at) {
			at, ok = c.timers[k].at, true
		}
	}
	return at, ok
}

// Poll returns the next event.
func (e *Engine) Poll() (Event, bool) {
	ev, ok := e.events.pop()
	if ok && ev.Kind == Violated {
		e.violations--
	}
	return ev, ok
}

// Role returns the end it plays.
func (e *Engine) Role() Role { return e.role }

// State returns what it is doing.
func (e *Engine) State() State { return e.state }

// Version returns the version agreed: 1 or 2, or 0 while there is none.
func (e *Engine) Version() int { return e.version }

// Counters returns the totals so far.
func (e *Engine) Counters() Counters { return e.counters }

// Conns returns the connections in the order of their opening.
func (e *Engine) Conns() []*Conn {
	conns := make([]*Conn, 0, len(e.conns))
	for c := e.all.head; c != nil; c = c.next {
		conns = append(conns, c)
	}
	return conns
}

// Say sends a CONTROL packet from a device. Real phones note there what becomes
// of connections. Texts are cut at 1024 bytes; more than 64 waiting are dropped.
func (e *Engine) Say(now time.Duration, t ControlType, text string) {
	e.now = max(e.now, now)
	if e.state == StateActive && e.out.controls.n < maxControls {
		e.out.controls.push(Control{t, text[:min(len(text), maxControlText)]})
	}
}

// key returns where a connection stands in the map. A host's ports are its own;
// a device's are many hosts' programs'.
func (e *Engine) key(local, remote uint16) uint32 {
	if e.role == Host {
		return uint32(local)
	}
	return uint32(remote)<<16 | uint32(local)
}

func (e *Engine) find(local, remote uint16) *Conn {
	if c := e.conns[e.key(local, remote)]; c != nil && c.remote == remote {
		return c
	}
	return nil
}
