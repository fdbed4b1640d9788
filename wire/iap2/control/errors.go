package control

import (
	"errors"
	"fmt"
	"strings"
)

// Reasons for which bytes are refused. Every decoding error of this package
// is an *Error that wraps one of them.
var (
	// ErrIncomplete says that more bytes are needed. It is the only error that
	// is not a fault of the peer.
	ErrIncomplete = errors.New("more bytes needed")
	// ErrStartMark says that a message does not begin with 40 40.
	ErrStartMark = errors.New("start mark 40 40 missing")
	// ErrMessageLength says that the length in a message header is below 6,
	// above the limit of the reader, or not that of the bytes given.
	ErrMessageLength = errors.New("impossible message length")
	// ErrParamLength says that a parameter length is below its 4-byte header.
	ErrParamLength = errors.New("parameter length below 4")
	// ErrParamOverrun says that a parameter runs past the end of its block.
	ErrParamOverrun = errors.New("parameter runs past the end")
	// ErrTrailing says that 1 to 3 bytes, too few for a parameter header,
	// follow the last parameter.
	ErrTrailing = errors.New("bytes after the last parameter")
	// ErrMissing says that a parameter that was asked for is not there.
	ErrMissing = errors.New("parameter missing")
	// ErrValueSize says that a value has a size that its type cannot have.
	ErrValueSize = errors.New("value has the wrong size")
	// ErrNoTerminator says that a string does not end with NUL.
	ErrNoTerminator = errors.New("string without terminating NUL")
	// ErrInnerNUL says that a string has a NUL before its last byte.
	ErrInnerNUL = errors.New("NUL inside a string")
)

// Reasons for which a message cannot be built.
var (
	// ErrTooLong says that a message or parameter exceeds its 16-bit length.
	ErrTooLong = errors.New("exceeds the 16-bit length")
	// ErrGroupNesting says that groups were opened and closed unevenly or
	// nested deeper than MaxGroupDepth.
	ErrGroupNesting = errors.New("groups opened and closed unevenly")
	// ErrUnknownName says that the catalogue has no message, parameter or
	// enumeration value of that name.
	ErrUnknownName = errors.New("not in the catalogue")
	// ErrValueType says that a Go value does not suit the parameter's type.
	ErrValueType = errors.New("value does not suit the parameter type")
	// ErrValueRange says that a number does not fit the parameter's type.
	ErrValueRange = errors.New("value out of range")
)

// Error says what was refused and where.
type Error struct {
	// Message is the id of the message, 0 where it was not read.
	Message uint16
	// Offset counts bytes from the start mark of the message; in errors of an
	// Assembler, from the start of the stream.
	Offset int64
	// Field names what was read or written there: "start mark", "message
	// length", "parameter 0x0004 length", "parameter 0x0002".
	Field string
	// Value is the number that was found, in most cases a length.
	Value uint64
	// Err is one of the reasons of this package.
	Err error
}

// Error gives one line: message, offset, field, value, reason.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("control: ")
	if e.Message != 0 {
		fmt.Fprintf(&b, "message %04X, ", e.Message)
	}
	value := "%d"
	if e.Err == ErrStartMark {
		value = "%#x"
	}
	fmt.Fprintf(&b, "offset %d: %s = "+value+": %v", e.Offset, e.Field, e.Value, e.Err)
	return b.String()
}

// Unwrap gives the reason.
func (e *Error) Unwrap() error { return e.Err }

func paramError(id uint16, part string, offset int, value int, err error) *Error {
	field := fmt.Sprintf("parameter 0x%04X", id)
	if part != "" {
		field += " " + part
	}
	return &Error{Offset: int64(offset), Field: field, Value: uint64(value), Err: err}
}
