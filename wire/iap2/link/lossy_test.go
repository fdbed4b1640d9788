package link

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"
)

// lossyLink is two engines with an application each, joined by two channels in
// virtual time. Everything in it follows from the seed.
type lossyLink struct {
	rng   *rand.Rand
	now   time.Duration
	ends  [2]*Engine // accessory, device
	apps  [2]app
	wires [2]channel // by the end that sends
	heap  parcels
	order int
	err   error
}

// app sends numbered messages in each epoch, that is while the link is up, and
// checks those of its peer: all of one epoch, from the first, none left out.
type app struct {
	epoch     int // times up
	up        bool
	sent      int // messages in this epoch
	total     int // messages to send in each epoch
	next      time.Duration
	pause     time.Duration // longest, between bursts
	maxLength int           // of a message
	resets    int           // calls of Reset still to make
	resetAt   time.Duration // the next
	between   time.Duration // longest, between them

	peerEpoch int // whose messages came in this epoch, 0 none
	lastEpoch int // highest epoch of the peer seen
	received  int
	partial   []byte // of a message on the control session
	sessions  []uint8
}

const messageHeader = 8 // end, session, epoch, index, length

// contents is where messages take their bytes from.
var contents = func() []byte {
	b := make([]byte, 1<<16)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}()

// message builds the index-th message of an end's epoch.
func message(dst []byte, end, session, epoch, index, n int) []byte {
	dst = append(dst[:0], byte(end), byte(session))
	dst = binary.BigEndian.AppendUint16(dst, uint16(epoch))
	dst = binary.BigEndian.AppendUint16(dst, uint16(index))
	dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	at := (end*7919 + epoch*104729 + index*1299709) % (len(contents) - n)
	return append(dst, contents[at:at+n]...)
}

func (l *lossyLink) fail(end int, format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf("at %v, %v: %s", l.now, l.ends[end].Role(), fmt.Sprintf(format, args...))
	}
}

// flush puts what an engine has to say on its wire, and takes its events.
func (l *lossyLink) flush(end int) {
	e := l.ends[end]
	for b, ok := e.NextOutput(); ok; b, ok = e.NextOutput() {
		l.wires[end].send(l.now, b, func(at time.Duration, number int, data []byte) {
			l.order++
			l.heap.push(parcel{at, l.order, 1 - end, number, l.wires[1-end].entered, data})
		})
	}
	for ev, ok := e.Poll(); ok; ev, ok = e.Poll() {
		l.event(end, ev)
	}
}

func (l *lossyLink) event(end int, ev Event) {
	a := &l.apps[end]
	switch ev.Kind {
	case Up:
		if a.up {
			l.fail(end, "up twice")
		}
		a.up = true
		a.epoch++
		a.sent, a.received, a.peerEpoch, a.partial = 0, 0, 0, a.partial[:0]
		a.next = l.now
	case Down:
		a.up = false
	case Data:
		if !a.up {
			l.fail(end, "data while down")
		}
		l.data(end, ev)
	}
}

// data checks what an application receives.
func (l *lossyLink) data(end int, ev Event) {
	a, sender := &l.apps[end], &l.apps[1-end]
	b := ev.Payload
	if ev.Type == SessionControl {
		a.partial = append(a.partial, b...)
		b = a.partial
		if len(b) < messageHeader || len(b) < messageHeader+int(binary.BigEndian.Uint16(b[6:])) {
			return
		}
		a.partial = a.partial[:0]
	} else if len(a.partial) > 0 {
		l.fail(end, "%v message inside a control message", ev.Type)
		return
	}
	if len(b) < messageHeader {
		l.fail(end, "message of %d bytes", len(b))
		return
	}
	epoch, index := int(binary.BigEndian.Uint16(b[2:])), int(binary.BigEndian.Uint16(b[4:]))
	want := message(nil, 1-end, int(ev.Session), epoch, index, len(b)-messageHeader)
	switch {
	case !bytes.Equal(b, want):
		l.fail(end, "message %x differs from %x", b, want)
	case a.peerEpoch == 0 && epoch <= a.lastEpoch:
		l.fail(end, "message of epoch %d after epoch %d", epoch, a.lastEpoch)
	case a.peerEpoch != 0 && epoch != a.peerEpoch:
		l.fail(end, "messages of epochs %d and %d in one", a.peerEpoch, epoch)
	case index != a.received:
		l.fail(end, "message %d of epoch %d, want %d (sender is at %d)", index, epoch, a.received, sender.sent)
	}
	a.peerEpoch, a.lastEpoch = epoch, epoch
	a.received++
}

// work lets an application send.
func (l *lossyLink) work(end int) {
	a, e := &l.apps[end], l.ends[end]
	var buf [8192]byte
	for range 1 + l.rng.IntN(10) {
		if a.sent == a.total || !e.Writable() {
			break
		}
		session := a.sessions[l.rng.IntN(len(a.sessions))]
		most := a.maxLength
		if s, _ := e.terms.Session(session); s.Type != SessionControl {
			most = min(most, e.MaxPayload()-messageHeader)
		}
		m := message(buf[:0], end, int(session), a.epoch, a.sent, l.rng.IntN(most+1))
		if err := e.Send(l.now, session, m); err != nil {
			l.fail(end, "send: %v", err)
			return
		}
		a.sent++
	}
	a.next = l.now + time.Duration(l.rng.Int64N(int64(a.pause)))
}

// feed hands a packet to its receiver, in up to three pieces.
func (l *lossyLink) feed(p parcel) {
	e, wire := l.ends[p.to], &l.wires[1-p.to]
	if wire.arrive(p.number, l.wires[p.to].entered-p.answered) {
		rest := p.data
		for range l.rng.IntN(3) {
			n := l.rng.IntN(len(rest) + 1)
			e.Feed(l.now, rest[:n])
			rest = rest[n:]
		}
		e.Feed(l.now, rest)
	}
	wire.free = append(wire.free, p.data)
}

// done reports whether both sides have everything.
func (l *lossyLink) done() bool {
	for end := range l.apps {
		a, b := &l.apps[end], &l.apps[1-end]
		if !a.up || a.sent < a.total || b.peerEpoch != a.epoch || b.received < a.total {
			return false
		}
	}
	return true
}

// step moves to the next thing that happens. It reports false when that is
// not before the limit.
func (l *lossyLink) step(limit time.Duration) bool {
	next := limit
	for end, e := range l.ends {
		if at, ok := e.Deadline(); ok {
			next = min(next, max(at, l.now))
		}
		a := &l.apps[end]
		if a.up && a.sent < a.total && e.Writable() {
			next = min(next, max(a.next, l.now))
		}
		if a.resets > 0 {
			next = min(next, a.resetAt)
		}
	}
	if len(l.heap) > 0 {
		next = min(next, l.heap[0].at)
	}
	if next >= limit {
		l.now = limit
		return false
	}
	l.now = next
	for len(l.heap) > 0 && l.heap[0].at <= l.now {
		p := l.heap.pop()
		l.feed(p)
		l.flush(p.to)
	}
	for end, e := range l.ends {
		if at, ok := e.Deadline(); ok && at <= l.now {
			e.Tick(l.now)
		}
		a := &l.apps[end]
		if a.resets > 0 && a.resetAt <= l.now {
			a.resets--
			a.resetAt += 1 + time.Duration(l.rng.Int64N(int64(a.between)))
			e.Reset(l.now)
		}
		l.flush(end)
		if a.up && a.next <= l.now {
			l.work(end)
			l.flush(end)
		}
	}
	return true
}

// run goes on until both sides have everything, or something is wrong, or the
// time is over.
func (l *lossyLink) run(limit time.Duration) error {
	for end := range l.ends {
		l.flush(end)
	}
	for l.err == nil && !l.done() {
		if !l.step(limit) {
			l.fail(0, "not done; %s", l.describe())
		}
	}
	return l.err
}

func (l *lossyLink) describe() string {
	var s string
	for end, e := range l.ends {
		a := l.apps[end]
		s += fmt.Sprintf("\n%v %v: epoch %d sent %d of %d, received %d of epoch %d, %+v",
			e.Role(), e.State(), a.epoch, a.sent, a.total, a.received, a.peerEpoch, e.Counters())
	}
	return s
}
