package chip

import "time"

// eventCounter is the system event counter: while powered it falls by one a second, down to 0. It survives the loss of power.
// That a signature raises it by one is inferred; what really does is in no public source.
type eventCounter struct {
	value uint8
	from  time.Duration // the start of the second that is running
}

func (e *eventCounter) start(now time.Duration) { e.from = now }

func (e *eventCounter) settle(now time.Duration) {
	seconds := (now - e.from) / time.Second
	if seconds <= 0 {
		return
	}
	e.from += seconds * time.Second
	e.value -= uint8(min(seconds, time.Duration(e.value)))
}

func (e *eventCounter) raise(now time.Duration) {
	if e.value == 0 {
		e.from = now
	}
	if e.value < 0xFF {
		e.value++
	}
}
