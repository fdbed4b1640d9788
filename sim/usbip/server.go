package usbip

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// A Server exports devices: whoever imports one, such as vhci_hcd of Linux, is
// its host. It has a [Port] for each.
//
// Port and Close belong to code inside the world, or to the code that sets it up.
// When the world ends, the server is closed. It is meant for worlds on the
// machine's clock: virtual time does not wait for a client.
type Server struct {
	w     *sim.World
	o     Options
	ports []*Port
	quit  sim.Cond

	// For goroutines outside:
	mu     sync.Mutex
	open   map[interface{ Close() error }]bool // listeners and connections
	conns  int
	closed bool
	ended  chan struct{} // closed is true
}

// NewServer makes a server that exports nothing and listens nowhere yet.
func NewServer(w *sim.World, o Options) *Server {
	s := &Server{w: w, o: o.withDefaults(), open: map[interface{ Close() error }]bool{}, ended: make(chan struct{})}
	s.quit.Init(w, "end of the USB/IP server")
	w.Go("USB/IP server", func() {
		defer s.shut() // when the world ends
		s.quit.WaitFor(sim.Never, func() bool { return s.isClosed() })
	})
	return s
}

var (
	errClosed = errors.New("usbip: the server is closed")
	errFull   = errors.New("usbip: the server has as many connections as it takes")
	errTaken  = errors.New("another port has it")
)

// Port adds a port, at which a device can be attached. Its busid is what clients
// call the device: 1 to 31 bytes, as "1-1". A number before the dash becomes the
// number of the bus, unless another port has it.
func (s *Server) Port(busid string, o PortOptions) (*Port, error) {
	err := wire.CheckBusID(busid)
	if s.port(busid) != nil {
		err = errTaken
	}
	if err != nil {
		return nil, fmt.Errorf("usbip: port %q: %w", busid, err)
	}
	p := &Port{s: s, busid: busid, o: o.withDefaults(), bus: s.bus(busid)}
	p.tap.World, p.tap.Host, p.tap.Device, p.tap.Bus = s.w, p.o.Host, p.o.Device, p.bus
	p.tap.Last = int64(p.bus) << 32
	s.ports = append(s.ports, p)
	return p, nil
}

func (s *Server) port(busid string) *Port {
	for _, p := range s.ports {
		if p.busid == busid {
			return p
		}
	}
	return nil
}

// bus returns a number for the bus of a new port. Events tell devices apart by
// it, so that each has its own.
func (s *Server) bus(busid string) uint8 {
	free := func(n uint8) bool {
		for _, p := range s.ports {
			if p.bus == n {
				return false
			}
		}
		return true
	}
	head, _, _ := strings.Cut(busid, "-")
	if n, err := strconv.ParseUint(head, 10, 8); err == nil && n > 0 && free(uint8(n)) {
		return uint8(n)
	}
	n := uint8(1)
	for !free(n) && n < 255 {
		n++
	}
	return n
}

// Serve accepts connections at l until the server is closed; it returns at once.
// l belongs to the server from now on. It may be called from any goroutine.
func (s *Server) Serve(l net.Listener) {
	if !s.enter(l, false) {
		return
	}
	release := s.w.Hold()
	go func() {
		defer release()
		defer s.leave(l, false)
		for {
			c, err := l.Accept()
			switch {
			case err == nil:
				s.ServeConn(c)
			case errors.Is(err, net.ErrClosed) || s.isClosed():
				return
			default: // out of descriptors, as a rule
				select {
				case <-time.After(100 * time.Millisecond):
				case <-s.ended:
				}
			}
		}
	}()
}

// ServeConn serves one client, from the first byte on; it returns at once. c
// belongs to the server from now on. It may be called from any goroutine.
func (s *Server) ServeConn(c net.Conn) {
	if !s.enter(c, true) {
		return
	}
	release := s.w.Hold()
	go func() {
		defer release()
		defer s.leave(c, true)
		s.operate(c)
	}()
}

// Close takes every device away from its host, and closes listeners and
// connections. What is under way still has a second to reach its client.
func (s *Server) Close() error {
	for _, p := range s.ports {
		p.Detach()
	}
	s.shut()
	s.quit.Broadcast()
	return nil
}

// shut closes what is open, other than sessions, which close by themselves.
func (s *Server) shut() {
	for _, p := range s.ports {
		if p.session != nil { // its world has ended
			p.session.hangUp()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	close(s.ended)
	for c := range s.open {
		_ = c.Close()
	}
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// enter notes something open; where that may not be, it closes it.
func (s *Server) enter(c interface{ Close() error }, conn bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || conn && s.conns >= s.o.Connections {
		_ = c.Close()
		return false
	}
	s.open[c] = true
	if conn {
		s.conns++
	}
	return true
}

// keep leaves the closing of a connection to its session.
func (s *Server) keep(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
}

func (s *Server) leave(c interface{ Close() error }, conn bool) {
	_ = c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	if conn {
		s.conns--
	}
}

// inside has fn called in the world, and waits for that. It is false where the
// server was closed first.
func (s *Server) inside(fn func()) bool {
	done := make(chan struct{})
	s.w.Post(func() {
		fn()
		close(done)
	})
	select {
	case <-done:
		return true
	case <-s.ended:
		return false
	}
}

// tell emits an event of the server's own.
func (s *Server) tell(kind string, fields ...sim.Field) {
	if s.w.Observed() {
		s.w.Emit(sim.Event{Who: "usbip", Layer: "usbip", Kind: kind, Fields: fields})
	}
}
