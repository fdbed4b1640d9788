package gadget

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// attachment is a device at a port. Its process plays the host towards the
// device, at second hand: the kernel answers the real host's standard requests by
// itself, and what it tells of that is made up again as requests to the device.
type attachment struct {
	p      *Port
	w      *sim.World
	dev    usb.Device
	plan   *plan
	engine engine

	mu       sync.Mutex
	incoming []report // told from outside, not taken yet
	spare    []report
	knocked  bool
	taking   func() // take

	queue    []report // taken, from next on not handled
	next     int
	current  report // being handled
	arrived  sim.Cond
	answered sim.Cond // a request of ours is done
	emptied  sim.Cond // the host has taken something

	release  func()
	closing  bool // Detach is under way
	ended    bool
	once     sync.Once
	closeErr error

	told      bool // the device knows of a host
	used      bool // the host has done something since the last reset
	address   uint8
	speed     usb.Speed
	config    uint8
	limbo     bool // the device has a configuration that the host has ended
	functions []functionState
	pipes     []pipe
	goneAt    time.Duration // when the host counts as gone, or sim.Never
	idleAt    time.Duration // the same for a suspended bus
}

// functionState is what is known of an interface.
type functionState struct {
	enabled bool
	awaited bool // its part in a SET_CONFIGURATION is still to be told
	setting uint8
	request *request // of the host's, not answered
}

func newAttachment(p *Port, d usb.Device, pl *plan) *attachment {
	a := &attachment{p: p, w: p.w, dev: d, plan: pl, goneAt: sim.Never, idleAt: sim.Never,
		functions: make([]functionState, len(pl.functions)), pipes: make([]pipe, len(pl.endpoints))}
	a.taking = a.take
	a.arrived.Init(p.w, "host of "+p.o.Name)
	a.answered.Init(p.w, "answer of "+p.o.Name)
	a.emptied.Init(p.w, "host to read from "+p.o.Name)
	for i := range a.pipes {
		a.pipes[i].init(a, i)
	}
	return a
}

// begin starts the process.
func (a *attachment) begin() {
	a.release = a.w.Hold()
	a.state("bound", sim.Text("udc", a.plan.udc))
	for _, l := range a.plan.left {
		a.state("left out", sim.Int("configuration", l.value), sim.Text("why", l.why.Error()))
	}
	a.w.Go("USB host of "+a.p.o.Name, a.run)
}

// state tells of what is known at this end alone.
func (a *attachment) state(kind string, fields ...sim.Field) {
	if a.w.Observed() {
		a.w.Emit(sim.Event{Who: a.p.o.Name, Layer: "state.gadget", Kind: kind, Fields: fields})
	}
}

// post takes reports from outside.
func (a *attachment) post(list []report) {
	a.mu.Lock()
	a.incoming = append(a.incoming, list...)
	knock := !a.knocked
	a.knocked = true
	a.mu.Unlock()
	if knock {
		a.w.Post(a.taking)
	}
}

// take brings them in.
func (a *attachment) take() {
	a.mu.Lock()
	list := a.incoming
	a.incoming, a.knocked = a.spare[:0], false
	a.mu.Unlock()
	if a.next == len(a.queue) {
		a.queue, a.next = a.queue[:0], 0
	}
	a.queue = append(a.queue, list...)
	clear(list)
	a.spare = list
	a.arrived.Signal()
}

// local leaves something for the process to do.
func (a *attachment) local(r report) {
	a.queue = append(a.queue, r)
	a.arrived.Signal()
}

func (a *attachment) run() {
	defer a.abandon()
	for !a.ended {
		if a.next < len(a.queue) {
			a.current = a.queue[a.next]
			a.next++
			a.handle(&a.current)
			continue
		}
		at := min(a.goneAt, a.idleAt)
		if !a.arrived.WaitUntil(at) && a.w.Now() >= at {
			a.leave("no sign of the host")
		}
	}
}

// abandon lets go of the controller when the world ends.
func (a *attachment) abandon() {
	if !a.ended {
		a.ended = true
		a.closeEngine()
		a.release()
	}
}

func (a *attachment) closeEngine() { a.once.Do(func() { a.closeErr = a.engine.close() }) }

// end tells the device that it is detached.
func (a *attachment) end() {
	a.ended = true
	a.unplug()
	a.release()
	a.arrived.Broadcast()
	a.answered.Broadcast()
}

// linger waits until the host has taken what has been written.
func (a *attachment) linger() {
	if a.p.o.Linger > 0 {
		a.emptied.WaitFor(a.w.Now()+a.p.o.Linger, func() bool { return a.written() == 0 })
	}
}

// written counts the transfers that wait for the host to read.
func (a *attachment) written() int {
	n := 0
	a.eachPipe(func(x *pipe) { n += x.written })
	return n
}

func (a *attachment) eachPipe(fn func(*pipe)) {
	for i := range a.pipes {
		fn(&a.pipes[i])
	}
}

// handle deals with one report.
func (a *attachment) handle(r *report) {
	if a.closing && r.kind != reportWritten {
		return // of our own making
	}
	switch r.kind {
	case reportData:
		a.data(r)
	case reportWritten:
		a.pipes[r.ep].sent(r)
	case reportStalled:
		a.pipes[r.ep].halt()
	case reportEnabled:
		a.enabled(r)
	case reportDisabled:
		a.disabled(r.function)
	case reportUnbound:
		a.disabled(r.function)
		a.leave("unbound")
	case reportSetup:
		a.setup(r)
	case reportWithdrawn:
		a.withdraw(r.function)
	case reportSuspended:
		if a.p.o.Suspended > 0 && a.told && a.idleAt == sim.Never {
			a.idleAt = a.w.Now() + a.p.o.Suspended
		}
	case reportResumed:
		a.resumed()
	case reportState:
		a.bus(r.state, r.speed)
	case reportFailed:
		a.state("failed", sim.Text("why", r.err.Error()))
		a.leave("the controller failed")
	}
}

// tellAddresses notes what the controller calls the endpoints of a function.
func (a *attachment) tellAddresses(function int, list []uint8) {
	f := &a.plan.functions[function]
	var text []string
	for i := f.first; i < f.end && i-f.first < len(list); i++ {
		x := &a.pipes[i]
		if c := list[i-f.first]; c != x.controller {
			x.controller = c
			text = append(text, hex(x.e.address)+"="+hex(c))
		}
	}
	if len(text) > 0 {
		a.state("endpoints", sim.Int("interface", f.number), sim.Text("controller", strings.Join(text, " ")))
	}
}

func hex(b uint8) string { return strings.ToUpper(strconv.FormatUint(uint64(b)|0x100, 16)[1:]) }
