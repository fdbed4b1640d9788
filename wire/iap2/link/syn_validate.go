package link

import (
	"fmt"
	"time"
)

// Fields of a SYN payload.
const (
	FieldVersion            Field = "link version"
	FieldMaxOutstanding     Field = "maximum outstanding packets"
	FieldMaxLength          Field = "maximum packet length"
	FieldRetransmitTimeout  Field = "retransmission timeout"
	FieldAckTimeout         Field = "cumulative ack timeout"
	FieldMaxRetransmissions Field = "maximum retransmissions"
	FieldMaxCumulativeAcks  Field = "maximum cumulative acks"
	FieldSession            Field = "session"
)

// SynError says what is wrong in a SYN payload.
type SynError struct {
	Field  Field
	Offset int // in the payload
	Value  int // on the wire: timeouts in milliseconds
	Want   string
}

// Error implements error.
func (e *SynError) Error() string {
	return fmt.Sprintf("iap2 link: SYN offset %d: %s is %d, want %s", e.Offset, e.Field, e.Value, e.Want)
}

// Validate checks that a SYN makes sense, and returns a [*SynError] for the first
// thing that does not.
//
// The legal ranges are not public. These are the least that a link needs to
// work: version 1; room for one packet, and for the answer to this very SYN;
// either all four timers and counters zero or none of those that end a wait;
// an acknowledgement timeout below the retransmission timeout; no more
// cumulative acks than packets outstanding; at least one session, ids and
// types unique, id 0 left to the link. All but the version are inferred.
func (s *Syn) Validate() error {
	bad := func(f Field, offset, value int, want string) error {
		return &SynError{Field: f, Offset: offset, Value: value, Want: want}
	}
	least := Overhead + synFixed + synSession*len(s.Sessions)
	switch {
	case s.Version != 1:
		return bad(FieldVersion, 0, int(s.Version), "1")
	case s.MaxOutstanding == 0:
		return bad(FieldMaxOutstanding, 1, 0, "at least 1")
	case int(s.MaxLength) < least:
		return bad(FieldMaxLength, 2, int(s.MaxLength), fmt.Sprintf("at least %d, the size of this SYN", least))
	}
	if !s.ZeroAck() {
		switch rt, at := s.RetransmitTimeout, s.AckTimeout; {
		case rt == 0:
			return bad(FieldRetransmitTimeout, 4, 0, "above 0 unless all four are 0")
		case at >= rt:
			return bad(FieldAckTimeout, 6, int(at/time.Millisecond), "below the retransmission timeout")
		case s.MaxRetransmissions == 0:
			return bad(FieldMaxRetransmissions, 8, 0, "above 0 unless all four are 0")
		case s.MaxCumulativeAcks == 0:
			return bad(FieldMaxCumulativeAcks, 9, 0, "above 0 unless all four are 0")
		case s.MaxCumulativeAcks > s.MaxOutstanding:
			return bad(FieldMaxCumulativeAcks, 9, int(s.MaxCumulativeAcks), "at most the outstanding packets")
		}
	}
	return s.validateSessions()
}

func (s *Syn) validateSessions() error {
	if len(s.Sessions) == 0 {
		return &SynError{Field: FieldSession, Offset: synFixed, Value: 0, Want: "at least one entry"}
	}
	var ids [256]bool
	var types [256]bool
	for i, v := range s.Sessions {
		at := synFixed + i*synSession
		switch {
		case v.ID == 0:
			return &SynError{Field: FieldSession, Offset: at, Value: 0, Want: "an id above 0"}
		case ids[v.ID]:
			return &SynError{Field: FieldSession, Offset: at, Value: int(v.ID), Want: "an id not used before"}
		case v.Type > SessionExternalAccessory:
			return &SynError{Field: FieldSession, Offset: at + 1, Value: int(v.Type), Want: "type 0, 1 or 2"}
		case types[v.Type]:
			return &SynError{Field: FieldSession, Offset: at + 1, Value: int(v.Type), Want: "one entry a type"}
		}
		ids[v.ID], types[v.Type] = true, true
	}
	return nil
}
