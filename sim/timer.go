package sim

import (
	"container/heap"
	"time"
)

// A Timer calls a function at a time of the world's clock. The function runs
// between processes: it may wake them and set timers, and must not wait.
type Timer struct {
	w     *World
	when  time.Duration
	seq   uint64 // order among equals: the one set first fires first
	index int
	set   bool
	fn    func()
	proc  *process // a sleeper's own timer has a process instead of fn
}

// NewTimer makes a timer, not yet set. One timer can be set again and again
// without allocating.
func (w *World) NewTimer(fn func()) *Timer { return &Timer{w: w, fn: fn} }

// After calls fn when d has passed.
func (w *World) After(d time.Duration, fn func()) *Timer {
	t := w.NewTimer(fn)
	t.Set(w.after(d))
	return t
}

// Set makes the timer fire when the clock shows at, or at once if that is past.
// A timer already set is moved. [Never] stops it.
func (t *Timer) Set(at time.Duration) {
	t.Stop()
	if at == Never {
		return
	}
	t.w.setTimer(t, max(at, t.w.now))
}

// Stop keeps the timer from firing and reports whether it was set.
func (t *Timer) Stop() bool {
	if !t.set {
		return false
	}
	t.set = false
	// A world that has stopped has dropped its timers already.
	if t.index < len(t.w.timers) && t.w.timers[t.index] == t {
		heap.Remove(&t.w.timers, t.index)
	}
	return true
}

// When returns the time for which the timer is set, or Never.
func (t *Timer) When() time.Duration {
	if !t.set {
		return Never
	}
	return t.when
}

func (w *World) setTimer(t *Timer, at time.Duration) {
	if at == Never {
		return
	}
	w.timerSeq++
	t.when, t.seq, t.set = at, w.timerSeq, true
	heap.Push(&w.timers, t)
}

type timerHeap []*Timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].when != h[j].when {
		return h[i].when < h[j].when
	}
	return h[i].seq < h[j].seq
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*Timer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return t
}
