package chip

import (
	"errors"
	"fmt"
	"time"

	"github.com/plugfest/plugfest/mfi"
)

// ErrStretch says that a chip would hold the clock low for longer than the adapter allows.
var ErrStretch = errors.New("clock stretched beyond the adapter's limit")

// BusError is a transfer that failed: to whom, which way, and why (mfi.ErrNACK or ErrStretch).
type BusError struct {
	Addr uint16
	Read bool
	Err  error
}

// Error is one line of text.
func (e *BusError) Error() string {
	way := "write to"
	if e.Read {
		way = "read from"
	}
	return fmt.Sprintf("i2c: %s 0x%02X: %v", way, e.Addr, e.Err)
}

// Unwrap gives the reason.
func (e *BusError) Unwrap() error { return e.Err }

// Timeout reports whether the adapter lost its patience.
func (e *BusError) Timeout() bool { return errors.Is(e.Err, ErrStretch) }

// maxWrite is the longest write whose bytes are kept: a pointer and the largest register.
const maxWrite = 1 + 256

// message is what lies between a START and the next START or STOP.
type message struct {
	active  bool
	read    bool
	moved   bool // a read has read something
	written int
	buf     [maxWrite]byte
}

// Start is a START, or a repeated START, with the chip's address. The chip acknowledges it after holding the clock low for
// stretch, which it does at most for limit (0 means as long as it likes); else err wraps mfi.ErrNACK or [ErrStretch].
func (c *Chip) Start(now time.Duration, read, repeated bool, limit time.Duration) (stretch time.Duration, err error) {
	c.settle(now)
	if repeated {
		c.repeat(now)
	}
	c.message.active, c.message.read, c.message.moved, c.message.written = false, read, false, 0
	stretch, ack := c.address(now, repeated)
	switch {
	case !ack:
		err = mfi.ErrNACK
	case limit > 0 && stretch > limit:
		err = ErrStretch
	default:
		c.message.active = true
		return stretch, nil
	}
	if !read {
		c.ptr.set = false
	}
	return 0, &BusError{Addr: c.Address(), Read: read, Err: err}
}

// repeat ends the message before a repeated START, which opens no busy window.
func (c *Chip) repeat(now time.Duration) {
	if c.model.Behaviour.RepeatedStart == RepeatedStartRefuse {
		c.ptr.set = false
		return
	}
	c.finish(now, false)
}

// address decides whether the chip acknowledges its address, and notes what the START does to its sleep.
func (c *Chip) address(now time.Duration, repeated bool) (stretch time.Duration, ack bool) {
	p := &c.power
	if !p.on {
		return 0, false
	}
	c.starts++
	if c.faults.Silent || c.faults.DeadAt > 0 && c.starts >= c.faults.DeadAt {
		return 0, false
	}
	if c.Asleep(now) {
		p.attempts++
		if c.faults.NeverWakes || p.attempts <= c.faults.ExtraWakeNACKs {
			return 0, false
		}
		p.slept, p.attempts, p.active = false, 0, now
		if c.model.Behaviour.Wake == WakeNACK {
			p.ready = now + c.model.Timing.Wake
			return 0, false
		}
		stretch = c.model.Timing.WakeStretch
	}
	p.active = now
	if c.Busy(now) || repeated && c.model.Behaviour.RepeatedStart == RepeatedStartRefuse {
		return 0, false
	}
	return stretch + c.faults.Stretch, true
}

// Write takes data bytes of a write and reports how many were acknowledged: all, or none when the chip was not addressed or has
// lost its power since.
func (c *Chip) Write(data []byte) int {
	m := &c.message
	if !m.active || m.read {
		return 0
	}
	m.written += copy(m.buf[m.written:], data)
	return len(data)
}

// Read fills data with the bytes that the chip sends; a chip that was not addressed sends none, which reads as 0xFF.
func (c *Chip) Read(now time.Duration, data []byte) {
	c.settle(now)
	if !c.message.active || !c.message.read {
		for i := range data {
			data[i] = 0xFF
		}
		return
	}
	for i := range data {
		data[i] = c.readByte()
	}
	c.message.moved = c.message.moved || len(data) > 0
}

// Stop is a STOP. A write takes effect here.
func (c *Chip) Stop(now time.Duration) {
	c.settle(now)
	if !c.message.active {
		return
	}
	c.finish(now, true)
	c.power.active = now
	if c.faults.ForgetsPointer {
		c.ptr.set = false
	}
}

// finish ends the message. Only a STOP opens the busy window of a write.
func (c *Chip) finish(now time.Duration, stop bool) {
	m := &c.message
	if !m.active {
		return
	}
	m.active = false
	switch {
	case m.read:
		if m.moved && c.ptr.set && c.ptr.offset > 0 && c.model.Behaviour.Increment == IncrementCoarse {
			c.advance()
		}
	case m.written > 0:
		c.ptr = pointer{set: true, reg: mfi.Register(m.buf[0])}
		busy := c.model.Timing.Pointer
		if m.written > 1 {
			busy = max(busy, c.store(now, c.ptr.reg, m.buf[1:m.written]))
		}
		if stop {
			c.power.busy = max(c.power.busy, now+busy)
		}
	}
}

// Tx is a whole transfer in no time: a write when w is not empty, a read when r is not empty, with a repeated START between them when
// both are, and a STOP. With neither it is an empty write, as i2cdetect sends. The result is as for Start.
func (c *Chip) Tx(now time.Duration, w, r []byte) (stretch time.Duration, err error) {
	if len(w) > 0 || len(r) == 0 {
		if stretch, err = c.Start(now, false, false, 0); err != nil {
			return 0, err
		}
		c.Write(w)
	}
	if len(r) > 0 {
		more, err := c.Start(now, true, len(w) > 0, 0)
		if err != nil {
			c.Stop(now)
			return stretch, err
		}
		stretch += more
		c.Read(now, r)
	}
	c.Stop(now)
	return stretch, nil
}
