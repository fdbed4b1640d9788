package lockdown

import (
	"io"
	"net"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
)

// conn is one connection to lockdownd.
type conn struct {
	s        *Server
	phone    *state.State
	base     *peeker
	frames   *service.Frames
	tls      *session.TLS // nil outside of a session
	wireless bool
	id       string      // of the session; "" outside of one
	trusted  *state.Host // whose session it is
	stopped  bool        // the session was stopped, TLS may end
	hangUp   bool        // after the reply

	after func() // what happens after the reply

	challenge []byte // what the supervisor is to sign
}

func (s *Server) serve(raw net.Conn, wireless bool) {
	c := &conn{s: s, phone: s.phone, base: &peeker{Conn: raw}, wireless: wireless}
	c.frames = service.NewFrames(s.w, c.base, s.config.Limits)
	defer c.base.Close()
	if err := c.loop(); err != nil && !service.HungUp(err) {
		s.emit("connection ended", sim.Text("why", err.Error()))
	}
	if c.tls != nil {
		_ = c.tls.Close()
	}
}

func (c *conn) loop() error {
	for !c.hangUp {
		if c.stopped {
			if err := c.afterStop(); err != nil {
				return err
			}
		}
		m, err := c.frames.ReceiveDict()
		if err == io.EOF && c.tls != nil {
			c.clear() // the host ended TLS, or hung up
			continue
		}
		if err != nil {
			return err
		}
		if err := c.frames.Send(c.answer(m)); err != nil {
			return err
		}
		if c.after != nil {
			fn := c.after
			c.after = nil
			fn()
		}
	}
	return nil
}

// afterStop looks how the host goes on after StopSession: with the end of TLS, as
// libimobiledevice does, with TLS, or in clear text at once.
func (c *conn) afterStop() error {
	c.stopped = false
	b, err := c.base.peek()
	if err != nil {
		return err
	}
	if b == 0 { // the length of a frame; no TLS record begins so
		c.tls = nil
		c.frames.Conn = c.base
	}
	return nil
}

// clear goes back to clear text.
func (c *conn) clear() {
	_ = c.tls.CloseWrite()
	c.tls, c.id, c.trusted = nil, "", nil
	c.frames.Conn = c.base
}

// peeker is a connection whose next byte can be looked at.
type peeker struct {
	net.Conn
	next [1]byte
	have bool
}

func (p *peeker) peek() (byte, error) {
	if !p.have {
		if _, err := io.ReadFull(p.Conn, p.next[:]); err != nil {
			return 0, err
		}
		p.have = true
	}
	return p.next[0], nil
}

// Read reads the byte that was looked at, and then the rest.
func (p *peeker) Read(b []byte) (int, error) {
	if p.have && len(b) > 0 {
		p.have = false
		b[0] = p.next[0]
		return 1, nil
	}
	return p.Conn.Read(b)
}
