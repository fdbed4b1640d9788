package usbmux

import "fmt"

// EventKind says what an [Event] reports.
type EventKind uint8

// Kinds of [Event]. A connection that was opened or reported as Incoming ends
// with one Refused or Closed, whichever end was the cause.
const (
	Up        EventKind = iota + 1 // the versions are agreed; Version is set
	Down                           // the session ended, after all its connections; Reason is set
	Incoming                       // device: Conn asks for its local port; Accept or Refuse it
	Connected                      // Conn is established
	Refused                        // host: Conn did not come about; Reason and Text are set
	Data                           // Conn has bytes to Read; comes again only after it was read empty
	Writable                       // Conn has room again after a Write was cut short
	Closed                         // Conn ended; Reason and Text are set. What came before can still be read
	Message                        // CONTROL: Control is set
	Violated                       // the peer broke a rule; Violation is set
)

// String names the kind.
func (k EventKind) String() string {
	return name(k, "up", "down", "incoming", "connected", "refused", "data", "writable", "closed", "message", "violated")
}

// Event is something that happened.
type Event struct {
	Kind      EventKind
	Conn      *Conn
	Version   VersionInfo
	Reason    Reason
	Text      string // that a RST carried
	Control   Control
	Violation Violation
}

// String renders the event in one line.
func (e Event) String() string {
	switch e.Kind {
	case Up:
		return fmt.Sprintf("up: version %d.%d", e.Version.Major, e.Version.Minor)
	case Down:
		return fmt.Sprintf("down: %v", e.Reason)
	case Refused, Closed:
		if e.Text != "" {
			return fmt.Sprintf("%v %v: %v: %q", e.Kind, e.Conn, e.Reason, e.Text)
		}
		return fmt.Sprintf("%v %v: %v", e.Kind, e.Conn, e.Reason)
	case Message:
		return e.Control.String()
	case Violated:
		return fmt.Sprintf("violated: %v", e.Violation)
	}
	return fmt.Sprintf("%v %v", e.Kind, e.Conn)
}

// Reason says why a connection or the session ended.
type Reason uint8

// Reasons of Refused, Closed and Down.
const (
	PeerReset     Reason = iota + 1 // RST
	BadAnswer                       // neither RST nor SYN|ACK to a SYN
	BadFlags                        // flags that an established connection does not know
	LostData                        // a gap in the sequence numbers
	Overrun                         // more than the window allows
	TimedOut                        // OpenTimeout, VersionTimeout or Linger
	Local                           // Close, Reset or Refuse
	PeerRestarted                   // device: the host said VERSION again
	BadVersion                      // the peer speaks neither 1 nor 2
	Detached                        // Stop
)

// String names the reason.
func (r Reason) String() string {
	return name(r, "peer reset", "bad answer", "bad flags", "lost data", "overrun", "timed out", "closed here",
		"peer restarted", "bad version", "detached")
}

// State is what an [Engine] is doing.
type State uint8

// States of an [Engine].
const (
	StateIdle      State = iota // not started
	StateHandshake              // host: VERSION is not answered yet; device: it has not come
	StateActive
	StateDown
)

// String names the state.
func (s State) String() string { return name(s+1, "idle", "handshake", "active", "down") }

// name returns the v-th name, counting from 1.
func name[T ~uint8](v T, names ...string) string {
	if v >= 1 && int(v) <= len(names) {
		return names[v-1]
	}
	return fmt.Sprintf("%d", v)
}
