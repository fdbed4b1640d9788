package usbip

import (
	"errors"
	"fmt"
)

// Reasons of an [*Error].
var (
	// ErrTruncated: the bytes end before the message does.
	ErrTruncated = errors.New("not all of it is there")
	// ErrVersion: another version of the protocol, or another protocol.
	ErrVersion = errors.New("not USB/IP 1.1.1")
	// ErrCode: an operation or a command that this side does not take.
	ErrCode = errors.New("unknown here")
	// ErrRange: a field is outside of what it can be; the stream is out of step,
	// or its writer broken.
	ErrRange = errors.New("out of range")
	// ErrText: a busid or path without end, or one that does not fit.
	ErrText = errors.New("no text that ends within the field")
)

// Error says which field of a message makes no sense.
type Error struct {
	Message string // "OP header", "CMD_SUBMIT", ...
	Offset  int    // of the field in the message
	Field   string // as the kernel's documentation calls it
	Value   int64
	Min     int64 // what it may be
	Max     int64
	Err     error // one of the reasons above
}

func (e *Error) Error() string {
	want := fmt.Sprintf("%d", e.Min)
	if e.Max > e.Min {
		want = fmt.Sprintf("%d to %d", e.Min, e.Max)
	}
	return fmt.Sprintf("usbip: %s, offset %d: %s is %d, want %s: %v", e.Message, e.Offset, e.Field, e.Value, want, e.Err)
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

func short(message string, have, want int) error {
	return &Error{message, have, "length", int64(have), int64(want), int64(want), ErrTruncated}
}
