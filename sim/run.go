package sim

import "time"

// Run runs main as a process and returns when main does; what other processes
// are still there are stopped then, their deferred calls run. (A process is
// stopped by a panic; if it recovers from that, its next wait panics again.)
//
// Run may be called again afterwards: the clock goes on from where it stood,
// and the timers and links of the world are as they were.
//
// The error is nil, a [*DeadlockError], a [*LivelockError] or a
// [*TimeLimitError]. A panic in a process comes out of Run as a [*PanicError]
// with the process's name and stack. A process that calls [runtime.Goexit], as
// a failed testing.T does, ends the goroutine that called Run.
func (w *World) Run(main func()) error {
	if w.running {
		panic("sim: Run called inside its own world")
	}
	w.running = true
	defer func() { w.running = false }()
	w.door.open()
	defer w.door.close()
	defer w.endBridges()
	defer w.stopAll()
	w.started = time.Now().Add(-w.now)
	if w.calendar {
		w.epoch = w.started.Round(0)
	}
	w.steps = 0
	p := w.spawn("main", main)
	for !p.finished {
		if err := w.step(); err != nil {
			return err
		}
	}
	return nil
}

// step resumes one process, fires one timer, or waits for the outside.
//
// On the virtual clock the outside comes in when nobody can run, and not
// earlier: where in a busy instant it would come in depends on the machine.
func (w *World) step() error {
	if w.realTime {
		if err := w.catchUp(); err != nil {
			return err
		}
	}
	if p := w.runnable.pop(); p != nil {
		if err := w.count(); err != nil {
			return err
		}
		w.resume(p)
		return nil
	}
	if w.door.deliver() {
		return w.count()
	}
	if w.realTime {
		return w.idleReal()
	}
	return w.idle()
}

// idle lets the virtual clock jump.
func (w *World) idle() error {
	switch {
	case w.door.outside > 0:
		// Time stands still until he is back, or the trace would depend on
		// how long the machine took.
		w.door.wait(Never)
		w.door.take()
		return nil
	case len(w.timers) > 0:
		return w.fire()
	case w.door.expecting():
		w.door.wait(Never)
		w.door.take()
		return nil
	}
	return w.deadlock()
}

// idleReal waits for the next timer or the outside, whichever comes first.
func (w *World) idleReal() error {
	next := w.timers.next()
	if next == Never && !w.door.expecting() {
		return w.deadlock()
	}
	until := min(next, w.timeLimit)
	if d := until - time.Since(w.started); d > 0 {
		knocked := w.door.wait(d)
		w.advance(min(time.Since(w.started), until))
		if knocked {
			w.door.take()
		}
		return nil
	}
	return w.fire()
}

// catchUpEvery is how many steps a busy world on the machine's clock makes
// between two looks at that clock.
const catchUpEvery = 64

// catchUp keeps a busy world on the machine's clock from being deaf: the
// outside comes in, and timers that are due have their turn.
func (w *World) catchUp() error {
	w.door.poll()
	if w.runnable.head == nil || w.steps%catchUpEvery != catchUpEvery-1 {
		return nil
	}
	now := time.Since(w.started)
	if now > w.timeLimit {
		return w.overtime()
	}
	for n := len(w.timers); n > 0 && w.timers.next() <= now; n-- {
		if err := w.fire(); err != nil {
			return err
		}
	}
	w.advance(now)
	return nil
}

// count counts what happens at one instant.
func (w *World) count() error {
	if w.steps++; w.steps > w.stepLimit {
		return w.livelock()
	}
	return nil
}

func (w *World) advance(t time.Duration) {
	if t > w.now {
		w.now = t
		w.steps = 0
	}
}

// fire lets the clock jump to the next timer and fires it.
func (w *World) fire() error {
	next := w.timers.next()
	if next > w.timeLimit {
		return w.overtime()
	}
	w.advance(next)
	if err := w.count(); err != nil {
		return err
	}
	t := w.timers.pop()
	p := t.proc
	if p == nil {
		t.fn()
		return nil
	}
	p.timedOut = true
	if p.cond != nil {
		p.cond.remove(p)
	}
	w.ready(p)
	return nil
}
