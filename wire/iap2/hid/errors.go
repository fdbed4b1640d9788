package hid

import (
	"errors"
	"fmt"
)

// Reasons for which reports are refused.
var (
	// ErrEmptyReport says that a report has not even an id and a link control
	// byte.
	ErrEmptyReport = errors.New("report without id and link control byte")
	// ErrReportID says that the direction has no report with this id.
	ErrReportID = errors.New("unknown report id")
	// ErrReportSize says that a report has not the length of its kind.
	ErrReportSize = errors.New("report of the wrong length")
	// ErrControl says that a link control byte has bits other than 0 and 1.
	ErrControl = errors.New("unknown link control bits")
	// ErrContinuation says that a report continues a packet that has not
	// begun.
	ErrContinuation = errors.New("continuation without a beginning")
	// ErrUnfinished says that a packet begins before the one before it ended;
	// the old one is lost.
	ErrUnfinished = errors.New("packet begins inside another")
	// ErrPacketSize says that a packet outgrew the longest link packet.
	ErrPacketSize = errors.New("packet longer than 65535 bytes")
	// ErrDescriptor says that a report descriptor is malformed.
	ErrDescriptor = errors.New("malformed report descriptor")
)

// Error says what was refused and where.
type Error struct {
	// Offset counts bytes from the start of the report or descriptor.
	Offset int
	// Field names what stands there, Value is what was found.
	Field string
	Value uint64
	// Err is one of the reasons of this package.
	Err error
}

// Error gives one line: offset, field, value, reason.
func (e *Error) Error() string {
	return fmt.Sprintf("hid: offset %d: %s = %d: %v", e.Offset, e.Field, e.Value, e.Err)
}

// Unwrap gives the reason.
func (e *Error) Unwrap() error { return e.Err }
