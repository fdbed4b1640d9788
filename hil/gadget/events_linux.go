package gadget

import (
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim/usb"
)

// hear reads the events of a function. While the world has a SETUP to answer, or
// the worker has ep0, they are left where they are: but that there are any says
// that the host has given that SETUP up.
func (e *linuxEngine) hear(i int) error {
	f := &e.functions[i]
	if f.busy {
		return nil // its eventfd is kept for later
	}
	for f.signals() > 0 {
		f.withdraw(e, i)
		var list [2 * maxEvents]event
		events, err := f.events(list[:0])
		if err != nil {
			return err
		}
		for _, v := range events {
			f.hold(e, i, v)
		}
		if f.pending {
			// What was signalled since is taken for events that have been read:
			// whatever else it was is read when the SETUP is answered.
			f.signals()
		}
	}
	return nil
}

// hold keeps an event until it can be told.
func (f *functionIO) hold(e *linuxEngine, i int, v event) {
	switch v.kind {
	case eventDisable, eventUnbind:
		f.running = false
	case eventSetup:
		f.withdraw(e, i)
		f.pending, f.setup = true, v.setup
	}
	if len(f.held) == 0 {
		f.until = time.Now().Add(holdTime)
	}
	f.held = append(f.held, v)
}

// withdraw forgets the SETUP that waits for its answer.
func (f *functionIO) withdraw(e *linuxEngine, i int) {
	if !f.pending {
		return
	}
	f.pending = false
	n := len(f.held)
	f.held = slices.DeleteFunc(f.held, func(v event) bool { return v.kind == eventSetup })
	if len(f.held) == n { // it has been told
		e.report(report{kind: reportWithdrawn, function: i})
	}
}

// release tells of what has happened, once all that it ended is told: of all
// functions together, as one thing of the host's does something to several.
func (e *linuxEngine) release() {
	for i := range e.functions {
		f := &e.functions[i]
		if f.flight > 0 && f.ends() && time.Now().Before(f.until) {
			return
		}
	}
	for i := range e.functions {
		f := &e.functions[i]
		for _, v := range f.held {
			e.tellEvent(i, v)
		}
		f.held = f.held[:0]
	}
}

// ends reports whether one of the held events has ended the operations under way.
func (f *functionIO) ends() bool {
	for _, v := range f.held {
		if v.kind == eventEnable || v.kind == eventDisable || v.kind == eventUnbind {
			return true
		}
	}
	return false
}

func (e *linuxEngine) tellEvent(i int, v event) {
	f := &e.functions[i]
	switch v.kind {
	case eventEnable:
		e.readState() // for its speed
		f.running = true
		f.round++
		p := &e.plan.functions[i]
		r := report{kind: reportEnabled, function: i, setting: unknownSetting}
		if len(p.alternates) > 1 {
			r.setting = e.trace.setting(p.number)
		}
		for file := range f.files {
			r.addresses = append(r.addresses, f.address(file))
		}
		for j := p.first; j < p.end; j++ {
			e.endpoints[j].begin(e.plan.endpoints[j].packet(e.speed) * e.o.ReadPackets)
		}
		e.report(r)
	case eventDisable:
		e.report(report{kind: reportDisabled, function: i})
		e.readState()
	case eventUnbind:
		e.report(report{kind: reportUnbound, function: i})
	case eventSuspend:
		e.report(report{kind: reportSuspended, function: i})
	case eventResume:
		e.report(report{kind: reportResumed, function: i})
	case eventSetup:
		e.tellSetup(i, v.setup)
	}
}

// tellSetup tells of a request, after its data has come if it has any.
func (e *linuxEngine) tellSetup(i int, s usb.Setup) {
	f := &e.functions[i]
	if !s.In() && s.Length > 0 {
		f.busy, f.pending = true, false
		e.worker.do(ep0Job{function: i, in: f.instance, setup: s, read: true})
		return
	}
	e.report(report{kind: reportSetup, function: i, setup: s})
}

// reply answers a SETUP.
func (e *linuxEngine) reply(c *command) {
	f := &e.functions[c.function]
	if !f.pending {
		return // withdrawn meanwhile
	}
	f.pending, f.busy = false, true
	e.worker.do(ep0Job{function: c.function, in: f.instance, setup: f.setup, data: c.data, stall: c.stall})
}

// ep0Done takes ep0 back from the worker.
func (e *linuxEngine) ep0Done(j ep0Job) {
	f := &e.functions[j.function]
	f.busy = false
	signal(f.event) // there may be events that were left
	if j.read && j.err == nil {
		e.report(report{kind: reportSetup, function: j.function, setup: j.setup, data: j.data})
	}
}
