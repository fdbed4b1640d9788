package state

import (
	"time"

	"github.com/plugfest/plugfest/sim"
)

// A Feed is a stream of values with any number of readers, each at its own pace.
// It keeps the newest few; a reader that falls behind loses what it was too slow
// for, and nobody waits for it.
type Feed[T any] struct {
	moved sim.Cond
	ring  []T
	size  int
	next  uint64 // position of the value to come
}

func (f *Feed[T]) init(w *sim.World, name string, size int) {
	f.moved.Init(w, name)
	f.size = size
}

// Add appends a value and wakes who waits for one.
func (f *Feed[T]) Add(v T) {
	if len(f.ring) < f.size {
		f.ring = append(f.ring, v)
	} else {
		f.ring[f.next%uint64(f.size)] = v
	}
	f.next++
	f.moved.Broadcast()
}

// End returns the position behind the newest value: a reader that begins there
// sees what comes from now on.
func (f *Feed[T]) End() uint64 { return f.next }

// Start returns the position of the oldest value kept.
func (f *Feed[T]) Start() uint64 { return f.next - uint64(len(f.ring)) }

// Read returns the value at a position and the position after it. If the value
// there is lost, it returns the oldest one kept.
func (f *Feed[T]) Read(at uint64) (v T, next uint64, ok bool) {
	at = max(at, f.Start())
	if at >= f.next {
		return v, at, false
	}
	return f.ring[at%uint64(f.size)], at + 1, true
}

// Wait waits until there is a value at the position, [Feed.Wake] is called, or the
// deadline passes. It may return early: look, and wait again.
func (f *Feed[T]) Wait(at uint64, deadline time.Duration) {
	if at >= f.next {
		f.moved.WaitUntil(deadline)
	}
}

// Wake has all who wait look around.
func (f *Feed[T]) Wake() { f.moved.Broadcast() }

// Waiting reports whether somebody waits for a value.
func (f *Feed[T]) Waiting() bool { return f.moved.Waiting() }
