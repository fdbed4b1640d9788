package session

import (
	"fmt"
	"io"
	"net"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/ea"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// An EASession is an External Accessory session inside the link: a byte stream
// between an app and the accessory, named by the id that the device chose.
type EASession struct {
	s        *IAP2
	id       uint16
	buf      []byte
	off      int
	readable sim.Cond
	err      error // why reads end once buf is empty
	counted  bool  // what is in buf counts as kept
	scratch  []byte
}

// OpenEA begins the session with this id. Opening one that is open begins it
// anew. While the link is down there is none to open: reads and writes fail.
func (s *IAP2) OpenEA(id uint16) *EASession {
	if old := s.EA(id); old != nil {
		old.fail(net.ErrClosed)
		s.drop(old)
	}
	c := &EASession{s: s, id: id}
	c.readable.Init(s.w, s.name+": data of an External Accessory session")
	if !s.current() {
		c.err = s.fault()
		return c
	}
	c.counted = true
	s.ea = append(s.ea, c)
	return c
}

// CloseEA ends the session with this id, because the peer said so: what has
// arrived can still be read, then comes io.EOF. It reports whether there was
// one.
func (s *IAP2) CloseEA(id uint16) bool {
	c := s.EA(id)
	if c == nil {
		return false
	}
	c.fail(io.EOF)
	s.drop(c)
	return true
}

// EA returns the open session with this id, or nil.
func (s *IAP2) EA(id uint16) *EASession {
	for _, c := range s.ea {
		if c.id == id {
			return c
		}
	}
	return nil
}

func (s *IAP2) drop(c *EASession) {
	for i, x := range s.ea {
		if x == c {
			s.ea = append(s.ea[:i], s.ea[i+1:]...)
			s.took(c.uncount())
			return
		}
	}
}

// eaData takes one datagram. Those of an unknown session are dropped, as
// JoeyEamigh/bridgething and f-io/LIVI do.
func (s *IAP2) eaData(payload []byte) {
	d, err := ea.Parse(payload)
	if err != nil {
		if s.OnMalformed != nil {
			s.OnMalformed(err)
		}
		return
	}
	if c := s.EA(d.Session); c != nil {
		c.keep(d.Data)
	}
}

// keep appends to what is to be read, in the room that was read before.
func (c *EASession) keep(data []byte) {
	if c.off > len(c.buf)/2 {
		c.buf = c.buf[:copy(c.buf, c.buf[c.off:])]
		c.off = 0
	}
	c.buf = append(c.buf, data...)
	if c.counted {
		c.s.kept += len(data)
	}
	c.readable.Signal()
}

// uncount takes what is in buf, so many bytes, out of what counts as kept: the
// session is over, and gets no more.
func (c *EASession) uncount() int {
	if !c.counted {
		return 0
	}
	c.counted = false
	return len(c.buf) - c.off
}

// ID returns the session's id.
func (c *EASession) ID() uint16 { return c.id }

// spareBytes is how much room an empty session keeps for what comes next.
const spareBytes = 1 << 20

// Read reads what has arrived, waiting for at least one byte. Where nobody reads,
// the peer has to wait; see [MaxKept].
func (c *EASession) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for c.off == len(c.buf) {
		if c.err != nil {
			return 0, c.err
		}
		c.readable.Wait()
	}
	n := copy(p, c.buf[c.off:])
	c.off += n
	if c.off == len(c.buf) && cap(c.buf) > spareBytes {
		c.buf, c.off = nil, 0
	}
	if c.counted {
		c.s.took(n)
	}
	return n, nil
}

// Write cuts p into datagrams that fit the peer's packets, and returns when the
// link has queued the last of them.
func (c *EASession) Write(p []byte) (int, error) {
	if c.err != nil {
		return 0, net.ErrClosed
	}
	room := c.s.MaxData()
	if room == 0 {
		return 0, fmt.Errorf("session: the peer takes packets of %d bytes, which hold no External Accessory data", c.s.params.MaxLength)
	}
	done := 0
	for piece := range ea.Split(p, room) {
		if c.err != nil {
			return done, net.ErrClosed
		}
		c.scratch = ea.Datagram{Session: c.id, Data: piece}.AppendTo(c.scratch[:0])
		if err := c.s.send(link.SessionExternalAccessory, c.scratch); err != nil {
			return done, err
		}
		done += len(piece)
	}
	return done, nil
}

// Close ends this end of the session. Telling the peer is the caller's: the
// device sends EA01, the accessory EA03 with status 1.
func (c *EASession) Close() error {
	c.fail(net.ErrClosed)
	c.s.drop(c)
	return nil
}

func (c *EASession) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.readable.Broadcast()
}

// HasEA reports whether the session with this id is open.
func (s *IAP2) HasEA(id uint16) bool { return s.EA(id) != nil }
