package lockdown

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/plugfest/plugfest/wire/plist"
)

// Port is where lockdown listens on a device.
const Port = 62078

// FrameHeaderLen is the length of a frame's length.
const FrameHeaderLen = 4

// DefaultMaxLength is the longest message that a [Decoder] takes unless it is
// told otherwise.
const DefaultMaxLength = plist.DefaultSize

// AppendFrame appends v as a framed property list in the given format. The
// errors are those of plist.Append.
func AppendFrame(dst []byte, f plist.Format, v any) ([]byte, error) {
	at := len(dst)
	out, err := plist.Append(append(dst, 0, 0, 0, 0), f, v)
	if err != nil {
		return dst, err
	}
	binary.BigEndian.PutUint32(out[at:], uint32(len(out)-at-FrameHeaderLen))
	return out, nil
}

// Sentinels inside a [*FrameError].
var (
	ErrLength    = errors.New("impossible length")
	ErrTruncated = errors.New("stream ended inside a message")
)

// FrameError says where a stream stopped making sense. It is final.
type FrameError struct {
	Offset int64  // of the length in the stream
	Value  uint64 // the length stated, or for ErrTruncated the bytes that came
	Limit  uint64 // the most, or what should have come
	Err    error
}

// Error names offset, value and bound.
func (e *FrameError) Error() string {
	hint := ""
	if e.Err == ErrLength && e.Value>>16 == 0x1603 {
		hint = " (a TLS record?)"
	}
	return fmt.Sprintf("lockdown: offset %d: message length: %v: %d, limit %d%s", e.Offset, e.Err, e.Value, e.Limit, hint)
}

// Unwrap returns the sentinel.
func (e *FrameError) Unwrap() error { return e.Err }

// Decoder cuts a stream into messages. It keeps only bytes that came, one
// message at most, and gives a large buffer back when it is empty. The zero
// value is ready.
type Decoder struct {
	// MaxLength is the longest message taken, without its length; 0 means
	// DefaultMaxLength.
	MaxLength int

	buf   []byte
	start int
	off   int64
	err   error
}

// keepBuffer is how large a buffer may stay with an idle decoder.
const keepBuffer = 16 << 10

// Feed hands over the next bytes of the stream. They are copied.
func (d *Decoder) Feed(p []byte) {
	if d.err != nil {
		return
	}
	if d.start == len(d.buf) && cap(d.buf) > keepBuffer {
		d.buf, d.start = nil, 0
	}
	if d.start > 0 {
		d.buf = d.buf[:copy(d.buf, d.buf[d.start:])]
		d.start = 0
	}
	d.buf = append(d.buf, p...)
}

// Next returns the property list of the next whole message, false when more
// bytes are needed, or a [*FrameError], which is final. The list is borrowed until
// the next Feed.
func (d *Decoder) Next() ([]byte, bool, error) {
	if d.err != nil {
		return nil, false, d.err
	}
	b := d.buf[d.start:]
	if len(b) < FrameHeaderLen {
		return nil, false, nil
	}
	limit := uint64(DefaultMaxLength)
	if d.MaxLength > 0 {
		limit = uint64(d.MaxLength)
	}
	n := uint64(binary.BigEndian.Uint32(b))
	if n == 0 || n > limit {
		d.err = &FrameError{Offset: d.off, Value: n, Limit: limit, Err: ErrLength}
		d.buf, d.start = nil, 0
		return nil, false, d.err
	}
	n += FrameHeaderLen
	if uint64(len(b)) < n {
		return nil, false, nil
	}
	d.start += int(n)
	d.off += int64(n)
	return b[FrameHeaderLen:n:n], true, nil
}

// Rest takes out the bytes that are no whole message yet: where TLS begins or
// ends, they are of the layer below.
func (d *Decoder) Rest() []byte {
	rest := d.buf[d.start:]
	d.buf, d.start = nil, 0
	return rest
}

// Finish reports ErrTruncated if the stream ended inside a message.
func (d *Decoder) Finish() error {
	have := uint64(len(d.buf) - d.start)
	switch {
	case d.err != nil:
		return d.err
	case have == 0:
		return nil
	}
	want := uint64(FrameHeaderLen)
	if have >= FrameHeaderLen {
		want += uint64(binary.BigEndian.Uint32(d.buf[d.start:]))
	}
	return &FrameError{Offset: d.off, Value: have, Limit: want, Err: ErrTruncated}
}
