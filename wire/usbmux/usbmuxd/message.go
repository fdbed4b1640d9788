package usbmuxd

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Version is the form of a message: the second field of its header.
type Version uint32

// Versions.
const (
	Binary Version = 0
	Plist  Version = 1
)

// Type is what a message is: the third field of its header.
type Type uint32

// Types. Requests are Connect, Listen and Plist; the numbers 4 to 6 are
// notifications. Source: usbmuxd (libimobiledevice).
const (
	TypeResult   Type = 1
	TypeConnect  Type = 2
	TypeListen   Type = 3 // "hello" in early programs
	TypeAttached Type = 4
	TypeDetached Type = 5
	TypePaired   Type = 6
	TypePlist    Type = 8 // every message of version 1
)

// String names the type.
func (t Type) String() string {
	switch t {
	case TypeResult:
		return "Result"
	case TypeConnect:
		return "Connect"
	case TypeListen:
		return "Listen"
	case TypeAttached:
		return "Attached"
	case TypeDetached:
		return "Detached"
	case TypePaired:
		return "Paired"
	case TypePlist:
		return "Plist"
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// HeaderLen is the length of a header.
const HeaderLen = 16

// Limits of a message's length, header included.
const (
	// MaxRequest is what usbmuxd takes; it closes the socket on a longer one.
	MaxRequest = 65536
	// MaxReply is what go-ios takes.
	MaxReply = 16 << 20
)

// Message is one message. All fields are little-endian.
//
//	0  u32  length of the whole message
//	4  u32  version
//	8  u32  type
//	12 u32  tag: the client's choice, echoed in the reply; 0 in notifications
//
// Source: usbmuxd (libimobiledevice), observed.
type Message struct {
	Version Version
	Type    Type
	Tag     uint32
	Payload []byte
}

// AppendTo appends the message.
func (m Message) AppendTo(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(HeaderLen+len(m.Payload)))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(m.Version))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(m.Type))
	dst = binary.LittleEndian.AppendUint32(dst, m.Tag)
	return append(dst, m.Payload...)
}

// Sentinels of the errors here.
var (
	ErrLength    = errors.New("length field is impossible")
	ErrTruncated = errors.New("stream ended inside a message")
)

// FrameError says where a stream stopped making sense. It is final.
type FrameError struct {
	Offset int64  // of the field in the stream
	Value  uint64 // the length stated, or for ErrTruncated that which came
	Limit  uint64 // the bound it broke, or what should have come
	Err    error
}

// Error names offset, field, value and bound.
func (e *FrameError) Error() string {
	return fmt.Sprintf("usbmuxd: offset %d: message length: %v: %d, want %d", e.Offset, e.Err, e.Value, e.Limit)
}

// Unwrap returns the sentinel.
func (e *FrameError) Unwrap() error { return e.Err }

// Decoder cuts a stream into messages. Memory is bounded by one message, and only
// bytes that came are kept. The zero value takes what usbmuxd takes.
type Decoder struct {
	// MaxLength is the longest message taken, header included; 0 means
	// MaxRequest. A client uses MaxReply.
	MaxLength int

	buf   []byte
	start int
	off   int64
	err   error
}

// Feed hands over the next bytes of the stream. They are copied.
func (d *Decoder) Feed(p []byte) {
	if d.err != nil {
		return
	}
	if d.start > 0 {
		d.buf = d.buf[:copy(d.buf, d.buf[d.start:])]
		d.start = 0
	}
	d.buf = append(d.buf, p...)
}

// Next returns the next whole message, false when more bytes are needed, or a
// [*FrameError], which is final. The payload is borrowed until the next Feed.
func (d *Decoder) Next() (Message, bool, error) {
	if d.err != nil {
		return Message{}, false, d.err
	}
	b := d.buf[d.start:]
	if len(b) < 4 {
		return Message{}, false, nil
	}
	limit := uint64(MaxRequest)
	if d.MaxLength > 0 {
		limit = uint64(d.MaxLength)
	}
	n := uint64(binary.LittleEndian.Uint32(b))
	if n < HeaderLen || n > limit {
		if n < HeaderLen {
			limit = HeaderLen
		}
		d.err = &FrameError{Offset: d.off, Value: n, Limit: limit, Err: ErrLength}
		d.buf, d.start = nil, 0
		return Message{}, false, d.err
	}
	if uint64(len(b)) < n {
		return Message{}, false, nil
	}
	d.start += int(n)
	d.off += int64(n)
	return Message{
		Version: Version(binary.LittleEndian.Uint32(b[4:])),
		Type:    Type(binary.LittleEndian.Uint32(b[8:])),
		Tag:     binary.LittleEndian.Uint32(b[12:]),
		Payload: b[HeaderLen:n:n],
	}, true, nil
}

// Rest takes out the bytes that are no whole message yet: after a Connect that
// was answered by 0, those of the connection.
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
	want := uint64(HeaderLen)
	if have >= 4 {
		want = uint64(binary.LittleEndian.Uint32(d.buf[d.start:]))
	}
	return &FrameError{Offset: d.off, Value: have, Limit: want, Err: ErrTruncated}
}
