package filetransfer

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// HeaderLen is the length of id and control code before the data, in bytes.
const HeaderLen = 2

// Overhead is what a data datagram costs of a link packet: 10 bytes of the
// link and 2 of its own.
const Overhead = 12

// TypeArtwork is the type of a file that holds the artwork of a media item.
// Source: JoeyEamigh/bridgething.
const TypeArtwork = 2

// Code says what a datagram does.
type Code uint8

// The control codes, by sender.
const (
	// CodeData carries bytes between the first and the last; from the sender.
	CodeData Code = 0x00
	// CodeStart lets the sender begin or, after a pause, go on; from the
	// receiver.
	CodeStart Code = 0x01
	// CodeCancel ends the transfer; from either side.
	CodeCancel Code = 0x02
	// CodePause stops the sender until a start; from the receiver.
	CodePause Code = 0x03
	// CodeSetup announces size and type; from the sender.
	CodeSetup Code = 0x04
	// CodeSuccess confirms the whole file; from the receiver.
	CodeSuccess Code = 0x05
	// CodeFailure rejects the file; from the receiver. Inferred.
	CodeFailure Code = 0x06
	// CodeLast carries the last bytes; from the sender.
	CodeLast Code = 0x40
	// CodeFirst carries the first bytes; from the sender.
	CodeFirst Code = 0x80
	// CodeOnly carries the whole file; from the sender.
	CodeOnly Code = 0xC0
)

var codeNames = map[Code]string{
	CodeData: "data", CodeStart: "start", CodeCancel: "cancel", CodePause: "pause", CodeSetup: "setup",
	CodeSuccess: "success", CodeFailure: "failure", CodeLast: "last data", CodeFirst: "first data", CodeOnly: "only data",
}

// String names the code.
func (c Code) String() string {
	if s := codeNames[c]; s != "" {
		return s
	}
	return fmt.Sprintf("code %02X", uint8(c))
}

// carriesData tells whether bytes of the file follow.
func (c Code) carriesData() bool { return c&0x3F == 0 }

// Reasons for which datagrams are refused or ignored.
var (
	// ErrShort says that a datagram has no room for id and code.
	ErrShort = errors.New("datagram shorter than id and code")
	// ErrSetupSize says that a setup has neither 10 nor 11 bytes.
	ErrSetupSize = errors.New("setup has neither 10 nor 11 bytes")
	// ErrUnknownCode says that the code is none of those known.
	ErrUnknownCode = errors.New("unknown code")
	// ErrEmpty says that a file of 0 bytes is announced; it is ignored.
	ErrEmpty = errors.New("file of 0 bytes")
	// ErrTooLarge says that more is announced than the receiver takes.
	ErrTooLarge = errors.New("file larger than the receiver takes")
	// ErrNoSetup says that no transfer with this id is under way.
	ErrNoSetup = errors.New("no such transfer")
	// ErrDirection says that the other side should have sent this code.
	ErrDirection = errors.New("code from the wrong side")
	// ErrSequence says that the code does not fit what went before.
	ErrSequence = errors.New("code out of sequence")
	// ErrOverflow says that more bytes came than were announced.
	ErrOverflow = errors.New("more bytes than announced")
	// ErrUnderflow says that the last bytes came before the announced size.
	ErrUnderflow = errors.New("fewer bytes than announced")
)

// Error says what was refused and where.
type Error struct {
	ID   uint8
	Code Code
	// Offset counts bytes from the start of the datagram.
	Offset int
	// Field names what stands there, Value is what was found.
	Field string
	Value uint64
	// Err is one of the reasons of this package.
	Err error
}

// Error gives one line: transfer, code, offset, field, value, reason.
func (e *Error) Error() string {
	return fmt.Sprintf("filetransfer: transfer %d, %v, offset %d: %s = %d: %v", e.ID, e.Code, e.Offset, e.Field, e.Value, e.Err)
}

// Unwrap gives the reason.
func (e *Error) Unwrap() error { return e.Err }

// Datagram is the payload of one link packet on the file transfer session.
//
//	offset  size  field
//	0       1     transfer id
//	1       1     control code
//	2       ...   data, by code
type Datagram struct {
	ID   uint8
	Code Code
	// Data refers to the bytes the datagram was parsed from.
	Data []byte
}

// Parse reads the payload of a link packet. It fails with ErrShort, in an
// *Error. Unknown codes are read too.
func Parse(b []byte) (Datagram, error) {
	if len(b) < HeaderLen {
		return Datagram{}, &Error{Offset: len(b), Field: "datagram size", Value: uint64(len(b)), Err: ErrShort}
	}
	return Datagram{ID: b[0], Code: Code(b[1]), Data: b[HeaderLen:]}, nil
}

// AppendTo appends the datagram to dst.
func (d Datagram) AppendTo(dst []byte) []byte {
	return append(append(dst, d.ID, byte(d.Code)), d.Data...)
}

// MaxData is the most data one datagram carries to a peer whose link packets
// are at most peerMaxLen bytes long: 12 less, never below 0.
func MaxData(peerMaxLen int) int { return max(0, peerMaxLen-Overhead) }

// Setup announces a file.
//
//	offset  size  field
//	0       8     size in bytes
//	8       0, 1  reserved, in the older form alone
//	8, 9    2     type
//
// Integers are big-endian. Source: JoeyEamigh/bridgething.
type Setup struct {
	Size uint64
	Type uint16
	// Older selects the 11-byte form, whose reserved byte is Reserved.
	Older    bool
	Reserved uint8
}

// Setup reads the data of a datagram with CodeSetup. It fails with
// ErrSetupSize, in an *Error.
func (d Datagram) Setup() (Setup, error) {
	switch len(d.Data) {
	case 10:
		return Setup{Size: binary.BigEndian.Uint64(d.Data), Type: binary.BigEndian.Uint16(d.Data[8:])}, nil
	case 11:
		return Setup{Size: binary.BigEndian.Uint64(d.Data), Reserved: d.Data[8], Older: true, Type: binary.BigEndian.Uint16(d.Data[9:])}, nil
	}
	return Setup{}, d.fail("setup size", uint64(len(d.Data)), ErrSetupSize)
}

// AppendTo appends a whole setup datagram to dst.
func (s Setup) AppendTo(dst []byte, id uint8) []byte {
	dst = append(dst, id, byte(CodeSetup))
	dst = binary.BigEndian.AppendUint64(dst, s.Size)
	if s.Older {
		dst = append(dst, s.Reserved)
	}
	return binary.BigEndian.AppendUint16(dst, s.Type)
}

// String describes a datagram in one line.
func (d Datagram) String() string {
	switch {
	case d.Code == CodeSetup:
		if s, err := d.Setup(); err == nil {
			return fmt.Sprintf("transfer %d setup: %d bytes, type %d", d.ID, s.Size, s.Type)
		}
	case !d.Code.carriesData() && len(d.Data) == 0:
		return fmt.Sprintf("transfer %d %v", d.ID, d.Code)
	}
	return fmt.Sprintf("transfer %d %v: %d bytes", d.ID, d.Code, len(d.Data))
}

func (d Datagram) fail(field string, value uint64, reason error) *Error {
	return &Error{ID: d.ID, Code: d.Code, Offset: HeaderLen, Field: field, Value: value, Err: reason}
}

// misplaced is the error for a code that is not due.
func (d Datagram) misplaced(reason error) *Error {
	return &Error{ID: d.ID, Code: d.Code, Offset: 1, Field: "code", Value: uint64(d.Code), Err: reason}
}
