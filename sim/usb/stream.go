package usb

import (
	"net"
	"slices"
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

// Write sends p, and returns when the device has taken all of it, or at once if
// the stream is Buffered. Where it gives up, it takes back what is under way;
// the count is of the bytes that the device has taken.
func (s *Stream) Write(p []byte) (int, error) {
	for s.writing && !s.closed {
		if !s.writable.WaitUntil(s.wd) && s.writing && s.wd <= s.w.Now() {
			return 0, TimedOut
		}
	}
	switch {
	case s.closed:
		return 0, net.ErrClosed
	case s.outErr != nil:
		return 0, s.outErr
	case s.out == 0:
		return 0, Invalid
	case len(p) == 0:
		return 0, nil
	}
	s.writing = true
	defer s.endWrite()
	s.rest, s.zlp, s.sent = p, s.o.ZeroPackets, 0
	if s.o.Buffered {
		return s.writeBuffered(len(p))
	}
	s.submit()
	err := s.settle()
	if s.outErr != nil {
		err = s.outErr
	}
	return s.sent, err
}

func (s *Stream) endWrite() {
	s.writing, s.late, s.rest = false, false, nil
	s.writable.Broadcast()
}

// settle waits until nothing is under way, and cancels it after the deadline.
func (s *Stream) settle() error {
	for len(s.busy) > 0 || len(s.rest) > 0 && s.outErr == nil && !s.closed {
		switch {
		case s.late:
			s.writable.Wait()
		case !s.writable.WaitUntil(s.wd) && s.wd <= s.w.Now():
			s.late = true
			s.rest = s.rest[:0]
			s.cancelSends()
		}
	}
	switch {
	case s.closed:
		return net.ErrClosed
	case s.late:
		return TimedOut
	}
	return nil
}

func (s *Stream) writeBuffered(n int) (int, error) {
	for {
		s.submit()
		switch {
		case len(s.rest) == 0:
			return n, nil
		case s.closed:
			return n - len(s.rest), net.ErrClosed
		case s.outErr != nil:
			return n - len(s.rest), s.outErr
		case s.wd <= s.w.Now():
			return n - len(s.rest), TimedOut
		}
		s.writable.WaitUntil(s.wd)
	}
}

// Flush waits until the device has taken all that was written. Without Buffered
// there is nothing to wait for.
func (s *Stream) Flush() error {
	for len(s.busy) > 0 && s.outErr == nil && !s.closed {
		if !s.writable.WaitUntil(s.wd) && s.wd <= s.w.Now() {
			return TimedOut
		}
	}
	if s.closed {
		return net.ErrClosed
	}
	return s.outErr
}

// submit puts as much of rest under way as is allowed.
func (s *Stream) submit() {
	for len(s.rest) > 0 && len(s.free) > 0 && s.outErr == nil && !s.closed {
		t := s.free[len(s.free)-1]
		s.free = s.free[:len(s.free)-1]
		k := min(len(s.rest), s.o.OutSize)
		if s.o.Buffered {
			t.Data = append(t.Data[:0], s.rest[:k]...)
		} else {
			t.Data = s.rest[:k]
		}
		s.rest = s.rest[k:]
		t.ZeroPacket = s.zlp && len(s.rest) == 0
		s.busy = append(s.busy, t)
		s.c.Submit(t)
	}
}

func (s *Stream) outDone(t *Transfer) {
	if i := slices.Index(s.busy, t); i >= 0 {
		s.busy = append(s.busy[:i], s.busy[i+1:]...)
	}
	s.free = append(s.free, t)
	s.sent += t.Actual
	if t.Status != OK && s.outErr == nil && !s.late && !s.closed {
		s.outErr = t.Status
		s.cancelSends()
	}
	if !s.o.Buffered {
		t.Data = nil
		s.submit()
		if len(s.rest) > 0 && len(s.busy) > 0 && s.outErr == nil {
			return // the writer has nothing to do yet
		}
	}
	s.writable.Broadcast()
}

// cancelSends takes back what is under way, the last first: a device that takes
// one meanwhile has all before it.
func (s *Stream) cancelSends() {
	for i := len(s.busy) - 1; i >= 0; i-- {
		s.c.Cancel(s.busy[i])
	}
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
