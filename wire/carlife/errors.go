package carlife

import (
	"errors"
	"fmt"
)

// Sentinels inside a [*FrameError]. A decoder that has returned one stays
// failed: the protocol cannot be resynchronised.
var (
	// ErrChannel: a channel outside of 1..6, or a message id of another
	// channel than the one that carries it. The usual cause is a lost byte or
	// an 8-byte header where 12 are due.
	ErrChannel = errors.New("no such channel here (lost byte, or wrong header size?)")
	// ErrTooLong: a length above the limit of its buffer.
	ErrTooLong = errors.New("longer than the receiver's buffer")
	// ErrTooShort: a mux frame with no room for the message header.
	ErrTooShort = errors.New("no room for the message header")
	// ErrMismatch: mux length and inner payload length disagree.
	ErrMismatch = errors.New("mux length is not message header plus payload")
	// ErrTruncated: the stream ended inside a frame.
	ErrTruncated = errors.New("stream ended inside a frame")
)

// FrameError says where a byte stream stopped making sense.
type FrameError struct {
	Offset  int64   // of the field in the stream; -1 when encoding
	Channel Channel // zero if not known yet
	Field   string  // "mux channel", "mux length", "payload length", "message id", "frame"
	Value   uint64  // what the field held
	Limit   uint64  // the bound it broke, or the value it should have had; zero if none
	Err     error   // one of the sentinels above
}

// Error names offset, field, value and bound.
func (e *FrameError) Error() string {
	where := "encoding"
	if e.Offset >= 0 {
		where = fmt.Sprintf("offset %d", e.Offset)
	}
	if e.Channel != 0 {
		where += ", " + e.Channel.String()
	}
	val := fmt.Sprintf("%d", e.Value)
	if e.Field == "message id" {
		val = ID(e.Value).Hex()
	}
	switch e.Err {
	case ErrTooLong:
		val += fmt.Sprintf(" (limit %d)", e.Limit)
	case ErrTooShort, ErrMismatch, ErrTruncated:
		val += fmt.Sprintf(" (want %d)", e.Limit)
	}
	return fmt.Sprintf("carlife: %s: %s %s: %v", where, e.Field, val, e.Err)
}

// Unwrap returns the sentinel.
func (e *FrameError) Unwrap() error { return e.Err }
