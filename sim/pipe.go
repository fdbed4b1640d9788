package sim

import (
	"io"
	"net"
	"time"
)

// DefaultPipeBuffer is how many bytes a [World.Pipe] holds for a reader that is not
// there yet.
const DefaultPipeBuffer = 64 << 10

// Pipe makes a connected pair of byte streams inside the world. Writes go
// straight into the buffer of a waiting reader; else they are kept, up to
// [DefaultPipeBuffer] bytes each way, and then the writer waits. Deadlines count
// on the world's calendar ([World.Time]).
//
// Both ends have a CloseWrite() error method, which ends one direction.
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
	e.out.closeWrite(io.EOF)
	e.in.closeRead(io.ErrClosedPipe)
	return nil
}

// CloseWrite ends the outgoing direction only.
func (e *pipeEnd) CloseWrite() error {
	e.out.closeWrite(io.EOF)
	return nil
}

func (e *pipeEnd) LocalAddr() net.Addr  { return addr(e.name) }
func (e *pipeEnd) RemoteAddr() net.Addr { return addr(e.name) }

func (e *pipeEnd) SetDeadline(t time.Time) error {
	_ = e.SetReadDeadline(t)
	return e.SetWriteDeadline(t)
}

func (e *pipeEnd) SetReadDeadline(t time.Time) error {
	e.rd = e.in.w.deadline(t)
	e.in.readable.Broadcast()
	return nil
}

func (e *pipeEnd) SetWriteDeadline(t time.Time) error {
	e.wd = e.in.w.deadline(t)
	e.out.writable.Broadcast()
	e.out.turn.Broadcast()
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
