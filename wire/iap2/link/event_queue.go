package link

// maxEvents bounds the events waiting to be polled. Beyond it the engine is
// deaf.
const maxEvents = 1 << 14

// maxViolations bounds the violations waiting to be polled. Later ones are only
// counted.
const maxViolations = 256

// eventQueue holds what Poll has not taken yet, with the buffers behind the
// payloads.
type eventQueue struct {
	ring       ring[queued]
	bytes      int    // of payload waiting
	violations int    // waiting
	out        []byte // buffer of the event polled last
}

type queued struct {
	ev  Event
	buf []byte // owned, nil without a payload
}

func (q *eventQueue) push(ev Event, buf []byte) {
	if ev.Kind == Violated {
		q.violations++
	}
	q.bytes += len(buf)
	q.ring.push(queued{ev, buf})
}

func (q *eventQueue) poll(p *pool) (Event, bool) {
	if q.out != nil {
		p.put(q.out)
		q.out = nil
	}
	if q.ring.len() == 0 {
		return Event{}, false
	}
	v := q.ring.pop()
	if v.ev.Kind == Violated {
		q.violations--
	}
	q.bytes -= len(v.buf)
	q.out = v.buf
	return v.ev, true
}
