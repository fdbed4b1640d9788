package session

import (
	"time"

	"github.com/plugfest/plugfest/sim"
)

// A Task is a process that does something again and again until it is told to
// end: a service that a peer has started and may stop.
type Task struct {
	w     *sim.World
	moved sim.Cond
	over  bool
}

// Go runs fn as a task; the task is over when fn returns.
func Go(w *sim.World, name string, fn func(*Task)) *Task {
	t := &Task{w: w}
	t.moved.Init(w, name+": its next step")
	w.Go(name, func() {
		fn(t)
		t.over = true
	})
	return t
}

// End tells the task to end at its next step. It does not wait for that, and may
// be called between processes.
func (t *Task) End() {
	t.over = true
	t.moved.Broadcast()
}

// Over reports whether the task has ended or been told to.
func (t *Task) Over() bool { return t.over }

// Nudge wakes the task from WaitUntil.
func (t *Task) Nudge() { t.moved.Broadcast() }

// WaitUntil waits for the deadline, for End, or for a Nudge with which ok has
// become true. It reports whether the task is to go on.
func (t *Task) WaitUntil(deadline time.Duration, ok func() bool) bool {
	t.moved.WaitFor(deadline, func() bool { return t.over || ok() })
	return !t.over
}

// Sleep lets d pass and reports whether the task is to go on.
func (t *Task) Sleep(d time.Duration) bool {
	return t.WaitUntil(t.w.Now()+d, func() bool { return false })
}
