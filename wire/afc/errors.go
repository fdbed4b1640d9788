package afc

import (
	"errors"
	"fmt"
)

// Sentinels inside a [*FrameError]. A decoder that has returned one stays
// failed: without a header that can be believed, the next one cannot be found.
var (
	// ErrMagic: the eight bytes are not CFA6LPAA. The usual cause is a peer
	// that speaks something else, or a length that was wrong before.
	ErrMagic = errors.New("not an AFC packet (wrong service, or a wrong length before?)")
	// ErrTooShort: ThisLength has no room for the header.
	ErrTooShort = errors.New("no room for the header")
	// ErrMismatch: EntireLength is below ThisLength.
	ErrMismatch = errors.New("entire length is below this length")
	// ErrTooLong: a length above the receiver's limit.
	ErrTooLong = errors.New("longer than the receiver takes")
	// ErrTruncated: the stream ended inside a packet.
	ErrTruncated = errors.New("stream ended inside a packet")
)

// FrameError says where a byte stream stopped making sense.
type FrameError struct {
	Offset    int64  // of the field in the stream
	Field     string // "magic", "this length", "entire length", "packet"
	Value     uint64 // what the field held; for "packet", how many bytes there were
	Limit     uint64 // the bound that it broke, or the value it should have had
	PacketNum uint64 // of the packet, once its header was read; else zero
	Err       error  // one of the sentinels above
}

// Error names offset, field, value and bound.
func (e *FrameError) Error() string {
	val := fmt.Sprintf("%d", e.Value)
	switch e.Err {
	case ErrMagic:
		val = fmt.Sprintf("%02x (want %02x)", e.Value, e.Limit)
	case ErrTooLong:
		val += fmt.Sprintf(" (limit %d)", e.Limit)
	default:
		val += fmt.Sprintf(" (want %d)", e.Limit)
	}
	return fmt.Sprintf("afc: offset %d: %s %s: %v", e.Offset, e.Field, val, e.Err)
}

// Unwrap returns the sentinel.
func (e *FrameError) Unwrap() error { return e.Err }

// Status returns what a receiver answers before it gives up.
func (e *FrameError) Status() Status {
	if e.Err == ErrTooLong {
		return StatusTooMuchData
	}
	return StatusHeaderInvalid
}

// Sentinels inside an [*ArgError].
var (
	// ErrArgMissing: the arguments end before the field does.
	ErrArgMissing = errors.New("arguments end here")
	// ErrArgNUL: a NUL in a path to be sent would end it.
	ErrArgNUL = errors.New("a path to be sent holds a NUL")
	// ErrOpUnknown: no arguments are known for the operation.
	ErrOpUnknown = errors.New("no such request")
)

// ArgError says which argument of an operation could not be read or written.
type ArgError struct {
	Op     Op
	Field  Field  // zero for ErrOpUnknown
	Offset int    // in the arguments
	Value  uint64 // how many bytes there were, or where the NUL stands
	Err    error
}

// Error names operation, offset and field.
func (e *ArgError) Error() string {
	if e.Field == 0 {
		return fmt.Sprintf("afc: %v: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("afc: %v: offset %d: %v %d: %v", e.Op, e.Offset, e.Field, e.Value, e.Err)
}

// Unwrap returns the sentinel.
func (e *ArgError) Unwrap() error { return e.Err }
