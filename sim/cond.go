package sim

import "time"

// A Cond is what processes wait on and others signal. Its name says what the
// wait is for; a [DeadlockError] prints it.
//
// As only one process runs at a time, there is no lock to hold: look at the
// state, and wait in a loop while it is not what you need.
type Cond struct {
	w          *World
	name       string
	head, tail *process
}

// NewCond makes a condition.
func (w *World) NewCond(name string) *Cond { return &Cond{w: w, name: name} }

// Init readies a condition that is part of a larger value.
func (c *Cond) Init(w *World, name string) { c.w, c.name = w, name }

// Wait waits for a signal.
func (c *Cond) Wait() { c.WaitUntil(Never) }

// WaitUntil waits for a signal, at the longest until the clock shows deadline,
// and reports whether a signal came. When both happen at one instant, what came
// first counts. A deadline that is not in the future does not wait.
func (c *Cond) WaitUntil(deadline time.Duration) bool {
	w := c.w
	p := w.me("Cond.Wait")
	if deadline <= w.now {
		return false
	}
	p.reason = c.name
	c.add(p)
	p.timedOut = false
	w.setTimer(&p.timer, deadline)
	w.park(p)
	return !p.timedOut
}

// WaitFor waits until ok returns true or the deadline passes, and returns what
// ok said last.
func (c *Cond) WaitFor(deadline time.Duration, ok func() bool) bool {
	for !ok() {
		if !c.WaitUntil(deadline) {
			return ok()
		}
	}
	return true
}

// Signal wakes the process that has waited longest.
func (c *Cond) Signal() {
	if p := c.head; p != nil {
		c.wake(p)
	}
}

// Broadcast wakes every waiting process, the one that has waited longest first.
func (c *Cond) Broadcast() {
	for p := c.head; p != nil; p = c.head {
		c.wake(p)
	}
}

// Waiting reports whether anybody waits.
func (c *Cond) Waiting() bool { return c.head != nil }

func (c *Cond) wake(p *process) {
	c.remove(p)
	p.timer.Stop()
	c.w.ready(p)
}

func (c *Cond) add(p *process) {
	p.cond, p.next, p.prev = c, nil, c.tail
	if c.tail == nil {
		c.head = p
	} else {
		c.tail.next = p
	}
	c.tail = p
}

func (c *Cond) remove(p *process) {
	if p.prev == nil {
		c.head = p.next
	} else {
		p.prev.next = p.next
	}
	if p.next == nil {
		c.tail = p.prev
	} else {
		p.next.prev = p.prev
	}
	p.cond, p.next, p.prev = nil, nil, nil
}
