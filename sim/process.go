package sim

import (
	"fmt"
	"iter"
	"runtime/debug"
	"time"
)

// A process is a function that runs inside a world. It rides on [iter.Pull]:
// the runtime then switches straight from one stack to the other, which costs
// a quarter of what a pair of channel operations does.
type process struct {
	w        *World
	id       int
	name     string
	resume   func() (struct{}, bool)
	stop     func()
	yield    func(struct{}) bool
	next     *process // in the run queue or in a condition's list
	queued   bool
	cond     *Cond
	timer    Timer
	timedOut bool
	finished bool
	reason   string
	since    time.Duration
}

// stopped unwinds a process whose world has ended.
type stopped struct{}

// PanicError is what [World.Run] panics with when a process panicked.
type PanicError struct {
	Process string // its name
	Value   any    // what it panicked with
	Stack   []byte // where
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("sim: process %q panicked: %v\n\n%s", e.Process, e.Value, e.Stack)
}

// Unwrap returns the panic's value where that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Go starts a process. Its name is what a [DeadlockError] and a trace call it.
// It may be called before Run, and inside the world.
func (w *World) Go(name string, fn func()) { w.spawn(name, fn) }

func (w *World) spawn(name string, fn func()) *process {
	p := &process{w: w, id: w.nextID, name: name, reason: "its first turn", since: w.now}
	w.nextID++
	p.timer.proc = p
	p.timer.w = w
	p.resume, p.stop = iter.Pull(func(yield func(struct{}) bool) {
		p.yield = yield
		p.main(fn)
	})
	w.living = append(w.living, p)
	w.ready(p)
	return p
}

func (p *process) main(fn func()) {
	normal := false
	defer func() {
		p.finished = true
		if normal {
			return
		}
		switch v := recover().(type) {
		case stopped:
		case nil: // runtime.Goexit: iter.Pull hands it on to Run's caller
		case *PanicError:
			panic(v)
		default:
			panic(&PanicError{Process: p.name, Value: v, Stack: debug.Stack()})
		}
	}()
	fn()
	normal = true
}

func (w *World) ready(p *process) {
	if p.queued || p.finished {
		return
	}
	p.queued = true
	w.runnable.push(p)
}

func (w *World) resume(p *process) {
	w.current = p
	w.total++
	p.queued = false
	_, alive := p.resume()
	w.current = nil
	if !alive {
		w.forget(p)
	}
}

// park gives the turn away until somebody makes p ready again.
func (w *World) park(p *process) {
	p.since = w.now
	if !p.yield(struct{}{}) {
		panic(stopped{})
	}
	w.current = p
}

func (w *World) forget(p *process) {
	p.finished = true
	for i, q := range w.living {
		if q == p {
			last := len(w.living) - 1
			copy(w.living[i:], w.living[i+1:])
			w.living[last] = nil
			w.living = w.living[:last]
			return
		}
	}
}

// stopAll unwinds what is left, latest first, so that a process outlives those
// that it started.
func (w *World) stopAll() {
	w.stopping = true
	defer func() { w.stopping = false }()
	for len(w.living) > 0 {
		p := w.living[len(w.living)-1]
		w.current = p
		p.stop()
		w.current = nil
		p.unhook()
		w.forget(p)
	}
	w.runnable = processQueue{}
	clear(w.timers)
	w.timers = w.timers[:0]
}

// unhook takes a stopped process out of every list that still names it.
func (p *process) unhook() {
	if p.cond != nil {
		p.cond.remove(p)
	}
	p.timer.Stop()
}

// processQueue is the first-in first-out queue of those who can run.
type processQueue struct{ head, tail *process }

func (q *processQueue) push(p *process) {
	p.next = nil
	if q.tail == nil {
		q.head = p
	} else {
		q.tail.next = p
	}
	q.tail = p
}

func (q *processQueue) pop() *process {
	p := q.head
	if p == nil {
		return nil
	}
	if q.head = p.next; q.head == nil {
		q.tail = nil
	}
	p.next = nil
	return p
}
