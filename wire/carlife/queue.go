package carlife

import "time"

// queue is a first-in first-out that reuses its memory once drained.
type queue[T any] struct {
	items []T
	head  int
}

func (q *queue[T]) push(v T) {
	if q.head > 32 && q.head > len(q.items)/2 { // never quite drained: move up
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, v)
}

func (q *queue[T]) pop() (v T, ok bool) {
	if q.head == len(q.items) {
		return v, false
	}
	var zero T
	v, q.items[q.head] = q.items[q.head], zero
	if q.head++; q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	return v, true
}

func (q *queue[T]) len() int { return len(q.items) - q.head }

func (q *queue[T]) clear() {
	clear(q.items)
	q.items, q.head = q.items[:0], 0
}

// slab hands out pointers to values allocated many at a time, so that an event
// for each frame costs next to nothing.
type slab[T any] struct{ free []T }

func (s *slab[T]) new() *T {
	if len(s.free) == 0 {
		s.free = make([]T, 64)
	}
	p := &s.free[0]
	s.free = s.free[1:]
	return p
}

// timer is one of a session's timers.
type timer int

const (
	timerVersion  timer = iota // no answer to the version
	timerBeat                  // next heartbeat
	timerWatch                 // next watchdog check
	timerInit                  // delayed VIDEO_ENCODER_INIT_DONE
	timerStart                 // library order: VIDEO_ENCODER_START
	timerGesture               // gesture recogniser
	timerPatience              // something expected is late
	timerCount
)

// timers hold at most one time each; zero value: none running.
type timers [timerCount]struct {
	at time.Duration
	on bool
}

func (t *timers) set(i timer, at time.Duration) { t[i].at, t[i].on = at, true }
func (t *timers) stop(i timer)                  { t[i].on = false }

// next returns the earliest, the lowest of equals.
func (t *timers) next() (first timer, at time.Duration, ok bool) {
	for i := range t {
		if t[i].on && (!ok || t[i].at < at) {
			first, at, ok = timer(i), t[i].at, true
		}
	}
	return first, at, ok
}
