package link

import "fmt"

// EventKind says what an [Event] reports.
type EventKind uint8

// Kinds of [Event].
const (
	Detected  EventKind = iota + 1 // the peer speaks iAP2
	Up                             // the handshake is done; Params holds
	Data                           // Session, Type and Payload are set
	Down                           // the link, or the attempt to get one, ended; Reason is set
	Suspended                      // the peer asked for silence
	Resumed                        // and ended it
	Violated                       // the peer broke a rule; Violation is set
)

// String names the kind.
func (k EventKind) String() string {
	return name(k, "detected", "up", "data", "down", "suspended", "resumed", "violated")
}

// Event is something that happened on the link.
type Event struct {
	Kind      EventKind
	Session   uint8
	Type      SessionType
	Payload   []byte // valid until the next Poll
	Reason    Reason
	Violation Violation
}

// String renders the event in one line.
func (e Event) String() string {
	switch e.Kind {
	case Data:
		return fmt.Sprintf("data session=%02x (%v) %d bytes", e.Session, e.Type, len(e.Payload))
	case Down:
		return fmt.Sprintf("down: %v", e.Reason)
	case Violated:
		return fmt.Sprintf("violated: %v", e.Violation)
	}
	return e.Kind.String()
}

// Reason says why a link went, or did not come, up.
type Reason uint8

// Reasons of a Down event.
const (
	PeerReset     Reason = iota + 1 // RST received
	PeerRestarted                   // the peer began detection or synchronization anew
	Refused                         // RST received in answer to our SYN
	Unacceptable                    // we refused the peer's SYN
	LinkDead                        // maximum retransmissions reached
	LocalReset                      // Reset, or a fault switch
	Overrun                         // zero-ack data was not polled in time
	NotSupported                    // the peer speaks iAP1 only
	GaveUp                          // no link within DetectTimeout; the engine is Idle
	Closed                          // Close or Start; the engine is Idle
)

// String names the reason.
func (r Reason) String() string {
	return name(r, "peer reset", "peer restarted", "refused", "unacceptable", "link dead", "local reset",
		"overrun", "not supported", "gave up", "closed")
}

// State is what an [Engine] is doing.
type State uint8

// States of an [Engine].
const (
	StateIdle        State = iota // not started, closed or given up
	StateDetecting                // exchanging markers
	StateSynSent                  // accessory, waiting for SYN|ACK
	StateSynReceived              // device, waiting for the ACK of its SYN|ACK
	StateUp
	StateSuspended // up, but the peer asked for silence
	StatePausing   // after a reset, before detection
)

// String names the state.
func (s State) String() string {
	return name(s+1, "idle", "detecting", "syn sent", "syn received", "up", "suspended", "pausing")
}

// name returns the v-th name, counting from 1.
func name[T ~uint8](v T, names ...string) string {
	if v >= 1 && int(v) <= len(names) {
		return names[v-1]
	}
	return fmt.Sprintf("%d", v)
}
