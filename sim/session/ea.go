package session

import (
	"encoding/binary"
	"io"
	"net"

	"github.com/plugfest/plugfest/sim"
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
	scratch  []byte
}

// OpenEA begins the session with this id. Opening one that is open begins it
// anew.
func (s *IAP2) OpenEA(id uint16) *EASession {
	if old := s.session(id); old != nil {
		old.fail(net.ErrClosed)
		s.drop(old)
	}
	c := &EASession{s: s, id: id}
	c.readable.Init(s.w, s.name+": data of an External Accessory session")
	s.ea = append(s.ea, c)
	return c
}

// CloseEA ends the session with this id, because the peer said so: what has
// arrived can still be read, then comes io.EOF. It reports whether there was
// one.
func (s *IAP2) CloseEA(id uint16) bool {
	c := s.session(id)
	if c == nil {
		return false
	}
	c.fail(io.EOF)
	s.drop(c)
	return true
}

func (s *IAP2) session(id uint16) *EASession {
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
			return
		}
	}
}

// eaData takes one datagram: u16 session id, then bytes. Those of an unknown
// session are dropped, as JoeyEamigh/bridgething and f-io/LIVI do.
func (s *IAP2) eaData(datagram []byte) {
	if len(datagram) < 2 {
		return
	}
	c := s.session(binary.BigEndian.Uint16(datagram))
	if c == nil {
		return
	}
	if c.off > 0 && c.off == len(c.buf) {
		c.buf, c.off = c.buf[:0], 0
	}
	c.buf = append(c.buf, datagram[2:]...)
	c.readable.Signal()
}

// ID returns the session's id.
func (c *EASession) ID() uint16 { return c.id }

func (c *EASession) Read(p []byte) (int, error) {
	for c.off == len(c.buf) {
		if c.err != nil {
			return 0, c.err
		}
		c.readable.Wait()
	}
	n := copy(p, c.buf[c.off:])
	c.off += n
	return n, nil
}

// Write cuts p into datagrams that fit the peer's packets.
func (c *EASession) Write(p []byte) (int, error) {
	const overhead = 12 // link header and checksum, session id
	room := max(int(c.s.params.MaxLength)-overhead, 1)
	done := 0
	for done < len(p) {
		if c.err != nil {
			return done, net.ErrClosed
		}
		k := min(room, len(p)-done)
		c.scratch = binary.BigEndian.AppendUint16(c.scratch[:0], c.id)
		c.scratch = append(c.scratch, p[done:done+k]...)
		if err := c.s.send(link.SessionExternalAccessory, c.scratch); err != nil {
			return done, err
		}
		done += k
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
func (s *IAP2) HasEA(id uint16) bool { return s.session(id) != nil }
