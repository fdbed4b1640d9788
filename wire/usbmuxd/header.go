package usbmuxd

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Header is the 16 bytes before every message, little-endian.
//
//	offset 0   u32 length   whole message, header included
//	offset 4   u32 version  0 binary, 1 property list
//	offset 8   u32 message  kind
//	offset 12  u32 tag      chosen by the client, echoed; 0 in notifications
type Header struct {
	Length  uint32
	Version uint32
	Kind    uint32
	Tag     uint32
}

// HeaderLen is the length of a header in bytes.
const HeaderLen = 16

// Versions of the protocol.
const (
	Binary = 0
	Plist  = 1
)

// Kinds of message. All of version 1 are KindPlist.
const (
	KindResult   = 1
	KindConnect  = 2
	KindListen   = 3
	KindAttached = 4
	KindDetached = 5
	KindPaired   = 6
	KindPlist    = 8
)

// MaxMessage is the longest message that usbmuxd 1.1.1 takes, in bytes; [Decoder]
// takes no longer one unless told to.
const MaxMessage = 65536

// Reasons of a [FrameError] or [MessageError].
var (
	ErrLength  = errors.New("length is impossible")
	ErrTooLong = errors.New("message is too long")
	ErrVersion = errors.New("unknown protocol version")
	ErrKind    = errors.New("unknown kind of message")
	ErrShort   = errors.New("message is too short")
	ErrPayload = errors.New("no XML property list")
)

// FrameError says where a stream stopped making sense. Nothing after it can be
// read.
type FrameError struct {
	Offset int64 // of the message in the stream
	Field  string
	Value  uint64
	Limit  uint64
	Err    error
}

func (e *FrameError) Error() string {
	return fmt.Sprintf("usbmuxd: offset %d: %s is %d, limit %d: %v", e.Offset, e.Field, e.Value, e.Limit, e.Err)
}

// Unwrap returns the reason.
func (e *FrameError) Unwrap() error { return e.Err }

// Message is one message as it is framed. The payload is valid until the next
// call of the [Decoder] that it came from.
type Message struct {
	Header
	Payload []byte
}

// append frames a payload that build appends.
func appendMessage(dst []byte, version, kind, tag uint32, build func([]byte) ([]byte, error)) ([]byte, error) {
	start := len(dst)
	dst = append(dst, make([]byte, HeaderLen)...)
	out, err := build(dst)
	if err != nil {
		return dst[:start], err
	}
	h := out[start:]
	binary.LittleEndian.PutUint32(h[0:], uint32(len(h)))
	binary.LittleEndian.PutUint32(h[4:], version)
	binary.LittleEndian.PutUint32(h[8:], kind)
	binary.LittleEndian.PutUint32(h[12:], tag)
	return out, nil
}

// Decoder cuts a stream into messages. The zero value takes messages of up to
// [MaxMessage] bytes. It keeps what it was given and no more.
type Decoder struct {
	Limit uint32 // longest message in bytes; 0 means MaxMessage

	buf  []byte
	next int
	base int64
	err  error
}

// Feed adds bytes of the stream. It invalidates the payloads given out before.
func (d *Decoder) Feed(p []byte) {
	if d.next > 0 {
		n := copy(d.buf, d.buf[d.next:])
		d.buf = d.buf[:n]
		d.base += int64(d.next)
		d.next = 0
	}
	d.buf = append(d.buf, p...)
}

// Next returns the next message, or ok false where more bytes are needed. An
// error is a [*FrameError], and final.
func (d *Decoder) Next() (m Message, ok bool, err error) {
	if d.err != nil {
		return m, false, d.err
	}
	b := d.buf[d.next:]
	if len(b) < HeaderLen {
		return m, false, nil
	}
	m.Length = binary.LittleEndian.Uint32(b)
	limit := d.Limit
	if limit == 0 {
		limit = MaxMessage
	}
	switch {
	case m.Length < HeaderLen:
		d.err = d.fail(m.Length, HeaderLen, ErrLength)
		return m, false, d.err
	case m.Length > limit:
		d.err = d.fail(m.Length, limit, ErrTooLong)
		return m, false, d.err
	case uint64(len(b)) < uint64(m.Length):
		return m, false, nil
	}
	m.Version = binary.LittleEndian.Uint32(b[4:])
	m.Kind = binary.LittleEndian.Uint32(b[8:])
	m.Tag = binary.LittleEndian.Uint32(b[12:])
	m.Payload = b[HeaderLen:m.Length:m.Length]
	d.next += int(m.Length)
	return m, true, nil
}

func (d *Decoder) fail(value, limit uint32, err error) error {
	return &FrameError{Offset: d.base + int64(d.next), Field: "length", Value: uint64(value), Limit: uint64(limit), Err: err}
}

// Pending returns how many bytes there are of a message that is not whole.
func (d *Decoder) Pending() int { return len(d.buf) - d.next }

// Rest takes out the bytes that are no message yet: the beginning of a
// connection, after a Connect.
func (d *Decoder) Rest() []byte {
	rest := append([]byte(nil), d.buf[d.next:]...)
	d.base += int64(len(d.buf))
	d.buf, d.next = d.buf[:0], 0
	return rest
}
