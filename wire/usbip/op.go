package usbip

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// Version is the version of the protocol in the OP layer.
const Version = 0x0111

// Port is the TCP port of a server.
const Port = 3240

// Code is an operation. Replies are the request's without the high bit.
type Code uint16

// Operations.
const (
	ReqDevlist Code = 0x8005
	RepDevlist Code = 0x0005
	ReqImport  Code = 0x8003
	RepImport  Code = 0x0003
)

func (c Code) String() string {
	switch c {
	case ReqDevlist:
		return "OP_REQ_DEVLIST"
	case RepDevlist:
		return "OP_REP_DEVLIST"
	case ReqImport:
		return "OP_REQ_IMPORT"
	case RepImport:
		return "OP_REP_IMPORT"
	}
	return fmt.Sprintf("operation %04X", uint16(c))
}

// Status is how an operation ended.
type Status uint32

// Error makes a Status other than StatusOK an error.
func (s Status) Error() string { return s.String() }

// Statuses.
const (
	StatusOK           Status = 0
	StatusNotAvailable Status = 1
	StatusBusy         Status = 2 // somebody has imported it
	StatusError        Status = 3 // of the device
	StatusNoDevice     Status = 4
	StatusUnexpected   Status = 5
)

func (s Status) String() string {
	text := [...]string{"ok", "not available", "device busy", "device in error", "no such device", "unexpected error"}
	if int64(s) < int64(len(text)) {
		return text[s]
	}
	return fmt.Sprintf("status %d", uint32(s))
}

// OpLen is the length of an [Op] in bytes.
const OpLen = 8

// Op begins every message of the OP layer.
//
//	0  u16  version
//	2  u16  code
//	4  u32  status; 0 in requests
type Op struct {
	Code   Code
	Status Status
}

// AppendTo appends the 8 bytes.
func (o Op) AppendTo(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, Version)
	dst = binary.BigEndian.AppendUint16(dst, uint16(o.Code))
	return binary.BigEndian.AppendUint32(dst, uint32(o.Status))
}

// ParseOp reads the first 8 bytes of b. Whether the code is one that is expected
// is for the caller.
func ParseOp(b []byte) (Op, error) {
	if len(b) < OpLen {
		return Op{}, short("OP header", len(b), OpLen)
	}
	if v := binary.BigEndian.Uint16(b); v != Version {
		return Op{}, &Error{"OP header", 0, "version", int64(v), Version, Version, ErrVersion}
	}
	return Op{Code(binary.BigEndian.Uint16(b[2:])), Status(binary.BigEndian.Uint32(b[4:]))}, nil
}

// Unknown is the error for an operation that this side does not take.
func (o Op) Unknown(want Code) error {
	return &Error{"OP header", 2, "code", int64(o.Code), int64(want), int64(want), ErrCode}
}

// BusIDLen is the length of a busid in bytes, with its final NUL.
const BusIDLen = 32

// CheckBusID reports whether a device can be exported by that name: 1 to 31
// bytes without a NUL.
func CheckBusID(id string) error {
	if id == "" || len(id) >= BusIDLen {
		return &Error{"busid", 0, "length", int64(len(id)), 1, BusIDLen - 1, ErrText}
	}
	if i := strings.IndexByte(id, 0); i >= 0 {
		return &Error{"busid", i, "byte", 0, 1, 255, ErrText}
	}
	return nil
}

// AppendBusID appends the 32 bytes that follow the header of an OP_REQ_IMPORT.
// What is too long is cut.
func AppendBusID(dst []byte, id string) []byte { return appendText(dst, id, BusIDLen) }

// ParseBusID reads them.
func ParseBusID(b []byte) (string, error) {
	if len(b) < BusIDLen {
		return "", short("OP_REQ_IMPORT", len(b), BusIDLen)
	}
	return parseText("OP_REQ_IMPORT", "busid", b, 0, BusIDLen)
}

func appendText(dst []byte, s string, n int) []byte {
	s = s[:min(len(s), n-1)]
	dst = append(dst, s...)
	return append(dst, make([]byte, n-len(s))...)
}

func parseText(message, field string, b []byte, offset, n int) (string, error) {
	b = b[offset : offset+n]
	end := bytes.IndexByte(b, 0)
	if end < 0 {
		return "", &Error{message, offset, field + " (length)", int64(n), 0, int64(n) - 1, ErrText}
	}
	return string(b[:end]), nil
}
