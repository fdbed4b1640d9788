package link

import (
	"bytes"
	"encoding/binary"
)

// ItemKind says what a [Decoder] found.
type ItemKind uint8

// Kinds of [Item].
const (
	ItemPacket   ItemKind = iota + 1 // Packet is set
	ItemMarker                       // the detection bytes
	ItemNegative                     // the iAP1 refusal of the marker
	ItemError                        // Err is set
)

// Item is one finding of a [Decoder].
type Item struct {
	Kind   ItemKind
	Offset int64      // stream offset of its first byte
	Packet Packet     // its Payload is valid until the next call of Next or Feed
	Err    FrameError // what was skipped
}

// Decoder cuts a byte stream into link packets and detection markers. It never
// stops: at a wrong start, a wrong header checksum or an impossible length it
// moves on by one byte; a packet whose payload checksum is wrong is consumed.
// What it finds does not depend on how the stream is cut into calls of Feed.
//
// Memory is bounded by one packet, and only bytes that were received are kept.
// The zero value is ready.
type Decoder struct {
	// MaxLength is the longest packet taken, in bytes; 0 means [MaxPacket]. A
	// longer one counts as a wrong start, so that it cannot stall the stream.
	MaxLength int

	// FlushTail drops what is left of the current Feed after each packet or
	// marker. HID reports need it: a packet starts in a fresh report, and the
	// tail of its last report is padding. Feed then takes one report a call.
	FlushTail bool

	in    []byte // the caller's bytes, not looked at yet
	buf   []byte // bytes[start:] came before in and are part of something
	start int
	pos   int64 // stream offset of the first byte not consumed
	run   int   // garbage seen and not reported yet
	first byte  // its first byte
	lax   bool  // payload checksums do not matter
}

// Feed hands over the next bytes of the stream. They are borrowed until Next
// has returned false, and Next must be called until then.
func (d *Decoder) Feed(data []byte) { d.in = data }

// Offset returns the number of stream bytes consumed.
func (d *Decoder) Offset() int64 { return d.pos }

// Reset forgets the stream, keeping settings and memory.
func (d *Decoder) Reset() {
	*d = Decoder{MaxLength: d.MaxLength, FlushTail: d.FlushTail, lax: d.lax, buf: d.buf[:0]}
}

// Next returns the next finding, or false when it needs more bytes.
func (d *Decoder) Next() (Item, bool) {
	for {
		b, ok := d.peek(1)
		if !ok {
			return Item{}, false
		}
		if b[0] != startHigh {
			d.skip(d.garbage())
			continue
		}
		if b, ok = d.peek(2); !ok {
			return Item{}, false
		}
		switch b[1] {
		case startLow:
			it, done, more := d.packet()
			if done {
				return it, true
			}
			if more {
				return Item{}, false
			}
		case markerLow:
			it, done, more := d.marker()
			if done {
				return it, true
			}
			if more {
				return Item{}, false
			}
		default:
			d.skip(1)
		}
	}
}

// packet handles bytes that begin with FF 5A. Either an item is done, or more
// bytes are needed, or the caller looks again.
func (d *Decoder) packet() (it Item, done, more bool) {
	h, ok := d.peek(HeaderLen)
	if !ok {
		return it, false, true
	}
	want := Checksum(h[:8])
	length := int(binary.BigEndian.Uint16(h[2:]))
	limit := MaxPacket
	if d.MaxLength > 0 {
		limit = d.MaxLength
	}
	switch {
	case h[8] != want:
		it, done = d.fail(FieldHeaderChecksum, int(h[8]), int(want), 1)
		return it, done, false
	case length < minReceived:
		it, done = d.fail(FieldLength, length, minReceived, 1)
		return it, done, false
	case length > limit:
		it, done = d.fail(FieldLength, length, limit, 1)
		return it, done, false
	}
	b, ok := d.peek(length)
	if !ok {
		return it, false, true
	}
	var payload []byte
	if length > HeaderLen {
		payload = b[HeaderLen : length-1 : length-1]
		got, want := b[length-1], Checksum(payload)
		if got != want && !d.lax {
			it, done = d.fail(FieldPayloadChecksum, int(got), int(want), length)
			return it, done, false
		}
	}
	if it, done = d.flushRun(); done {
		return it, true, false
	}
	it = Item{Kind: ItemPacket, Offset: d.pos, Packet: Packet{
		Control: b[4], Seq: b[5], Ack: b[6], Session: b[7], Payload: payload}}
	d.take(length)
	return it, true, false
}

// marker handles bytes that begin with FF 55.
func (d *Decoder) marker() (it Item, done, more bool) {
	for _, m := range [...]struct {
		kind  ItemKind
		bytes string
	}{{ItemMarker, markerBytes}, {ItemNegative, negativeBytes}} {
		n := 2
		for n < len(m.bytes) {
			b, ok := d.peek(n + 1)
			if !ok {
				return it, false, true
			}
			if b[n] != m.bytes[n] {
				break
			}
			n++
		}
		if n < len(m.bytes) {
			continue
		}
		if it, done = d.flushRun(); done {
			return it, true, false
		}
		it = Item{Kind: m.kind, Offset: d.pos}
		d.take(n)
		return it, true, false
	}
	d.skip(1)
	return it, false, false
}

// fail reports a framing error and gives up n bytes. Garbage before it is
// reported first; then nothing is consumed and the caller comes again.
func (d *Decoder) fail(f Field, value, want, n int) (Item, bool) {
	if it, done := d.flushRun(); done {
		return it, true
	}
	it := Item{Kind: ItemError, Offset: d.pos, Err: FrameError{Field: f, Offset: d.pos, Value: value, Want: want, Skipped: n}}
	if f == FieldPayloadChecksum {
		d.take(n)
	} else {
		d.consume(n)
	}
	return it, true
}

// flushRun reports the garbage collected so far, if any. Waiting for its end
// keeps the findings independent of how the stream was cut.
func (d *Decoder) flushRun() (Item, bool) {
	if d.run == 0 {
		return Item{}, false
	}
	at := d.pos - int64(d.run)
	it := Item{Kind: ItemError, Offset: at, Err: FrameError{
		Field: FieldStart, Offset: at, Value: int(d.first), Want: startHigh, Skipped: d.run}}
	d.run = 0
	return it, true
}

// garbage returns how many bytes ahead cannot start anything.
func (d *Decoder) garbage() int {
	b := d.buf[d.start:]
	if len(b) == 0 {
		b = d.in
	}
	if i := bytes.IndexByte(b, startHigh); i >= 0 {
		return i
	}
	return len(b)
}

func (d *Decoder) skip(n int) {
	if d.run == 0 {
		b, _ := d.peek(1)
		d.first = b[0]
	}
	d.run += n
	d.consume(n)
}

// take consumes a whole item of n bytes.
func (d *Decoder) take(n int) {
	d.consume(n)
	if d.FlushTail {
		d.consume(len(d.buf) - d.start)
		d.consume(len(d.in))
	}
}

// peek returns the next n bytes without consuming them. Bytes move to buf only
// when a packet straddles two feeds.
func (d *Decoder) peek(n int) ([]byte, bool) {
	have := len(d.buf) - d.start
	if have == 0 {
		if len(d.in) >= n {
			return d.in[:n], true
		}
		d.buf, d.start = append(d.buf[:0], d.in...), 0
		d.in = nil
		return nil, false
	}
	if have < n {
		if d.start > 0 {
			d.buf = d.buf[:copy(d.buf, d.buf[d.start:])]
			d.start = 0
		}
		k := min(n-have, len(d.in))
		d.buf = append(d.buf, d.in[:k]...)
		d.in = d.in[k:]
		if have+k < n {
			return nil, false
		}
	}
	return d.buf[d.start : d.start+n], true
}

// consume moves on by n bytes, which are either all in buf or all in in.
func (d *Decoder) consume(n int) {
	d.pos += int64(n)
	if len(d.buf) == d.start {
		d.in = d.in[n:]
		return
	}
	d.start += n
	if d.start == len(d.buf) {
		d.buf, d.start = d.buf[:0], 0
	}
}
