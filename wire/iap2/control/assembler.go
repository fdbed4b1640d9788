package control

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// Assembler finds messages in the bytes of a control session. One message a
// link packet is usual, but the session is a byte stream: several messages in
// one packet and one message over several packets both occur
// (Source: wiomoc/iap2, JoeyEamigh/bridgething,
// redline-labs/digital_dashboard).
//
// A message whose parameters are malformed is refused alone; what follows it
// is read. Where the framing itself is lost, because the start mark is missing
// or a length is impossible, bytes are skipped up to the next start mark. Both
// are reported with their offset in the stream.
//
// The zero value is ready for use. An Assembler keeps no more than it was
// given: it never allocates ahead for a length it has only been told.
type Assembler struct {
	// Limit is the longest message taken, in bytes; 0 means MaxMessageLen. A
	// stated length beyond it counts as lost framing.
	Limit int

	buf  []byte
	next int   // where the unread part of buf begins
	base int64 // stream offset of buf[0]
	skip bool  // framing is lost: look for a start mark
}

// Push adds bytes of the session, typically the payload of one link packet.
// It invalidates all messages that were read before. The bytes are copied.
func (a *Assembler) Push(b []byte) {
	if a.next > 0 {
		n := copy(a.buf, a.buf[a.next:])
		a.buf = a.buf[:n]
		a.base += int64(a.next)
		a.next = 0
	}
	a.buf = append(a.buf, b...)
}

// Pending is the number of bytes that wait for the rest of their message.
func (a *Assembler) Pending() int { return len(a.buf) - a.next }

// Reset forgets everything, as after a link reset, but keeps the buffer.
func (a *Assembler) Reset() {
	*a = Assembler{Limit: a.Limit, buf: a.buf[:0]}
}

// Next gives the next message, which stays valid until the next Push. It
// returns an error wrapping ErrIncomplete when it needs more bytes. Any other
// error is a fault of the peer; the bytes at fault are consumed, so that Next
// can be called again at once.
func (a *Assembler) Next() (Message, error) {
	if a.skip && !a.resync() {
		return Message{}, ErrIncomplete
	}
	b := a.buf[a.next:]
	if len(b) > 0 && b[0] != startByte || len(b) > 1 && b[1] != startByte {
		return Message{}, a.lost(1, 0, "start mark", int(b[0]), ErrStartMark)
	}
	if len(b) < HeaderLen-2 {
		return Message{}, ErrIncomplete
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	limit := a.Limit
	if limit == 0 {
		limit = MaxMessageLen
	}
	if n < HeaderLen || n > limit {
		return Message{}, a.lost(2, 2, "message length", n, ErrMessageLength)
	}
	if len(b) < n {
		return Message{}, ErrIncomplete
	}
	start := a.base + int64(a.next)
	a.next += n
	m, err := Parse(b[:n])
	if err != nil {
		at := err.(*Error)
		at.Offset += start
		return Message{}, at
	}
	return m, nil
}

// lost gives up the message at hand, skips n bytes of it and reports.
func (a *Assembler) lost(n, offset int, field string, value int, reason error) error {
	err := &Error{Offset: a.base + int64(a.next+offset), Field: field, Value: uint64(value), Err: reason}
	a.next += n
	a.skip = true
	return err
}

// resync drops bytes up to the next start mark. In a run of more than two 40s
// the last two are taken: read as a length, a further 40 would claim at least
// 16 KiB.
func (a *Assembler) resync() bool {
	for {
		i := bytes.IndexByte(a.buf[a.next:], startByte)
		if i < 0 {
			a.next = len(a.buf)
			return false
		}
		a.next += i
		b := a.buf[a.next:]
		run := len(b) - len(bytes.TrimLeft(b, "\x40"))
		if run == len(b) {
			// The run may go on in the next packet; two bytes of it are enough.
			a.next += max(0, run-2)
			return false
		}
		if run >= 2 {
			a.next += run - 2
			a.skip = false
			return true
		}
		a.next += run
	}
}

// Messages yields what Next gives until more bytes are needed:
//
//	asm.Push(packet)
//	for m, err := range asm.Messages() {
//		...
//	}
func (a *Assembler) Messages() iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for {
			m, err := a.Next()
			if err == ErrIncomplete || !yield(m, err) {
				return
			}
		}
	}
}
