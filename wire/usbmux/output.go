package usbmux

import (
	"encoding/binary"

	"github.com/plugfest/plugfest/internal/spare"
)

// output is what waits to be sent beside the connections' own.
type output struct {
	version  bool
	setup    bool
	controls queue[Control]
	resets   queue[reset]

	own     *spare.Buffer // for buf
	buf     []byte
	again   bool // Duplicate
	mangled int
}

const (
	maxControls    = 64
	maxControlText = 1024
	maxResets      = 4096
)

// reset is a RST to be sent for a connection that is gone, or never was.
type reset struct {
	local, remote uint16
	seq, ack      uint32
	window        int
	text          string
}

func (o *output) reset() {
	o.version, o.setup, o.again = false, false, false
	o.controls.clear()
	o.resets.clear()
}

func (o *output) rst(r reset, e *Engine) {
	if o.resets.n >= maxResets {
		e.counters.Dropped++
		return
	}
	o.resets.push(r)
}

// NextOutput takes out the next packet to send: one USB transfer, to be closed
// by a zero-length packet where [NeedsZeroPacket] says so. It stays valid until
// the next call.
func (e *Engine) NextOutput() ([]byte, bool) {
	o := &e.out
	if o.again {
		o.again = false
		return o.buf, true
	}
	for e.build() {
		e.counters.PacketsOut++
		if e.cfg.Mangle == nil {
			return o.buf, true
		}
		o.mangled++
		switch e.cfg.Mangle(o.buf, o.mangled) {
		case Drop:
			continue
		case Duplicate:
			o.again = true
		}
		return o.buf, true
	}
	if cap(o.buf) > small {
		e.pool.Put(o.own)
		o.own, o.buf = nil, nil
	}
	return nil, false
}

// build makes the next packet in out.buf.
func (e *Engine) build() bool {
	o := &e.out
	if o.version {
		o.version = false
		v := VersionInfo{Major: 2}
		if e.role == Device {
			v.Major = e.cfg.Version
		}
		o.buf = v.AppendTo(e.begin(ProtoVersion, versionLen))
		e.end()
		return true
	}
	if o.setup {
		o.setup = false
		o.buf = append(e.begin(ProtoSetup, 1), SetupByte)
		e.end()
		return true
	}
	if c, ok := o.controls.pop(); ok {
		o.buf = c.AppendTo(e.begin(ProtoControl, 1+len(c.Text)))
		e.end()
		return true
	}
	if r, ok := o.resets.pop(); ok {
		e.counters.ResetsOut++
		s := Segment{Src: r.local, Dst: r.remote, Seq: r.seq, Ack: r.ack, Flags: RST, Window: uint32(r.window)}
		o.buf = append(s.appendHeader(e.begin(ProtoTCP, len(r.text))), r.text...)
		e.end()
		return true
	}
	for c := e.ready.pop(); c != nil; c = e.ready.pop() {
		if c.build() {
			if c.pending() {
				e.wake(c)
			}
			return true
		}
	}
	return false
}

// begin starts a packet with its header, and with room for n bytes of payload; end
// puts in the length.
func (e *Engine) begin(p Protocol, n int) []byte {
	if need := HeaderLenV2 + SegmentHeaderLen + n; cap(e.out.buf) < need {
		e.pool.Put(e.out.own)
		e.out.own = e.pool.Get(need)
		e.out.buf = e.out.own.Bytes()
	}
	b := Packet{Protocol: p, Tx: e.tx, Rx: e.rx}.appendHeader(e.out.buf[:0], e.version, 0)
	if headerLen(p, e.version) == HeaderLenV2 {
		e.tx++
	}
	return b
}

func (e *Engine) end() {
	binary.BigEndian.PutUint32(e.out.buf[4:], uint32(len(e.out.buf)))
}

// pending reports whether the connection has something to send now.
func (c *Conn) pending() bool {
	if c.state == ConnClosed {
		return false
	}
	return c.synDue || c.ackDue || c.sendable() > 0 || c.state == ConnClosing && c.tx.n == 0
}

// build makes the connection's next packet, if it has one.
func (c *Conn) build() bool {
	e := c.e
	n := c.sendable()
	switch {
	case c.state == ConnClosed:
		return false
	case c.synDue:
		c.synDue = false
		flags := SYN
		if c.state == ConnAccepted {
			flags = SYN | ACK
		}
		c.segment(flags, 0)
		c.sndNext++
	case n > 0:
		c.segment(ACK, n)
		c.sndNext += uint32(n)
		e.counters.BytesOut += uint64(n)
		c.progress()
	case c.state == ConnClosing && c.tx.n == 0:
		e.counters.ResetsOut++
		c.segment(RST, 0)
		e.finish(c, Local, "")
	case c.ackDue:
		e.counters.AcksOut++
		c.segment(ACK, 0)
	default:
		return false
	}
	return true
}

// segment makes a packet with n bytes of the queue.
func (c *Conn) segment(flags Flags, n int) {
	e := c.e
	s := Segment{Src: c.local, Dst: c.remote, Seq: c.sndNext, Flags: flags, Window: uint32(e.cfg.Window)}
	if flags != SYN {
		s.Ack = c.ackNumber()
		if e.cfg.NoAck {
			s.Ack = c.ackSent
		}
		c.ackSent, c.ackDue = s.Ack, false
		if e.cfg.AckPolicy == AckEvery {
			e.arm(c, timerAck, e.cfg.AckDelay)
		}
	}
	e.out.buf = c.tx.appendTo(s.appendHeader(e.begin(ProtoTCP, n)), n)
	c.tx.trim(&e.pool)
	e.end()
}

// progress follows a piece of the queue leaving.
func (c *Conn) progress() {
	e := c.e
	if c.state == ConnClosing {
		e.arm(c, timerLinger, e.cfg.Linger)
	}
	if c.wantWritable && c.tx.n <= e.cfg.QueueBytes/2 {
		c.wantWritable = false
		e.events.push(Event{Kind: Writable, Conn: c})
	}
}
