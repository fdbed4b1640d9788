package session

import (
	"fmt"
	"io"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/carlife"
)

// A CarLifeEnd is one end of a CarLife session: a [carlife.Phone] or a
// [carlife.Vehicle].
type CarLifeEnd interface {
	Start(now time.Duration)
	Feed(now time.Duration, m carlife.Message)
	NextOutput() (carlife.Output, bool)
	Deadline() (time.Duration, bool)
	Tick(now time.Duration)
	Poll() carlife.Event
	Fail(now time.Duration, err error)
	Lost(now time.Duration, err error)
	Closed() bool
}

// CarLifeOptions say how one end handles its transport, and who is told of what
// happens.
type CarLifeOptions struct {
	// Pieces above 0 cuts what is written to a single stream as the head-unit
	// application does: the mux head alone, then at most so many bytes at a time.
	Pieces int
	// Limits of what is taken; the zero value means those of the head-unit
	// application, the widest that there are.
	Limits carlife.Limits
	// State, if there is one, is told what both ends report alike: the version,
	// encryption, the start, time-outs and violations.
	State func(kind string, fields ...sim.Field)
	// On, if there is one, is called with each event of the session; it must not
	// wait.
	On func(carlife.Event)
}

// A CarLife drives one end of a CarLife session: over one stream on which the six
// channels are muxed, or over a connection for each.
type CarLife struct {
	w        *sim.World
	end      CarLifeEnd
	o        CarLifeOptions
	pumps    []*Pump
	err      error
	left     bool
	finished bool
}

func newCarLife(w *sim.World, end CarLifeEnd, o CarLifeOptions) *CarLife {
	if o.Limits == (carlife.Limits{}) {
		o.Limits = carlife.DefaultLimits(carlife.ProfileHUApp)
	}
	return &CarLife{w: w, end: end, o: o}
}

// pump adds a pump for one of the transports.
func (c *CarLife) pump(name string, rw io.ReadWriteCloser, e Engine) *Pump {
	p := NewPump(c.w, name, rw, e, c.events)
	c.pumps = append(c.pumps, p)
	return p
}

// Start begins the session, or goes on with one that was left.
func (c *CarLife) Start() {
	c.end.Start(c.w.Now())
	for _, p := range c.pumps {
		p.Start()
	}
}

// Turn has the session looked at again; call it after handing the end something.
func (c *CarLife) Turn() { c.pumps[0].Turn() }

// Flush waits until the transport has taken everything that there is to send now.
func (c *CarLife) Flush() {
	c.Turn()
	for again := true; again; {
		again = false
		for _, p := range c.pumps {
			if !p.quiet && !p.closed {
				p.drained.WaitFor(sim.Never, func() bool { return p.quiet || p.closed })
				again = true // it may have made room for another
			}
		}
	}
}

// Over reports whether the session has ended, or lost its transport. What is queued
// may still be on its way.
func (c *CarLife) Over() bool { return c.end.Closed() || c.Closed() }

// Closed reports whether the transports are closed.
func (c *CarLife) Closed() bool { return c.pumps[0].Closed() }

// WaitClosed waits until the transports are closed. A reader may still hang in one
// that cannot be closed from this end, such as a gadget's endpoint.
func (c *CarLife) WaitClosed() {
	for _, p := range c.pumps {
		p.WaitClosed()
	}
}

// Wait waits until all its processes have ended, and reports whether they have
// before the deadline.
func (c *CarLife) Wait(deadline time.Duration) bool {
	for _, p := range c.pumps {
		if !p.Wait(deadline) {
			return false
		}
	}
	return true
}

// Close closes the transports: to the session they are lost.
func (c *CarLife) Close() error {
	c.shut()
	return nil
}

// Leave closes the transports and leaves the session as it is, for one that goes
// on over others.
func (c *CarLife) Leave() {
	c.left = true
	c.shut()
}

// Err returns why the session ended, if not in good order: by MD_EXIT, or by this
// end.
func (c *CarLife) Err() error { return c.err }

func (c *CarLife) shut() {
	for _, p := range c.pumps {
		p.shut()
	}
}

// events follows what a pump did. Losing one transport is losing all.
func (c *CarLife) events() {
	for _, p := range c.pumps {
		if !p.closed {
			continue
		}
		if !c.end.Closed() && !c.left {
			c.end.Lost(c.w.Now(), p.cause())
		}
		c.shut()
		break
	}
	c.poll()
}

// poll hands out the events; those of the last Feed are borrowed from it.
func (c *CarLife) poll() {
	for ev := c.end.Poll(); ev != nil; ev = c.end.Poll() {
		c.tell(ev)
		if c.o.On != nil {
			c.o.On(ev)
		}
	}
}

func (c *CarLife) tell(ev carlife.Event) {
	if ev, ok := ev.(carlife.Closed); ok {
		c.closed(ev)
		return
	}
	state := c.o.State
	if state == nil {
		return
	}
	switch ev := ev.(type) {
	case carlife.VersionMatched:
		state("CarLife version matched")
	case carlife.VersionRefused:
		state("CarLife version refused")
	case carlife.EncryptionOn:
		state("CarLife encrypted")
	case carlife.Started:
		state("CarLife started")
	case carlife.Timeout:
		state("CarLife waits", sim.Text("for", ev.What))
	case carlife.Violation:
		state("CarLife violation", sim.Text("rule", string(ev.Rule)), sim.Text("message", ev.ID.String()))
	}
}

func (c *CarLife) closed(ev carlife.Closed) {
	switch {
	case ev.Reason == carlife.CloseExit || ev.Reason == carlife.CloseLocal:
	case ev.Err == nil:
		c.err = fmt.Errorf("session: CarLife closed: %v", ev.Reason)
	default:
		c.err = fmt.Errorf("session: CarLife closed: %v: %w", ev.Reason, ev.Err)
	}
}

// finish ends the pumps once nobody has anything left to send; p is the one that
// has just found nothing.
func (c *CarLife) finish(p *Pump) {
	if c.finished || !c.end.Closed() {
		return
	}
	for _, o := range c.pumps {
		if o != p && !o.quiet {
			return
		}
	}
	c.finished = true
	for _, o := range c.pumps {
		o.finish()
	}
}
