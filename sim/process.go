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
	name     string
	fn       func()
	resume   func() (struct{}, bool) // nil until the first turn
	stop     func()
	yield    func(struct{}) bool
	next     *process // in the run queue or in a condition's list
	prev     *process // in a condition's list
	older    *process // among the living
	newer    *process
	cond     *Cond
	timer    Timer
	queued   bool
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
	p := &process{w: w, name: name, fn: fn, reason: "its first turn", since: w.now}
	p.timer.proc = p
	p.timer.w = w
	w.living.add(p)
	w.ready(p)
	return p
}

// body is what the coroutine runs.
func (p *process) body(yield func(struct{}) bool) {
	p.yield = yield
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
	p.fn()
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
	if p.resume == nil {
		// Only now, so that a process that never has its turn costs no stack.
		p.resume, p.stop = iter.Pull(p.body)
	}
	_, alive := p.resume()
	w.current = nil
	if !alive {
		w.living.remove(p)
	}
}

// park gives the turn away until somebody makes p ready again.
func (w *World) park(p *process) {
	p.since = w.now
	if !p.yield(struct{}{}) {
		panic(stopped{})
	}
}

// stopAll unwinds what is left, latest first, so that a process outlives those
// that it started. The deferred calls of a process may use the world, and may
// even start processes, which then never have a turn; what would wait in them
// unwinds further.
func (w *World) stopAll() {
	w.stopping = true
	defer func() {
		if w.living.newest != nil { // a deferred call panicked: the others still end
			w.stopAll()
			return
		}
		w.current = nil
		w.runnable = processQueue{}
		w.stopping = false
	}()
	for p := w.living.newest; p != nil; p = w.living.newest {
		p.finished = true
		w.living.remove(p)
		if p.cond != nil {
			p.cond.remove(p)
		}
		p.timer.Stop()
		if p.stop != nil {
			w.current = p
			p.stop()
		}
	}
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

// processList holds the living in the order in which they started.
type processList struct {
	oldest, newest *process
	n              int
}

func (l *processList) add(p *process) {
	if p.older = l.newest; p.older != nil {
		p.older.newer = p
	} else {
		l.oldest = p
	}
	l.newest = p
	l.n++
}

func (l *processList) remove(p *process) {
	if p.older != nil {
		p.older.newer = p.newer
	} else {
		l.oldest = p.newer
	}
	if p.newer != nil {
		p.newer.older = p.older
	} else {
		l.newest = p.older
	}
	p.older, p.newer = nil, nil
	l.n--
}
