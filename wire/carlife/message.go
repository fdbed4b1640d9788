package carlife

import (
	"encoding/binary"
	"iter"
	"math"
)

// Message is one CarLife message: its header's fields and its payload.
type Message struct {
	ID        ID
	Channel   Channel // the stream that carried it; zero means ID.Channel()
	Reserved  uint16  // short header only; zero in every known message
	Timestamp uint32  // ms, long header only
	Payload   []byte
}

// Carrier returns the channel that carries m.
func (m Message) Carrier() Channel {
	if m.Channel != 0 {
		return m.Channel
	}
	return m.ID.Channel()
}

// WireLen returns the bytes of header and payload together, without mux head.
func (m Message) WireLen() int { return m.Carrier().HeaderLen() + len(m.Payload) }

// AppendHeader appends the 8- or 12-byte header of m to dst.
//
//	command, touch   u16 payload length, u16 reserved, u32 id
//	others           u32 payload length, u32 timestamp ms, u32 id
//
// All big-endian; the length counts the payload alone. On error dst comes back
// unchanged: [ErrChannel] for an id of no channel, [ErrTooLong] for a payload
// that the length field cannot express.
func (m Message) AppendHeader(dst []byte) ([]byte, error) {
	if err := m.check(); err != nil {
		return dst, err
	}
	return m.appendHeader(dst), nil
}

// AppendTo appends header and payload, the form of a carrier with one
// connection for each channel.
func (m Message) AppendTo(dst []byte) ([]byte, error) {
	if err := m.check(); err != nil {
		return dst, err
	}
	return append(m.appendHeader(dst), m.Payload...), nil
}

// AppendMuxHead appends the 8-byte mux head for m: u32 channel, u32 length of
// message header and payload together.
func (m Message) AppendMuxHead(dst []byte) ([]byte, error) {
	if err := m.check(); err != nil {
		return dst, err
	}
	return m.appendMuxHead(dst), nil
}

// AppendMux appends the whole mux frame: mux head, header, payload.
func (m Message) AppendMux(dst []byte) ([]byte, error) {
	if err := m.check(); err != nil {
		return dst, err
	}
	dst = m.appendHeader(m.appendMuxHead(dst))
	return append(dst, m.Payload...), nil
}

func (m Message) appendMuxHead(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(m.Carrier()))
	return binary.BigEndian.AppendUint32(dst, uint32(m.WireLen()))
}

func (m Message) appendHeader(dst []byte) []byte {
	if m.Carrier().Short() {
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(m.Payload)))
		dst = binary.BigEndian.AppendUint16(dst, m.Reserved)
	} else {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(m.Payload)))
		dst = binary.BigEndian.AppendUint32(dst, m.Timestamp)
	}
	return binary.BigEndian.AppendUint32(dst, uint32(m.ID))
}

// check refuses what the header cannot say.
func (m Message) check() error {
	c := m.Carrier()
	if !c.Valid() {
		return &FrameError{Offset: -1, Channel: c, Field: "message id", Value: uint64(m.ID), Err: ErrChannel}
	}
	limit := uint64(math.MaxUint32 - LongHeaderLen)
	if c.Short() {
		limit = MaxShortPayload
	}
	if n := uint64(len(m.Payload)); n > limit {
		return &FrameError{Offset: -1, Channel: c, Field: "payload length", Value: n, Limit: limit, Err: ErrTooLong}
	}
	return nil
}

// AppPiece is the most that the head-unit application writes to the pipe at
// once.
const AppPiece = 4096

// AppPieces yields a mux frame in the transfers in which the head-unit
// application writes it: the 8-byte head alone, then pieces of at most
// [AppPiece] bytes. It is for carriers that imitate that application; a
// decoder must not depend on it.
func AppPieces(frame []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		rest, n := frame, min(MuxHeadLen, len(frame))
		for len(rest) > 0 && yield(rest[:n]) {
			rest = rest[n:]
			n = min(AppPiece, len(rest))
		}
	}
}
