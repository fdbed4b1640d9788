package link

import "fmt"

// ViolationKind names a rule of the link that the peer broke.
type ViolationKind uint8

// Kinds of [Violation].
const (
	BadFrame            ViolationKind = iota + 1 // Cause is a [FrameError]
	PacketTooLong                                // longer than we declared; Cause is a [FrameError]
	ReservedBits                                 // control bits 04, 02 or 01
	BadControl                                   // SYN with bits other than ACK, or without a payload
	AckMissing                                   // a data packet without the ACK bit
	AckNeverSent                                 // acknowledges a number that was not sent
	AckLate                                      // Value: ms since the packet; Want: ms allowed
	EAKWithoutGap                                // names no missing number
	EAKNumber                                    // Value: a number that cannot be missing
	TooManyOutstanding                           // Value: packets; Want: the limit we declared
	EarlyRetransmission                          // Value: ms since the first copy; Want: the timeout
	SequenceGap                                  // zero-ack: Value: number received; Want: expected
	UnknownSession                               // Value: session id
	SynUnacceptable                              // Cause is a [*SynError] or from Config.Negotiate
	Unexpected                                   // a packet that this role cannot get in this state
)

// String names the kind.
func (k ViolationKind) String() string {
	return name(k, "bad frame", "packet too long", "reserved control bits", "impossible control bits", "acknowledgement missing",
		"acknowledgement of a number never sent", "late acknowledgement", "EAK without a gap", "EAK of an impossible number",
		"too many outstanding packets", "retransmission before the timeout", "sequence gap", "unknown session",
		"unacceptable SYN", "unexpected packet")
}

// Violation is a rule broken by the peer, with the packet that did it. The link
// goes on wherever it can.
type Violation struct {
	Kind                       ViolationKind
	Control, Seq, Ack, Session uint8 // of the packet
	Value, Want                int   // by Kind
	Cause                      error // by Kind
}

// Error implements error.
func (v Violation) Error() string {
	if v.Cause != nil {
		return fmt.Sprintf("%v: %v", v.Kind, v.Cause)
	}
	p := Packet{Control: v.Control, Seq: v.Seq, Ack: v.Ack, Session: v.Session}
	return fmt.Sprintf("iap2 link: %v: value %d, want %d, in %v", v.Kind, v.Value, v.Want, p)
}

// Unwrap returns the cause.
func (v Violation) Unwrap() error { return v.Cause }
