package usbmux

import "fmt"

// ViolationKind names a rule that the peer broke.
type ViolationKind uint8

// Kinds of [Violation]. usbmuxd minds none of the numbers, usbmuxd2 all of them.
const (
	BadPacket       ViolationKind = iota + 1 // Cause is a [*PacketError]; dropped
	SizeMismatch                             // the transfer ended early; Value bytes of Want; dropped
	Merged                                   // Value packets in one transfer; split, or dropped if Strict
	TooLarge                                 // Value bytes; Want is the most; dropped
	UnknownProtocol                          // Value; dropped
	NotActive                                // before the versions were agreed: protocol Value; dropped
	WrongMagic                               // Value; taken all the same
	TxGap                                    // packet number Value, Want the next; taken all the same
	VersionAgain                             // a second answer; ignored
	VersionUnknown                           // major Value
	SetupMissing                             // version 2 without SETUP; goes on
	UnexpectedSetup                          // a host does not get one, and a device one; ignored
	WrongFlags                               // Value; resets the connection
	SeqGap                                   // sequence number Value, Want the next; resets it
	AckNeverSent                             // acknowledges Value, Want at most; ignored
	AckBackwards                             // acknowledges Value after Want; ignored
	AckOffset                                // the first ACK is Value, Want own number + 1; counted from there
	WindowExceeded                           // Value bytes unread, Want the window; resets it
	DataTooEarly                             // before the connection was accepted; resets it
)

// String names the kind.
func (k ViolationKind) String() string {
	return name(k, "bad packet", "transfer shorter than its packet", "several packets in a transfer", "packet too large",
		"unknown protocol", "packet before the versions were agreed", "wrong magic", "packet number out of order",
		"second VERSION", "unknown version", "no SETUP", "unexpected SETUP", "wrong flags", "gap in the sequence numbers",
		"acknowledgement of bytes never sent", "acknowledgement taken back", "first acknowledgement is off",
		"window exceeded", "data before the connection was accepted")
}

// Violation is a rule broken by the peer. The session goes on.
type Violation struct {
	Kind        ViolationKind
	Conn        *Conn // nil if none is concerned
	Value, Want int64 // by Kind
	Cause       error // by Kind
}

// Error implements error.
func (v Violation) Error() string {
	if v.Cause != nil {
		return fmt.Sprintf("%v: %v", v.Kind, v.Cause)
	}
	if v.Conn != nil {
		return fmt.Sprintf("usbmux: %v: %v: value %d, want %d", v.Conn, v.Kind, v.Value, v.Want)
	}
	return fmt.Sprintf("usbmux: %v: value %d, want %d", v.Kind, v.Value, v.Want)
}

// Unwrap returns the cause.
func (v Violation) Unwrap() error { return v.Cause }

// maxViolations bounds the violations waiting to be polled. Later ones are only
// counted.
const maxViolations = 256

func (e *Engine) violated(kind ViolationKind, c *Conn, value, want int64, cause error) {
	e.counters.Violations++
	if e.violations < maxViolations {
		e.violations++
		e.events.push(Event{Kind: Violated, Conn: c, Violation: Violation{kind, c, value, want, cause}})
	}
}

// Counters are totals since the engine was made.
type Counters struct {
	PacketsIn, PacketsOut uint64
	BytesIn, BytesOut     uint64 // data of connections
	AcksOut               uint64 // packets without data or another purpose
	ResetsIn, ResetsOut   uint64
	Strays                uint64 // packets for no known connection
	Dropped               uint64 // transfers, or ends of them, that made no sense
	Opened                uint64 // connections
	Violations            uint64
}
