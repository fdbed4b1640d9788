package usb

import (
	"net"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// StreamOptions configure a [Stream]; the zero value is as libusb programs do
// it.
type StreamOptions struct {
	InTransfers  int // kept waiting for data; 4 by default
	InSize       int // bytes each, a multiple of the packet size; 16384 by default
	OutTransfers int // under way at most; 4 by default
	OutSize      int // bytes each, a multiple of the packet size; 16384 by default

	// ZeroPackets ends each Write that is a multiple of the packet size with a
	// zero-length packet, for a device that reads by transfers.
	ZeroPackets bool

	// Buffered has Write copy its data and return at once while fewer than
	// OutTransfers are under way. Errors come with a later Write or Flush.
	Buffered bool
}

// A Stream is the host's side of a pair of bulk endpoints as a file: it keeps
// several transfers in flight, and reads and writes bytes. Transfers in and
// packets are passed over in reading; each Write is one or more transfers.
//
// It is used by processes of the world: one or several may read, and write.
// Deadlines are times of the world's clock.
type Stream struct {
	w *sim.World
	c Conn
	o StreamOptions

	in       uint8
	slots    []Transfer
	ready    []*Transfer // done, in order, unread
	off      int         // read of ready[0]
	inErr    error
	readable sim.Cond
	rd       time.Duration

	out      uint8
	sends    []Transfer
	free     []*Transfer
	busy     []*Transfer // under way, in order
	rest     []byte      // of the Write in progress, not submitted yet
	zlp      bool
	sent     int // of the Write in progress
	outErr   error
	writing  bool
	late     bool // the Write in progress takes back what is under way
	writable sim.Cond
	wd       time.Duration
	closed   bool
}

// NewStream makes a stream of two endpoints of an interface that c has claimed,
// and parks transfers at the one that is in. An address of 0 leaves that
// direction out.
func NewStream(w *sim.World, c Conn, in, out uint8, o StreamOptions) *Stream {
	for _, f := range []struct {
		v *int
		n int
	}{{&o.InTransfers, 4}, {&o.InSize, 16384}, {&o.OutTransfers, 4}, {&o.OutSize, 16384}} {
		if *f.v <= 0 {
			*f.v = f.n
		}
	}
	s := &Stream{w: w, c: c, o: o, in: in, out: out, rd: sim.Never, wd: sim.Never}
	s.readable.Init(w, "read of USB stream")
	s.writable.Init(w, "write to USB stream")
	if in != 0 {
		s.slots = make([]Transfer, o.InTransfers)
		s.ready = make([]*Transfer, 0, o.InTransfers)
		done := s.inDone
		for i := range s.slots {
			t := &s.slots[i]
			t.Endpoint, t.Data, t.Done = in, make([]byte, o.InSize), done
			c.Submit(t)
		}
	}
	if out != 0 {
		s.sends = make([]Transfer, o.OutTransfers)
		s.free = make([]*Transfer, 0, o.OutTransfers)
		s.busy = make([]*Transfer, 0, o.OutTransfers)
		done := s.outDone
		for i := range s.sends {
			t := &s.sends[i]
			t.Endpoint, t.Done = out, done
			if o.Buffered {
				t.Data = make([]byte, o.OutSize)
			}
			s.free = append(s.free, t)
		}
	}
	return s
}

// SetReadDeadline sets when reads give up with [TimedOut].
func (s *Stream) SetReadDeadline(at time.Duration) {
	s.rd = at
	s.readable.Broadcast()
}

// SetWriteDeadline sets when writes give up with [TimedOut].
func (s *Stream) SetWriteDeadline(at time.Duration) {
	s.wd = at
	s.writable.Broadcast()
}

func (s *Stream) inDone(t *Transfer) {
	if s.closed {
		return
	}
	if t.Status == OK && t.Actual == 0 {
		s.c.Submit(t)
		return
	}
	if t.Status != OK && s.inErr == nil {
		s.inErr = t.Status
	}
	if t.Actual > 0 {
		s.ready = append(s.ready, t)
	}
	s.readable.Signal()
}

// Read reads what has arrived, waiting for at least one byte. After an error of
// a transfer, what had arrived is read first; the stream cannot be read any
// more then: make a new one.
func (s *Stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(s.ready) == 0 {
		switch {
		case s.closed:
			return 0, net.ErrClosed
		case s.inErr != nil:
			s.readable.Signal() // whoever else reads learns of it too
			return 0, s.inErr
		case s.in == 0:
			return 0, Invalid
		case s.rd <= s.w.Now():
			return 0, TimedOut
		}
		s.readable.WaitUntil(s.rd)
	}
	n := 0
	for n < len(p) && len(s.ready) > 0 {
		t := s.ready[0]
		k := copy(p[n:], t.Data[s.off:t.Actual])
		n += k
		if s.off += k; s.off < t.Actual {
			break
		}
		s.off = 0
		s.ready = append(s.ready[:0], s.ready[1:]...)
		if s.inErr == nil && !s.closed {
			s.c.Submit(t)
		}
	}
	if len(s.ready) > 0 {
		s.readable.Signal()
	}
	return n, nil
}

// Buffered returns how many bytes have arrived and are unread.
func (s *Stream) Buffered() int {
	n := -s.off
	for _, t := range s.ready {
		n += t.Actual
	}
	return n
}

// Close cancels what is under way. Readers and writers that wait return
// [net.ErrClosed].
func (s *Stream) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	for i := range s.slots {
		s.c.Cancel(&s.slots[i])
	}
	s.cancelSends()
	s.readable.Broadcast()
	s.writable.Broadcast()
	return nil
}
