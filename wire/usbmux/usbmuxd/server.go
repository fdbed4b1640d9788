package usbmuxd

import (
	"errors"
	"fmt"
)

// ServerState is what a [Server] is doing.
type ServerState uint8

// States of a [Server].
const (
	StateCommand   ServerState = iota // takes commands, one after the other
	StateAnswering                    // a request was polled and waits for its answer
	StateListening                    // sends notifications; any command ends it
	StateRaw                          // Connect was answered by 0: the socket is the connection
	StateClosed                       // to be closed when the output has left
)

// String names the state.
func (s ServerState) String() string {
	names := [...]string{"command", "answering", "listening", "raw", "closed"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("%d", s)
}

// ServerConfig sets up a [Server]. The zero value works.
type ServerConfig struct {
	// Silent leaves requests without an answer that usbmuxd cannot parse: broken
	// or binary property lists, and those without a MessageType. Otherwise they
	// are answered by BadCommand.
	Silent bool
	// MaxQueue is how many bytes may wait to be sent to a listener that does not
	// read; 0 means 1 MiB. Beyond that it is closed.
	MaxQueue int
}

// DefaultMaxQueue is the default of ServerConfig.MaxQueue.
const DefaultMaxQueue = 1 << 20

// Errors of a [Server].
var (
	ErrState   = errors.New("usbmuxd: not in this state")
	ErrBacklog = errors.New("usbmuxd: the listener does not read")
	ErrCommand = errors.New("usbmuxd: a command after Listen")
	ErrFlood   = errors.New("usbmuxd: the client sends on while its request waits")
)

// Server is the daemon's end of one socket, a state machine without I/O. Feed
// it, Poll a request, answer it by one of the methods of its kind, and write what
// NextOutput returns, each in one write. While a request waits for its answer the
// next one is not looked at.
//
// Requests that are wrong in themselves it answers alone.
type Server struct {
	cfg     ServerConfig
	state   ServerState
	dec     Decoder
	current Request
	version Version // of notifications
	out     [][]byte
	queued  int
	err     error
}

// NewServer returns the state machine of a fresh socket.
func NewServer(c ServerConfig) *Server {
	if c.MaxQueue <= 0 {
		c.MaxQueue = DefaultMaxQueue
	}
	return &Server{cfg: c}
}

// Feed takes bytes of the client. While a request waits for its answer, and in
// StateRaw, they are only kept, 128 KiB at most: better not to read them yet. In
// StateRaw they are what Rest returns.
func (s *Server) Feed(p []byte) {
	if s.state == StateClosed {
		return
	}
	if s.state == StateListening && len(p) > 0 {
		s.close(ErrCommand)
		return
	}
	s.dec.Feed(p)
	if s.state != StateCommand && len(s.dec.buf)-s.dec.start > 2*MaxRequest {
		s.close(ErrFlood)
	}
}

// Poll returns the next request to be answered.
func (s *Server) Poll() (Request, bool) {
	for s.state == StateCommand {
		m, ok, err := s.dec.Next()
		if err != nil {
			s.close(err)
		}
		if !ok || err != nil {
			return Request{}, false
		}
		r, err := ParseRequest(m)
		if err == nil {
			s.current, s.state = r, StateAnswering
			return r, true
		}
		bad := err.(*RequestError)
		if bad.Silent && s.cfg.Silent {
			continue
		}
		s.send(Reply{Version: bad.Request.Version, Tag: bad.Request.Tag, Kind: KindResult, Result: bad.Result})
	}
	return Request{}, false
}

// Result answers by a number. After Connect, OK makes the socket the connection;
// after Listen, it starts notifications.
func (s *Server) Result(r Result) error {
	if err := s.answer(Reply{Kind: KindResult, Result: r}, ""); err != nil || r != OK {
		return err
	}
	switch s.current.Command {
	case Connect:
		s.state = StateRaw
	case Listen:
		s.state, s.version = StateListening, s.current.Version
		if len(s.dec.Rest()) > 0 {
			s.close(ErrCommand)
		}
	}
	return nil
}

// Listening answers Listen: by OK, and what is attached already.
func (s *Server) Listening(devices []Device) error {
	if s.state != StateAnswering || s.current.Command != Listen {
		return fmt.Errorf("%w: Listening in state %v", ErrState, s.state)
	}
	if err := s.Result(OK); err != nil {
		return err
	}
	for _, d := range devices {
		s.Attached(d)
	}
	return nil
}

// Devices answers ListDevices.
func (s *Server) Devices(list []Device) error {
	return s.answer(Reply{Kind: KindDevices, Devices: list}, ListDevices)
}

// Listeners answers ListListeners.
func (s *Server) Listeners(list []Listener) error {
	return s.answer(Reply{Kind: KindListeners, Listeners: list}, ListListeners)
}

// BUID answers ReadBUID.
func (s *Server) BUID(buid string) error {
	return s.answer(Reply{Kind: KindBUID, BUID: buid}, ReadBUID)
}

// PairRecord answers ReadPairRecord. One that is missing is Result NoEntry.
func (s *Server) PairRecord(record []byte) error {
	return s.answer(Reply{Kind: KindPairRecord, PairRecord: record}, ReadPairRecord)
}

// answer sends the reply to the current request, which must be of the command.
func (s *Server) answer(r Reply, to Command) error {
	if s.state != StateAnswering || to != "" && s.current.Command != to {
		return fmt.Errorf("%w: an answer to %q in state %v", ErrState, to, s.state)
	}
	r.Version, r.Tag = s.current.Version, s.current.Tag
	if err := s.send(r); err != nil {
		return err
	}
	s.state = StateCommand
	return nil
}

// Attached tells a listener of a device; whoever does not listen hears nothing.
func (s *Server) Attached(d Device) { s.notify(Reply{Kind: KindAttached, Device: d}) }

// Detached tells a listener that a device is gone.
func (s *Server) Detached(id uint32) { s.notify(Reply{Kind: KindDetached, DeviceID: id}) }

// Paired tells a listener that a pair record of a device was saved.
func (s *Server) Paired(id uint32) { s.notify(Reply{Kind: KindPaired, DeviceID: id}) }

func (s *Server) notify(r Reply) {
	if s.state != StateListening {
		return
	}
	r.Version = s.version
	if err := s.send(r); err != nil {
		s.close(err)
		return
	}
	if s.queued > s.cfg.MaxQueue {
		s.out, s.queued = nil, 0
		s.close(ErrBacklog)
	}
}

// send queues a message.
func (s *Server) send(r Reply) error {
	b, err := r.AppendTo(nil)
	if err != nil {
		return err
	}
	s.out = append(s.out, b)
	s.queued += len(b)
	return nil
}

// NextOutput takes out the next message to write.
func (s *Server) NextOutput() ([]byte, bool) {
	if len(s.out) == 0 {
		return nil, false
	}
	b := s.out[0]
	s.out[0] = nil
	s.out = s.out[1:]
	s.queued -= len(b)
	return b, true
}

// Rest takes out, in StateRaw, what the client sent behind its Connect: bytes
// of the connection.
func (s *Server) Rest() []byte {
	if s.state != StateRaw {
		return nil
	}
	return s.dec.Rest()
}

// Close ends the session.
func (s *Server) Close() { s.close(nil) }

func (s *Server) close(err error) {
	if s.state != StateClosed {
		s.state, s.err = StateClosed, err
		s.dec.Rest()
	}
}

// State returns what it is doing.
func (s *Server) State() ServerState { return s.state }

// Err returns why it was closed: nil, ErrCommand, ErrBacklog, ErrFlood, or a [*FrameError].
func (s *Server) Err() error { return s.err }
