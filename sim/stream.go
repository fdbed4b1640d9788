package sim

import (
	"net"
	"os"
	"time"
)

// stream is one direction of a pipe.
type stream struct {
	w        *World
	buf      []byte // a ring; grows up to size
	size     int
	start, n int
	readable Cond
	writable Cond
	turn     turn

	// A reader that waits lends its buffer.
	reader *process
	lent   []byte
	got    int

	end    error // what a reader meets after the last byte; nil while it is open
	refuse error // what a writer meets; nil while it is open
	noRead bool  // the reader has closed
	noMore bool  // the writer has closed
}

// minRing is how large a ring begins.
const minRing = 512

func newStream(w *World, name string, size int) *stream {
	s := &stream{w: w, size: max(size, 1)}
	s.readable.Init(w, "read of "+name)
	s.writable.Init(w, "write to "+name)
	s.turn.Init(w, "write to "+name+" by another")
	return s
}

// read reads like a [net.Conn]. The deadline may be moved meanwhile.
func (s *stream) read(p []byte, deadline *time.Duration) (int, error) {
	switch {
	case s.noRead:
		return 0, net.ErrClosed
	case *deadline <= s.w.now:
		return 0, os.ErrDeadlineExceeded
	case len(p) == 0:
		return 0, nil
	}
	for s.n == 0 {
		switch {
		case s.noRead:
			return 0, net.ErrClosed
		case s.end != nil:
			return 0, s.end
		case *deadline <= s.w.now:
			return 0, os.ErrDeadlineExceeded
		}
		me := s.w.me("Read")
		if s.reader != nil && !s.reader.finished {
			s.readable.WaitUntil(*deadline)
			continue
		}
		s.reader, s.lent, s.got = me, p, 0
		s.readable.WaitUntil(*deadline)
		s.reader, s.lent = nil, nil
		if s.got > 0 {
			return s.got, nil
		}
	}
	return s.take(p), nil
}

// write writes like a [net.Conn]: all of p in one piece, whoever else writes.
func (s *stream) write(p []byte, deadline *time.Duration) (int, error) {
	done := 0
	var err error
	for err == nil {
		switch {
		case s.noMore:
			err = net.ErrClosed
		case s.refuse != nil:
			err = s.refuse
		case *deadline <= s.w.now:
			err = os.ErrDeadlineExceeded
		case !s.turn.mine():
			s.turn.WaitUntil(*deadline)
		case done == len(p):
			s.turn.pass()
			return done, nil
		default:
			k := s.put(p[done:])
			if done += k; k == 0 {
				s.turn.keep()
				s.writable.WaitUntil(*deadline)
			}
		}
	}
	s.turn.pass()
	return done, err
}

// put hands bytes to a waiting reader, or keeps them. It returns how many it
// could.
func (s *stream) put(p []byte) int {
	if s.n == 0 && s.reader != nil && s.got < len(s.lent) && !s.reader.finished {
		k := copy(s.lent[s.got:], p)
		s.got += k
		if s.reader.cond == &s.readable {
			s.readable.wake(s.reader)
		}
		return k
	}
	s.room(len(p))
	end := s.start + s.n
	if end >= len(s.buf) {
		end -= len(s.buf)
	}
	free := len(s.buf) - s.n
	k := copy(s.buf[end:min(end+free, len(s.buf))], p)
	if k < len(p) && k < free {
		k += copy(s.buf[:free-k], p[k:])
	}
	s.n += k
	if k > 0 {
		s.readable.Signal()
	}
	return k
}

// room grows the ring for k more bytes, as far as it may grow.
func (s *stream) room(k int) {
	need := min(s.n+k, s.size)
	if need <= len(s.buf) {
		return
	}
	buf := make([]byte, min(s.size, max(minRing, need, 2*len(s.buf))))
	s.peek(buf)
	s.buf, s.start = buf, 0
}

// peek copies what the ring holds into p.
func (s *stream) peek(p []byte) int {
	k := copy(p, s.buf[s.start:min(s.start+s.n, len(s.buf))])
	if k < len(p) && k < s.n {
		k += copy(p[k:], s.buf[:s.n-k])
	}
	return k
}

// take empties the ring into p.
func (s *stream) take(p []byte) int {
	k := s.peek(p)
	s.n -= k
	if s.start += k; s.start >= len(s.buf) {
		s.start -= len(s.buf)
	}
	if s.n == 0 {
		s.start = 0
	} else {
		s.readable.Signal() // there may be a second reader
	}
	s.writable.Signal()
	return k
}

// closeWrite is the writer's: readers meet end after the last byte.
func (s *stream) closeWrite(end error) {
	if s.noMore {
		return
	}
	s.noMore, s.end = true, end
	s.wake()
}

// closeRead is the reader's: what is unread is lost, and writers meet refuse.
func (s *stream) closeRead(refuse error) {
	if s.noRead {
		return
	}
	s.noRead, s.refuse = true, refuse
	s.start, s.n = 0, 0
	s.wake()
}

func (s *stream) wake() {
	s.readable.Broadcast()
	s.writable.Broadcast()
	s.turn.Broadcast()
}

// turn lets those who write to one stream take turns, first come, first served.
type turn struct {
	Cond
	holder *process // who is in the middle of a write and waits, or is next
}

// mine reports whether the running process need not wait.
func (t *turn) mine() bool {
	return t.holder == nil || t.holder == t.w.current || t.holder.finished
}

// keep keeps others out until pass.
func (t *turn) keep() { t.holder = t.w.current }

func (t *turn) pass() {
	if t.holder != nil && t.holder == t.w.current {
		t.holder = t.head
		t.Signal()
	}
}
