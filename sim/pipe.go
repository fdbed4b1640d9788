package sim

import (
	"io"
	"net"
	"os"
	"time"
)

// DefaultPipeBuffer is how many bytes a [Pipe] holds for a reader that is not
// there yet.
const DefaultPipeBuffer = 64 << 10

// Pipe makes a connected pair of byte streams inside the world. Writes go
// straight into the buffer of a waiting reader; else they are kept, up to
// [DefaultPipeBuffer] bytes each way, and then the writer waits. Deadlines count
// on the world's calendar ([World.Time]).
func (w *World) Pipe(name string) (a, b net.Conn) {
	return w.PipeSize(name, DefaultPipeBuffer)
}

// PipeSize is [World.Pipe] with a buffer of n bytes each way.
func (w *World) PipeSize(name string, n int) (a, b net.Conn) {
	ab, ba := newStream(w, name, n), newStream(w, name, n)
	x := &pipeEnd{name: name, in: ba, out: ab}
	y := &pipeEnd{name: name, in: ab, out: ba}
	x.rd, x.wd, y.rd, y.wd = Never, Never, Never, Never
	return x, y
}

// stream is one direction of a pipe.
type stream struct {
	w        *World
	buf      []byte // a ring, allocated at the first byte kept
	size     int
	start, n int
	waiting  []byte // the buffer of a reader that waits; nil when filled
	got      int
	readable Cond
	writable Cond
	eof      bool // the writer has closed
	broken   bool // the reader has closed
}

func newStream(w *World, name string, size int) *stream {
	s := &stream{w: w, size: max(size, 1)}
	s.readable.Init(w, "read of "+name)
	s.writable.Init(w, "write to "+name)
	return s
}

func (s *stream) read(p []byte, deadline *time.Duration) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for s.n == 0 {
		switch {
		case s.broken:
			return 0, net.ErrClosed
		case s.eof:
			return 0, io.EOF
		case *deadline <= s.w.now:
			return 0, os.ErrDeadlineExceeded
		}
		if s.waiting == nil {
			s.waiting, s.got = p, 0
		}
		mine := len(s.waiting) > 0 && &s.waiting[0] == &p[0]
		s.readable.WaitUntil(*deadline)
		if mine {
			got := s.got
			s.waiting, s.got = nil, 0
			if got > 0 {
				return got, nil
			}
		}
	}
	return s.take(p), nil
}

// take empties the ring into p.
func (s *stream) take(p []byte) int {
	k := copy(p, s.buf[s.start:min(s.start+s.n, len(s.buf))])
	if k < len(p) && k < s.n {
		k += copy(p[k:], s.buf[:s.n-k])
	}
	s.n -= k
	if s.start += k; s.start >= len(s.buf) {
		s.start -= len(s.buf)
	}
	if s.n == 0 {
		s.start = 0
	}
	s.writable.Broadcast()
	return k
}

func (s *stream) write(p []byte, deadline *time.Duration) (int, error) {
	done := 0
	for {
		switch {
		case s.eof:
			return done, net.ErrClosed
		case s.broken:
			return done, io.ErrClosedPipe
		case done == len(p):
			return done, nil
		case *deadline <= s.w.now:
			return done, os.ErrDeadlineExceeded
		}
		k := s.put(p[done:])
		done += k
		if k == 0 {
			s.writable.WaitUntil(*deadline)
		}
	}
}

// put hands bytes to a waiting reader, or keeps them.
func (s *stream) put(p []byte) int {
	if s.n == 0 && s.waiting != nil && s.got < len(s.waiting) {
		k := copy(s.waiting[s.got:], p)
		s.got += k
		s.readable.Signal()
		return k
	}
	if s.buf == nil {
		s.buf = make([]byte, s.size)
	}
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

type pipeEnd struct {
	name    string
	in, out *stream
	rd, wd  time.Duration
}

func (e *pipeEnd) Read(p []byte) (int, error)  { return e.in.read(p, &e.rd) }
func (e *pipeEnd) Write(p []byte) (int, error) { return e.out.write(p, &e.wd) }

// Close ends both directions: the peer reads what was written, then io.EOF, and
// its writes fail with io.ErrClosedPipe.
func (e *pipeEnd) Close() error {
	e.out.eof, e.in.broken = true, true
	e.in.n = 0
	for _, s := range []*stream{e.in, e.out} {
		s.readable.Broadcast()
		s.writable.Broadcast()
	}
	return nil
}

// CloseWrite ends the outgoing direction only.
func (e *pipeEnd) CloseWrite() error {
	e.out.eof = true
	e.out.readable.Broadcast()
	e.out.writable.Broadcast()
	return nil
}

func (e *pipeEnd) LocalAddr() net.Addr  { return addr(e.name) }
func (e *pipeEnd) RemoteAddr() net.Addr { return addr(e.name) }

func (e *pipeEnd) SetDeadline(t time.Time) error {
	e.rd = e.in.w.deadline(t)
	e.wd = e.rd
	e.in.readable.Broadcast()
	e.out.writable.Broadcast()
	return nil
}

func (e *pipeEnd) SetReadDeadline(t time.Time) error {
	e.rd = e.in.w.deadline(t)
	e.in.readable.Broadcast()
	return nil
}

func (e *pipeEnd) SetWriteDeadline(t time.Time) error {
	e.wd = e.in.w.deadline(t)
	e.out.writable.Broadcast()
	return nil
}

// deadline turns a calendar time into a time of the world's clock.
func (w *World) deadline(t time.Time) time.Duration {
	if t.IsZero() {
		return Never
	}
	return t.Sub(w.epoch)
}

type addr string

func (a addr) Network() string { return "sim" }
func (a addr) String() string  { return string(a) }
