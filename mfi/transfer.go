package mfi

import (
	"fmt"
	"time"
)

// step is one step of a call, for its error and its patience.
type step struct {
	op, name string
	reg      Register
	interval time.Duration // between attempts; 0 means Options.RetryInterval
	deadline time.Duration // 0 means Options.Timeout from now
}

func (c *Coprocessor) fail(s step, err error, detail, hint string) error {
	return &OpError{Op: s.op, Step: s.name, Addr: c.addr, Reg: s.reg, Detail: detail, Hint: hint, Err: err}
}

// tx tries one transaction once and tells the trace.
func (c *Coprocessor) tx(addr uint16, w, r []byte) (took time.Duration, err error) {
	start := c.clock.Now()
	err = c.bus.Tx(addr, w, r)
	end := c.clock.Now()
	if c.opts.Trace != nil {
		c.opts.Trace(Attempt{Start: start, End: end, Addr: addr, W: w, R: r, Err: err})
	}
	return end - start, err
}

// attempt repeats one transaction until it is acknowledged or the step's deadline has passed.
func (c *Coprocessor) attempt(s step, w, r []byte) error {
	var slowest time.Duration
	for n := 1; ; n++ {
		took, err := c.tx(c.addr, w, r)
		if err == nil {
			return nil
		}
		if fatal(err) {
			return c.fail(s, fmt.Errorf("%w: %w", ErrGone, err), "", "check the adapter and open the bus again")
		}
		slowest = max(slowest, took)
		now := c.clock.Now()
		if now >= s.deadline {
			return c.fail(s, fmt.Errorf("%w: %w", ErrTimeout, err), fmt.Sprintf("%d attempts", n), timeoutHint(slowest))
		}
		c.clock.Sleep(min(s.interval, s.deadline-now))
	}
}

func timeoutHint(slowest time.Duration) string {
	if slowest >= awakeWindow {
		return fmt.Sprintf("an attempt took %v, longer than the chip stays awake (%v): "+
			"use an adapter that recovers faster from a NACK, or look for what holds the clock low", slowest, awakeWindow)
	}
	return "check the chip's power and its RST line, then power it off and on"
}

func (c *Coprocessor) begin(s step) step {
	if s.interval == 0 {
		s.interval = c.opts.RetryInterval
	}
	if s.deadline == 0 {
		s.deadline = c.clock.Now() + c.opts.Timeout
	}
	return s
}

// point writes the register pointer alone.
func (c *Coprocessor) point(s step) error {
	c.scratch[0] = byte(s.reg)
	return c.attempt(s, c.scratch[:1], nil)
}

// read reads a register: pointer write, STOP, read. Once the pointer is written, only the read is repeated.
func (c *Coprocessor) read(s step, r []byte) error {
	s = c.begin(s)
	if err := c.point(s); err != nil {
		return err
	}
	return c.attempt(s, nil, r)
}

// readMore goes on reading where the last read stopped.
func (c *Coprocessor) readMore(s step, r []byte) error {
	return c.attempt(c.begin(s), nil, r)
}

// write writes a register.
func (c *Coprocessor) write(s step, data ...byte) error {
	return c.attempt(c.begin(s), append(append(c.scratch[:0], byte(s.reg)), data...), nil)
}

func (c *Coprocessor) readByte(s step) (byte, error) {
	var b [1]byte
	err := c.read(s, b[:])
	return b[0], err
}

func (c *Coprocessor) readUint16(s step) (int, error) {
	var b [2]byte
	err := c.read(s, b[:])
	return int(b[0])<<8 | int(b[1]), err
}
