package usbmux

import (
	"fmt"
	"time"
)

// ConnState is what a [Conn] is doing.
type ConnState uint8

// States of a [Conn].
const (
	ConnOpening     ConnState = iota // host: SYN sent
	ConnIncoming                     // device: SYN received, waits for Accept or Refuse
	ConnAccepted                     // device: SYN|ACK sent
	ConnEstablished                  // data may flow
	ConnClosing                      // Close was called: what is queued leaves, then RST
	ConnClosed
)

// String names the state.
func (s ConnState) String() string {
	return name(s+1, "opening", "incoming", "accepted", "established", "closing", "closed")
}

// Conn is one connection of an [Engine]. Its methods are the engine's: call them
// from the same driver, and let it look for output afterwards.
type Conn struct {
	User any // for the driver

	e             *Engine
	id            uint64
	local, remote uint16
	state         ConnState

	tx        byteRing // not sent yet
	next      *Conn    // connList
	prev      *Conn
	sndNext   uint32 // number of the next byte to send
	sndAcked  uint32 // as the peer says, of sndNext's kind
	sndWindow uint32
	ackOffset uint32 // what the peer's acknowledgements are off by

	rx      byteRing // not read yet
	rcvNext uint32   // number of the next byte to come
	ackSent uint32

	synDue       bool // SYN, or SYN|ACK
	ackDue       bool
	told         bool // of Data, and not read empty since
	wantWritable bool
	closeNext    bool // Close came before the peer's ACK

	queued bool // in readyQueue
	after  *Conn
	timers [timerKinds]timerLink
}

// Open opens a connection to a port of the device. Connected or Refused tells
// what became of it.
func (e *Engine) Open(now time.Duration, port uint16) (*Conn, error) {
	e.now = max(e.now, now)
	switch {
	case e.role != Host:
		return nil, ErrHostOpens
	case e.state != StateActive:
		return nil, ErrNotActive
	case len(e.conns) >= min(e.cfg.MaxConns, 65535):
		return nil, ErrTooManyConns
	}
	for e.nextPort == 0 || e.conns[uint32(e.nextPort)] != nil {
		e.nextPort++
	}
	c := e.add(e.nextPort, port, ConnOpening)
	e.nextPort++
	c.synDue = true
	e.arm(c, timerOpen, e.cfg.OpenTimeout)
	e.wake(c)
	return c, nil
}

// add makes a connection known.
func (e *Engine) add(local, remote uint16, s ConnState) *Conn {
	e.nextID++
	e.counters.Opened++
	c := &Conn{e: e, id: e.nextID, local: local, remote: remote, state: s}
	if e.cfg.InitialSeq != nil {
		c.sndNext = e.cfg.InitialSeq()
	}
	c.sndAcked = c.sndNext
	e.conns[e.key(local, remote)] = c
	e.all.add(c)
	return c
}

// Accept accepts an Incoming connection. Connected follows when the host has
// acknowledged it. Data may be written already.
func (c *Conn) Accept(now time.Duration) error {
	if c.state != ConnIncoming {
		return fmt.Errorf("%w: Accept while %v", ErrConnState, c.state)
	}
	c.e.now = max(c.e.now, now)
	c.state = ConnAccepted
	c.synDue = true
	c.e.arm(c, timerOpen, c.e.cfg.OpenTimeout)
	c.e.wake(c)
	return nil
}

// Refuse refuses an Incoming connection. The text, which may be empty, goes to
// the host's log.
func (c *Conn) Refuse(now time.Duration, text string) error {
	if c.state != ConnIncoming {
		return fmt.Errorf("%w: Refuse while %v", ErrConnState, c.state)
	}
	c.Reset(now, text)
	return nil
}

// Read moves up to len(p) bytes that came to p, and returns 0 if there are none.
// Reading is what lets the peer send more. It goes on working after Closed.
func (c *Conn) Read(now time.Duration, p []byte) int {
	c.e.now = max(c.e.now, now)
	n := c.rx.read(p)
	c.consumed()
	return n
}

// Peek returns bytes that came, without a copy: those that lie together. They are
// valid until the next Discard, Read or Feed.
func (c *Conn) Peek() []byte { return c.rx.front() }

// Discard marks n of the Buffered bytes as read.
func (c *Conn) Discard(now time.Duration, n int) {
	c.e.now = max(c.e.now, now)
	c.rx.discard(min(max(n, 0), c.rx.n))
	c.consumed()
}

// Buffered returns how many bytes can be read.
func (c *Conn) Buffered() int { return c.rx.n }

// consumed sees to acknowledgements after reading.
func (c *Conn) consumed() {
	if c.rx.n == 0 {
		c.told = false
		c.rx.trim(&c.e.pool)
	}
	if c.state == ConnClosed {
		if c.rx.n == 0 {
			c.rx.free(&c.e.pool)
		}
		return
	}
	if c.state != ConnEstablished || c.e.cfg.NoAck {
		return
	}
	unsaid := c.ackNumber() - c.ackSent
	switch {
	case unsaid == 0:
		return
	case c.e.cfg.AckPolicy == AckEvery:
		if c.timers[timerAck].on {
			return
		}
	case c.rx.n > 0 && unsaid < uint32(c.e.cfg.Window/8):
		return
	}
	c.ackDue = true
	c.e.wake(c)
}

// Write queues data to be sent and returns how much it took: all, unless the
// queue is full. Then Writable tells when to go on.
func (c *Conn) Write(now time.Duration, p []byte) (int, error) {
	if c.closeNext || c.state == ConnClosing || c.state == ConnClosed || c.state == ConnIncoming {
		return 0, fmt.Errorf("%w: Write while %v", ErrConnState, c.state)
	}
	c.e.now = max(c.e.now, now)
	n := min(len(p), max(0, c.e.cfg.QueueBytes-c.tx.n))
	c.tx.write(p[:n], &c.e.pool)
	if n < len(p) {
		c.wantWritable = true
	}
	c.e.wake(c)
	return n, nil
}

// Queued returns how many bytes wait to be sent.
func (c *Conn) Queued() int { return c.tx.n }

// Close ends the connection once what is queued has left, by RST: the mux knows
// no other end. What still comes is thrown away. Closed follows.
func (c *Conn) Close(now time.Duration) {
	c.e.now = max(c.e.now, now)
	switch c.state {
	case ConnClosing, ConnClosed:
	case ConnEstablished:
		c.startClosing()
	case ConnAccepted:
		c.closeNext = true
	default:
		c.e.reset(c, Local, "")
	}
}

func (c *Conn) startClosing() {
	c.state = ConnClosing
	c.rx.discard(c.rx.n)
	c.ackDue = c.ackNumber() != c.ackSent && !c.e.cfg.NoAck
	c.e.arm(c, timerLinger, c.e.cfg.Linger)
	c.e.wake(c)
}

// Reset ends the connection at once, by RST with a text, which may be empty. What
// is queued is dropped. Closed follows.
func (c *Conn) Reset(now time.Duration, text string) {
	c.e.now = max(c.e.now, now)
	if c.state != ConnClosed {
		c.rx.discard(c.rx.n)
		c.e.reset(c, Local, text)
	}
}

// reset sends a RST and ends a connection.
func (e *Engine) reset(c *Conn, why Reason, text string) {
	e.out.rst(reset{local: c.local, remote: c.remote, seq: c.sndNext, ack: c.ackNumber(), window: e.cfg.Window, text: text}, e)
	e.finish(c, why, text)
}

// finish ends a connection and reports it.
func (e *Engine) finish(c *Conn, why Reason, text string) {
	kind := Closed
	if c.state == ConnOpening {
		kind = Refused
	}
	c.state = ConnClosed
	delete(e.conns, e.key(c.local, c.remote))
	e.all.remove(c)
	for k := range e.timers {
		e.timers[k].remove(c)
	}
	c.tx.free(&e.pool)
	if c.rx.n == 0 {
		c.rx.free(&e.pool)
	}
	e.events.push(Event{Kind: kind, Conn: c, Reason: why, Text: text})
}

// wake has a connection looked at for output.
func (e *Engine) wake(c *Conn) { e.ready.push(c) }

// ackNumber returns the number to acknowledge: that of the next byte to be read.
func (c *Conn) ackNumber() uint32 { return c.rcvNext - uint32(c.rx.n) }

// sendable returns how many bytes may leave now.
func (c *Conn) sendable() int {
	if c.state != ConnEstablished && c.state != ConnClosing {
		return 0
	}
	n := min(c.tx.n, c.e.cfg.MaxPayload)
	if c.e.cfg.IgnoreWindow {
		return n
	}
	inFlight := c.sndNext - c.sndAcked
	if inFlight >= c.sndWindow {
		return 0
	}
	return min(n, int(c.sndWindow-inFlight))
}

// Port returns the device's port of the connection, that which was asked for.
func (c *Conn) Port() uint16 {
	if c.e.role == Device {
		return c.local
	}
	return c.remote
}

// HostPort returns the host's port.
func (c *Conn) HostPort() uint16 {
	if c.e.role == Device {
		return c.remote
	}
	return c.local
}

// ID returns the number of the connection, counted from 1 by its engine.
func (c *Conn) ID() uint64 { return c.id }

// State returns what it is doing.
func (c *Conn) State() ConnState { return c.state }

// InFlight returns how many bytes were sent and are not acknowledged.
func (c *Conn) InFlight() int { return int(c.sndNext - c.sndAcked) }

// String names the connection by its ports, "1>62078".
func (c *Conn) String() string { return fmt.Sprintf("%d>%d", c.HostPort(), c.Port()) }
