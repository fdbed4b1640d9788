package sim

import "time"

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
	t.w.timers.remove(t)
	return true
}

// When returns the time for which the timer is set, or Never.
func (t *Timer) When() time.Duration {
	if !t.set {
		return Never
	}
	return t.when
}

// setTimer sets a timer that is not set.
func (w *World) setTimer(t *Timer, at time.Duration) {
	if at == Never {
		return
	}
	w.timerSeq++
	t.when, t.seq, t.set = at, w.timerSeq, true
	w.timers.push(t)
}

// timerHeap has the timer that fires next at index 0. It is written out, and not
// made with container/heap, as every sleep and every deadline goes through it.
type timerHeap []*Timer

func (t *Timer) before(u *Timer) bool {
	return t.when < u.when || t.when == u.when && t.seq < u.seq
}

// next returns when the next timer fires, or Never.
func (h timerHeap) next() time.Duration {
	if len(h) == 0 {
		return Never
	}
	return h[0].when
}

func (h *timerHeap) push(t *Timer) {
	*h = append(*h, t)
	h.up(len(*h)-1, t)
}

func (h *timerHeap) pop() *Timer {
	t := (*h)[0]
	h.remove(t)
	return t
}

func (h *timerHeap) remove(t *Timer) {
	t.set = false
	last := len(*h) - 1
	moved := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	if moved == t {
		return
	}
	if i := t.index; i > 0 && moved.before((*h)[(i-1)/2]) {
		h.up(i, moved)
	} else {
		h.down(i, moved)
	}
}

// up finds the place of t at or above index i, which is free.
func (h timerHeap) up(i int, t *Timer) {
	for i > 0 {
		parent := (i - 1) / 2
		if !t.before(h[parent]) {
			break
		}
		h[i] = h[parent]
		h[i].index = i
		i = parent
	}
	h[i] = t
	t.index = i
}

// down finds the place of t at or below index i, which is free.
func (h timerHeap) down(i int, t *Timer) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if r := child + 1; r < len(h) && h[r].before(h[child]) {
			child = r
		}
		if !h[child].before(t) {
			break
		}
		h[i] = h[child]
		h[i].index = i
		i = child
	}
	h[i] = t
	t.index = i
}
