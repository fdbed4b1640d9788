package link

import (
	"encoding/binary"
	"fmt"
	"time"
)

// SessionType says what a session carries.
type SessionType uint8

// Session types. Source: wiomoc/iap2, JoeyEamigh/bridgething.
const (
	SessionControl           SessionType = 0
	SessionFileTransfer      SessionType = 1
	SessionExternalAccessory SessionType = 2
)

// String names the type.
func (t SessionType) String() string {
	switch t {
	case SessionControl:
		return "control"
	case SessionFileTransfer:
		return "file transfer"
	case SessionExternalAccessory:
		return "external accessory"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// Session is one entry of the session table. The accessory chooses the ids.
type Session struct {
	ID      uint8 // 1 to 255
	Type    SessionType
	Version uint8 // control 1 or 2, file transfer 1 or 2, external accessory 1
}

// Syn is the payload of a SYN packet.
//
//	offset  size  field
//	0       1     Version
//	1       1     MaxOutstanding
//	2       2     MaxLength, big-endian
//	4       2     RetransmitTimeout in ms, big-endian
//	6       2     AckTimeout in ms, big-endian
//	8       1     MaxRetransmissions
//	9       1     MaxCumulativeAcks
//	10      3n    Sessions: id, type, version
//
// MaxOutstanding and MaxLength are what the sender of this SYN takes, each
// side its own. The rest is the negotiated set, equal on both sides.
//
// Source: wiomoc/iap2, JoeyEamigh/bridgething, wllm-rbnt/third-eye (capture).
type Syn struct {
	Version            uint8         // 1
	MaxOutstanding     uint8         // packets it takes unacknowledged, at least 1
	MaxLength          uint16        // longest packet it takes, in bytes
	RetransmitTimeout  time.Duration // whole milliseconds, 0 to 65535
	AckTimeout         time.Duration // whole milliseconds, 0 to 65535
	MaxRetransmissions uint8
	MaxCumulativeAcks  uint8 // packets that may share one acknowledgement
	Sessions           []Session
}

const (
	synFixed   = 10 // bytes before the session table
	synSession = 3  // bytes of a session
)

// AppendTo appends the encoded payload. It fails, returning dst as it was, when a
// timeout is not a whole number of milliseconds from 0 to 65535.
func (s *Syn) AppendTo(dst []byte) ([]byte, error) {
	rt, err := millis(FieldRetransmitTimeout, s.RetransmitTimeout)
	if err != nil {
		return dst, err
	}
	at, err := millis(FieldAckTimeout, s.AckTimeout)
	if err != nil {
		return dst, err
	}
	dst = append(dst, s.Version, s.MaxOutstanding)
	dst = binary.BigEndian.AppendUint16(dst, s.MaxLength)
	dst = binary.BigEndian.AppendUint16(dst, rt)
	dst = binary.BigEndian.AppendUint16(dst, at)
	dst = append(dst, s.MaxRetransmissions, s.MaxCumulativeAcks)
	for _, v := range s.Sessions {
		dst = append(dst, v.ID, uint8(v.Type), v.Version)
	}
	return dst, nil
}

func millis(f Field, d time.Duration) (uint16, error) {
	ms := d / time.Millisecond
	if d%time.Millisecond != 0 || ms < 0 || ms > 65535 {
		return 0, fmt.Errorf("iap2 link: %s %v is not a whole number of milliseconds from 0 to 65535", f, d)
	}
	return uint16(ms), nil
}

// DecodeSyn reads a SYN payload. It checks the shape only; see [Syn.Validate].
func DecodeSyn(b []byte) (Syn, error) {
	if len(b) < synFixed || (len(b)-synFixed)%synSession != 0 {
		return Syn{}, &SynError{Field: FieldLength, Value: len(b), Want: "10 + 3 for each session"}
	}
	ms := func(at int) time.Duration {
		return time.Duration(binary.BigEndian.Uint16(b[at:])) * time.Millisecond
	}
	s := Syn{
		Version:            b[0],
		MaxOutstanding:     b[1],
		MaxLength:          binary.BigEndian.Uint16(b[2:]),
		RetransmitTimeout:  ms(4),
		AckTimeout:         ms(6),
		MaxRetransmissions: b[8],
		MaxCumulativeAcks:  b[9],
	}
	for at := synFixed; at < len(b); at += synSession {
		s.Sessions = append(s.Sessions, Session{ID: b[at], Type: SessionType(b[at+1]), Version: b[at+2]})
	}
	return s, nil
}

// ZeroAck reports whether all four timers and counters are zero: the transport
// is reliable, and nothing is acknowledged or repeated.
//
// Source: f-io/LIVI and redline-labs/digital_dashboard on real hardware.
func (s *Syn) ZeroAck() bool {
	return s.RetransmitTimeout == 0 && s.AckTimeout == 0 && s.MaxRetransmissions == 0 && s.MaxCumulativeAcks == 0
}

// Session returns the entry of an id.
func (s *Syn) Session(id uint8) (Session, bool) {
	for _, v := range s.Sessions {
		if v.ID == id {
			return v, true
		}
	}
	return Session{}, false
}

// SessionOf returns the entry of a type.
func (s *Syn) SessionOf(t SessionType) (Session, bool) {
	for _, v := range s.Sessions {
		if v.Type == t {
			return v, true
		}
	}
	return Session{}, false
}

// SameTerms reports whether both carry the same negotiated set, that is
// everything but MaxOutstanding and MaxLength.
func (s *Syn) SameTerms(t *Syn) bool {
	if s.Version != t.Version || s.RetransmitTimeout != t.RetransmitTimeout || s.AckTimeout != t.AckTimeout ||
		s.MaxRetransmissions != t.MaxRetransmissions || s.MaxCumulativeAcks != t.MaxCumulativeAcks ||
		len(s.Sessions) != len(t.Sessions) {
		return false
	}
	for i := range s.Sessions {
		if s.Sessions[i] != t.Sessions[i] {
			return false
		}
	}
	return true
}

// clone returns a copy that shares no memory.
func (s *Syn) clone() Syn {
	c := *s
	c.Sessions = append([]Session(nil), s.Sessions...)
	return c
}
