package service

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// A Session is one connection of a host to a service.
type Session struct {
	*Frames
	World *sim.World
	Phone *state.State
	Host  *state.Host // who started the service; nil for an insecure one
	Name  string      // of the service
}

// NewSession makes a session on a connection that is ready for the service: TLS, if
// any, is up.
func NewSession(phone *state.State, host *state.Host, name string, conn net.Conn, l Limits) *Session {
	return &Session{Frames: NewFrames(phone.World(), conn, l), World: phone.World(), Phone: phone, Host: host, Name: name}
}

// Read reads raw bytes.
func (s *Session) Read(p []byte) (int, error) { return s.Conn.Read(p) }

// Write writes raw bytes, in one piece.
func (s *Session) Write(p []byte) (int, error) { return s.Conn.Write(p) }

// Emit tells the world's observers of something that the service did.
func (s *Session) Emit(kind string, fields ...sim.Field) {
	if s.World.Observed() {
		s.World.Emit(sim.Event{Who: s.Phone.Name(), Layer: "state.service", Kind: kind, Fields: append([]sim.Field{sim.Text("service", s.Name)}, fields...)})
	}
}

// Go starts a process that belongs to the session.
func (s *Session) Go(what string, fn func()) {
	s.World.Go(s.Phone.Name()+": "+s.Name+" "+what, fn)
}

// HungUp reports whether an error only says that the host hung up.
func HungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, sim.ErrUnplugged)
}

// Until returns the calendar time at which the world's clock shows t, for deadlines.
func (s *Session) Until(t time.Duration) time.Time { return s.World.Time().Add(t - s.World.Now()) }

// TimedOut reports whether an error says that a deadline passed.
func TimedOut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
