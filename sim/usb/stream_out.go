package usb

import (
	"net"
	"slices"
)

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
