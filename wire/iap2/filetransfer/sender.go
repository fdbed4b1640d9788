package filetransfer

import "fmt"

// State is how far a transfer is.
type State uint8

// The states of a Sender. Done, Failed and Canceled are final.
const (
	// Announcing: the setup is to be sent.
	Announcing State = iota
	// Waiting: the setup is sent, the start is awaited.
	Waiting
	// Sending: data may be sent.
	Sending
	// Paused: the receiver wants no data until its next start.
	Paused
	// Confirming: all data are sent, the verdict is awaited.
	Confirming
	// Done: the receiver confirmed the file.
	Done
	// Failed: the receiver rejected the file.
	Failed
	// Canceled: one of the sides gave up.
	Canceled
)

var stateNames = [...]string{"announcing", "waiting", "sending", "paused", "confirming", "done", "failed", "canceled"}

// String names the state.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Final tells whether the transfer is over.
func (s State) Final() bool { return s >= Done }

// Sender sends one file. Call Next until it has nothing to send, give Handle
// what the receiver answers, and call Next again.
type Sender struct {
	id      uint8
	setup   Setup
	file    []byte
	maxData int
	sent    int
	state   State
}

// NewSender makes a Sender of file, which must not change meanwhile. Each
// datagram carries at most maxData bytes of it (see MaxData). It fails with
// ErrEmpty for an empty file, which every receiver ignores, and for a maxData
// below 1.
func NewSender(id uint8, fileType uint16, file []byte, maxData int) (*Sender, error) {
	if len(file) == 0 {
		return nil, &Error{ID: id, Code: CodeSetup, Field: "file size", Err: ErrEmpty}
	}
	if maxData < 1 {
		return nil, fmt.Errorf("filetransfer: transfer %d: room for %d bytes of data in a datagram; the peer's link packets are too short", id, maxData)
	}
	return &Sender{id: id, setup: Setup{Size: uint64(len(file)), Type: fileType}, file: file, maxData: maxData}, nil
}

// UseOlderSetup makes the setup the 11-byte form. It has no effect once the
// setup is sent.
func (s *Sender) UseOlderSetup() { s.setup.Older = true }

// ID is the transfer's number.
func (s *Sender) ID() uint8 { return s.id }

// State tells how far the transfer is.
func (s *Sender) State() State { return s.state }

// Sent is the number of bytes of the file that Next has given out.
func (s *Sender) Sent() int { return s.sent }

// Next appends the next datagram to dst. ok is false where nothing is to be
// sent until Handle has taken an answer, or ever.
func (s *Sender) Next(dst []byte) (out []byte, ok bool) {
	switch s.state {
	case Announcing:
		s.state = Waiting
		return s.setup.AppendTo(dst, s.id), true
	case Sending:
		n := min(len(s.file)-s.sent, s.maxData)
		code := CodeData
		if s.sent == 0 {
			code |= CodeFirst
		}
		if s.sent+n == len(s.file) {
			code |= CodeLast
			s.state = Confirming
		}
		d := Datagram{ID: s.id, Code: code, Data: s.file[s.sent : s.sent+n]}
		s.sent += n
		return d.AppendTo(dst), true
	}
	return dst, false
}

// Cancel gives up and appends the datagram that says so. After the end of the
// transfer it changes and appends nothing.
func (s *Sender) Cancel(dst []byte) []byte {
	if s.state.Final() {
		return dst
	}
	announced := s.state != Announcing
	s.state = Canceled
	if !announced {
		return dst
	}
	return Datagram{ID: s.id, Code: CodeCancel}.AppendTo(dst)
}

// Handle takes a datagram of the receiver. An error, always an *Error, says
// that the datagram was ignored: it is for another transfer (ErrNoSetup), only
// senders send it (ErrDirection), its code is unknown (ErrUnknownCode) or it
// is not due (ErrSequence).
func (s *Sender) Handle(d Datagram) error {
	if d.ID != s.id {
		return d.misplaced(ErrNoSetup)
	}
	switch {
	case d.Code == CodeCancel && !s.state.Final() && s.state != Announcing:
		s.state = Canceled
	case d.Code == CodeFailure && !s.state.Final() && s.state != Announcing:
		s.state = Failed
	case d.Code == CodeStart && (s.state == Waiting || s.state == Paused):
		s.state = Sending
	case d.Code == CodePause && (s.state == Waiting || s.state == Sending):
		s.state = Paused
	case d.Code == CodePause && (s.state == Paused || s.state == Confirming):
		// Nothing is left to hold back.
	case d.Code == CodeStart && s.state == Confirming:
		// The answer to a pause that came too late.
	case d.Code == CodeSuccess && s.state == Confirming:
		s.state = Done
	case d.Code == CodeSetup || d.Code.carriesData():
		return d.misplaced(ErrDirection)
	case codeNames[d.Code] == "":
		return d.misplaced(ErrUnknownCode)
	default:
		return d.misplaced(ErrSequence)
	}
	return nil
}
