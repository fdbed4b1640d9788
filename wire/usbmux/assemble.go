package usbmux

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/plugfest/plugfest/internal/spare"
)

// assembler puts packets together from USB transfers.
//
// The rule of the wire is one packet a transfer. A longer one than the reads
// that wait for it comes in full reads and a shorter one. Unless Strict, lengths
// that lead to another cut are believed as well.
type assembler struct {
	own  *spare.Buffer // for buf
	buf  []byte        // start of a packet that goes on
	skip bool          // until the transfer ends
}

func (a *assembler) reset() { a.buf, a.skip = a.buf[:0], false }

// add appends bytes.
func (a *assembler) add(p []byte, pool *spare.Pool) {
	if need := len(a.buf) + len(p); need > cap(a.buf) {
		own := pool.Get(need)
		a.buf = append(own.Bytes()[:0], a.buf...)
		pool.Put(a.own)
		a.own = own
	}
	a.buf = append(a.buf, p...)
}

// end gives the buffer back: nothing is in it.
func (a *assembler) end(pool *spare.Pool) {
	pool.Put(a.own)
	a.own, a.buf = nil, nil
}

// Feed takes what one read of the pipe brought: a whole transfer or, where reads
// are shorter, a piece of one; see Config.ReadSize. The bytes are not kept.
func (e *Engine) Feed(now time.Duration, transfer []byte) {
	e.FeedPart(now, transfer, len(transfer) == e.cfg.ReadSize)
}

// FeedPart is Feed for a driver whose reads are of different sizes: it says itself
// whether the read was full, so that more of the transfer may follow.
func (e *Engine) FeedPart(now time.Duration, transfer []byte, full bool) {
	e.now = max(e.now, now)
	if e.state != StateHandshake && e.state != StateActive {
		return
	}
	a := &e.asm
	ended := !full && !e.cfg.Stream
	if a.skip {
		a.skip = !ended
		return
	}
	whole := transfer
	if len(a.buf) > 0 {
		a.add(transfer, &e.pool)
		whole = a.buf
	}
	rest := e.split(whole, ended)
	if len(rest) == 0 {
		a.end(&e.pool)
		return
	}
	a.buf = a.buf[:0]
	a.add(rest, &e.pool) // a copy within itself, at most
}

// limit is the longest packet taken.
func (e *Engine) limit() int {
	if e.role == Device {
		return MaxToDevice
	}
	return MaxToHost
}

// split hands on the packets in b and returns the start of one that goes on.
func (e *Engine) split(b []byte, ended bool) []byte {
	if e.cfg.Strict {
		return e.strict(b, ended)
	}
	for n := 0; len(b) > 0; n++ {
		length := e.peekLength(b)
		switch {
		case length > e.limit():
			e.tooLarge(length, ended)
			return nil
		case length < HeaderLenV1 && len(b) >= HeaderLenV1:
			e.drop(BadPacket, int64(length), HeaderLenV1, short("length", 4, length, HeaderLenV1), ended)
			return nil
		case length > len(b) || len(b) < HeaderLenV1:
			if ended {
				e.drop(SizeMismatch, int64(len(b)), int64(max(length, HeaderLenV1)), nil, true)
				return nil
			}
			return b
		}
		if n > 0 && !e.cfg.Stream {
			e.violated(Merged, nil, int64(n+1), 1, nil)
		}
		e.packet(b[:length:length])
		if e.state != StateHandshake && e.state != StateActive {
			return nil
		}
		b = b[length:]
	}
	return nil
}

// strict takes b as one packet or not at all.
func (e *Engine) strict(b []byte, ended bool) []byte {
	length := e.peekLength(b)
	switch {
	case len(b) == 0:
		return nil
	case len(b) > e.limit():
		e.tooLarge(len(b), ended)
	case length == len(b):
		e.packet(b)
	case !ended:
		return b
	case len(b) < HeaderLenV1 || length > len(b):
		e.drop(SizeMismatch, int64(len(b)), int64(max(length, HeaderLenV1)), nil, true)
	default:
		e.drop(Merged, 2, 1, nil, true)
	}
	return nil
}

// peekLength returns the length that the packet at b states, or 0.
func (e *Engine) peekLength(b []byte) int {
	if len(b) < HeaderLenV1 {
		return 0
	}
	return int(binary.BigEndian.Uint32(b[4:]))
}

// drop gives up a transfer.
func (e *Engine) drop(kind ViolationKind, value, want int64, cause error, ended bool) {
	e.counters.Dropped++
	e.asm.skip = !ended && !e.cfg.Stream
	e.violated(kind, nil, value, want, cause)
}

// tooLarge refuses a packet, in the words of an iPhone if we are one.
func (e *Engine) tooLarge(length int, ended bool) {
	e.drop(TooLarge, int64(length), int64(e.limit()), nil, ended)
	if e.role == Device {
		e.Say(e.now, ControlError, fmt.Sprintf("message was too large (%d bytes, max=%d)", length, MaxToDevice))
	}
}
