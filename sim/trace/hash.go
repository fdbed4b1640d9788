package trace

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"github.com/plugfest/plugfest/sim"
)

// A Hash is the SHA-256 of a stream of events in their canonical form, so that
// two runs can be compared without keeping either.
type Hash struct {
	h   hash.Hash
	buf []byte
	n   uint64
}

// NewHash returns the hash of no events.
func NewHash() *Hash { return &Hash{h: sha256.New()} }

// Observe adds an event.
func (h *Hash) Observe(e *sim.Event) {
	h.buf = appendHead(h.buf[:0], e)
	h.h.Write(h.buf)
	h.h.Write(e.Data)
	h.n++
}

// Events returns how many events were added.
func (h *Hash) Events() uint64 { return h.n }

// Sum returns the hash of the events so far.
func (h *Hash) Sum() (sum [sha256.Size]byte) {
	h.h.Sum(sum[:0])
	return sum
}

// String returns the hash so far in hexadecimal.
func (h *Hash) String() string {
	sum := h.Sum()
	return hex.EncodeToString(sum[:])
}

// AppendCanonical appends an event's canonical form: different events differ in
// it, whatever they contain. All integers are big-endian; a text is its length
// (4 bytes) and its bytes.
//
//	size  field
//	8     Seq
//	8     At in ns
//	text  Who
//	text  Layer
//	text  Kind
//	4     number of fields; for each
//	text    key
//	1       1 for a number, 0 for a text
//	8/text  value
//	text  Data
func AppendCanonical(dst []byte, e *sim.Event) []byte {
	return append(appendHead(dst, e), e.Data...)
}

func appendHead(dst []byte, e *sim.Event) []byte {
	dst = binary.BigEndian.AppendUint64(dst, e.Seq)
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.At))
	dst = appendText(dst, e.Who)
	dst = appendText(dst, e.Layer)
	dst = appendText(dst, e.Kind)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(e.Fields)))
	for i := range e.Fields {
		f := &e.Fields[i]
		dst = appendText(dst, f.Key)
		if f.IsNum {
			dst = binary.BigEndian.AppendUint64(append(dst, 1), uint64(f.Num))
		} else {
			dst = appendText(append(dst, 0), f.Text)
		}
	}
	return binary.BigEndian.AppendUint32(dst, uint32(len(e.Data)))
}

func appendText(dst []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(s))), s...)
}
