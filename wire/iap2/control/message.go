package control

import "encoding/binary"

// Sizes of the framing, in bytes.
const (
	// HeaderLen is the length of a message header.
	HeaderLen = 6
	// ParamHeaderLen is the length of a parameter header.
	ParamHeaderLen = 4
	// MaxMessageLen is the largest length that a message header can state.
	MaxMessageLen = 0xFFFF
	// MaxValueLen is the largest value that one parameter of a message holds.
	MaxValueLen = MaxMessageLen - HeaderLen - ParamHeaderLen
)

// startByte occurs twice at the start of every message.
const startByte = 0x40

// Message is one message of the control session.
//
//	offset  size  field
//	0       2     40 40
//	2       2     length of the whole message, these 6 bytes included
//	4       2     message id
//	6       ...   parameters
//
// Integers are big-endian. A Message refers to the bytes it was parsed from
// and does not copy them.
//
// Source: wiomoc/iap2, f-io/LIVI, JoeyEamigh/bridgething, wllm-rbnt/third-eye
// agree.
type Message struct {
	ID     uint16
	Params Params
}

// Parse reads b, which must hold exactly one message. It checks the framing
// of the message and of its top-level parameters; a parameter that is too
// short, runs over the end, or leaves trailing bytes makes it refuse the
// whole message (Source: JoeyEamigh/bridgething,
// redline-labs/digital_dashboard). Groups are checked when they are opened.
// Errors are of type *Error.
func Parse(b []byte) (Message, error) {
	if len(b) < HeaderLen {
		return Message{}, &Error{Field: "message header", Value: uint64(len(b)), Err: ErrIncomplete}
	}
	if b[0] != startByte || b[1] != startByte {
		return Message{}, &Error{Field: "start mark", Value: uint64(binary.BigEndian.Uint16(b)), Err: ErrStartMark}
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	id := binary.BigEndian.Uint16(b[4:])
	switch {
	case n < HeaderLen, n < len(b):
		return Message{}, &Error{Message: id, Offset: 2, Field: "message length", Value: uint64(n), Err: ErrMessageLength}
	case n > len(b):
		return Message{}, &Error{Message: id, Offset: 2, Field: "message length", Value: uint64(n), Err: ErrIncomplete}
	}
	p := Params{raw: b[HeaderLen:n:n], base: HeaderLen}
	if err := p.check(); err != nil {
		err.Message = id
		return Message{}, err
	}
	return Message{ID: id, Params: p}, nil
}

// Len is the length of the message on the wire in bytes.
func (m Message) Len() int { return HeaderLen + len(m.Params.raw) }

// AppendTo appends the message to dst. It fails with ErrTooLong, and leaves
// dst as it is, when the parameters exceed 65529 bytes; a Message that came
// from Parse or an Assembler never does.
func (m Message) AppendTo(dst []byte) ([]byte, error) {
	n := m.Len()
	if n > MaxMessageLen {
		return dst, &Error{Message: m.ID, Offset: 2, Field: "message length", Value: uint64(n), Err: ErrTooLong}
	}
	dst = append(dst, startByte, startByte, byte(n>>8), byte(n), byte(m.ID>>8), byte(m.ID))
	return append(dst, m.Params.raw...), nil
}

// Clone copies the message, so that it outlives the buffer it was read from.
func (m Message) Clone() Message {
	m.Params.raw = append([]byte(nil), m.Params.raw...)
	return m
}
