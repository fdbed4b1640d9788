package usbmux

import (
	"errors"
	"fmt"
)

// Errors of [Engine] and [Conn].
var (
	ErrNotActive    = errors.New("usbmux: not active, the versions are not agreed")
	ErrHostOpens    = errors.New("usbmux: only a host opens connections")
	ErrTooManyConns = errors.New("usbmux: too many connections, see Config.MaxConns")
	ErrConnState    = errors.New("usbmux: not in this state of the connection")
)

// Sentinels inside a [*PacketError].
var (
	ErrShort    = errors.New("too short")
	ErrTooLong  = errors.New("too long")
	ErrMismatch = errors.New("length field and length differ")
	ErrMagic    = errors.New("wrong magic")
	ErrProtocol = errors.New("wrong protocol")
)

// PacketError says what is wrong with a packet.
type PacketError struct {
	Field  string // "header", "length", "magic", "segment", "version", "control", "payload"
	Offset int    // of the field in the packet
	Value  uint64 // what was there
	Want   uint64 // what should be, or the bound
	Err    error  // one of the sentinels above
}

// Error names field, offset, value and bound.
func (e *PacketError) Error() string {
	format := "usbmux: offset %d: %s: %v: %d, want %d"
	if e.Err == ErrMagic {
		format = "usbmux: offset %d: %s: %v: %08x, want %08x"
	}
	return fmt.Sprintf(format, e.Offset, e.Field, e.Err, e.Value, e.Want)
}

// Unwrap returns the sentinel.
func (e *PacketError) Unwrap() error { return e.Err }

func short(field string, offset, have, want int) error {
	return &PacketError{Field: field, Offset: offset, Value: uint64(have), Want: uint64(want), Err: ErrShort}
}
