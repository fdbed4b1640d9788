package usbmux

import "time"

type timer struct {
	at time.Duration
	on bool
}

func (t *timer) set(at time.Duration) { *t = timer{at, true} }
func (t *timer) stop()                { *t = timer{} }

// due reports whether the timer has run out, and stops it then.
func (t *timer) due(now time.Duration) bool {
	if !t.on || now < t.at {
		return false
	}
	t.stop()
	return true
}

// timerKind is one of the timers that each connection has.
type timerKind uint8

const (
	timerOpen   timerKind = iota // the peer's part of the handshake
	timerLinger                  // closing, and nothing leaves
	timerAck                     // AckEvery: the pause after a packet was sent
	timerKinds
)

// timerLink is a connection's place in a timerList.
type timerLink struct {
	timer
	prev, next *Conn
}

// timerList holds the connections whose timer of one kind runs. All run equally
// long, so the first to be set is the first to be due.
type timerList struct {
	kind       timerKind
	head, tail *Conn
}

func (l *timerList) set(c *Conn, at time.Duration) {
	l.remove(c)
	t := &c.timers[l.kind]
	t.set(at)
	t.prev = l.tail
	if l.tail == nil {
		l.head = c
	} else {
		l.tail.timers[l.kind].next = c
	}
	l.tail = c
}

func (l *timerList) remove(c *Conn) {
	t := &c.timers[l.kind]
	if !t.on {
		return
	}
	if t.prev == nil {
		l.head = t.next
	} else {
		t.prev.timers[l.kind].next = t.next
	}
	if t.next == nil {
		l.tail = t.prev
	} else {
		t.next.timers[l.kind].prev = t.prev
	}
	*t = timerLink{}
}

// arm starts a timer of a connection anew; a negative time is never.
func (e *Engine) arm(c *Conn, k timerKind, d time.Duration) {
	if d >= 0 {
		e.timers[k].set(c, e.now+d)
	}
}

// connList is all connections, in the order of their opening.
type connList struct{ head, tail *Conn }

func (l *connList) add(c *Conn) {
	c.prev = l.tail
	if l.tail == nil {
		l.head = c
	} else {
		l.tail.next = c
	}
	l.tail = c
}

func (l *connList) remove(c *Conn) {
	if c.prev == nil {
		l.head = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		l.tail = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.prev, c.next = nil, nil
}

// readyQueue holds the connections with something to send, each once. They take
// turns, one packet each.
type readyQueue struct{ head, tail *Conn }

func (q *readyQueue) push(c *Conn) {
	if c.queued {
		return
	}
	c.queued = true
	if q.tail == nil {
		q.head = c
	} else {
		q.tail.after = c
	}
	q.tail = c
}

func (q *readyQueue) pop() *Conn {
	c := q.head
	if c == nil {
		return nil
	}
	if q.head = c.after; q.head == nil {
		q.tail = nil
	}
	c.queued, c.after = false, nil
	return c
}
