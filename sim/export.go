package sim

import (
	"errors"
	"net"
	"time"
)

// Export takes a connection of the world, such as the end of a [World.Pipe], to
// the outside. What it returns is for goroutines outside, safe like any
// [net.Conn], with deadlines on the machine's clock. inside belongs to it from
// now on.
//
// When the world ends, readers outside get io.EOF and writers io.ErrClosedPipe. An
// open export keeps the world from ending with a deadlock, as [World.Hold] does.
// Like Import, Export is called inside the world or before Run, and is meant for
// worlds on the machine's clock.
func (w *World) Export(inside net.Conn) net.Conn {
	// One net.Pipe for each direction, so that each can end by itself.
	r1, w1 := net.Pipe()
	r2, w2 := net.Pipe()
	local, remote := inside.LocalAddr(), inside.RemoteAddr()
	newBridge(w, local.String(), &exported{r: r1, w: w2, local: remote, remote: local}, inside)
	return &exported{r: r2, w: w1, local: local, remote: remote}
}

// exported is one end of a pair outside of the world.
type exported struct {
	r, w          net.Conn
	local, remote net.Addr
}

func (e *exported) Read(p []byte) (int, error)         { return e.r.Read(p) }
func (e *exported) Write(p []byte) (int, error)        { return e.w.Write(p) }
func (e *exported) Close() error                       { return errors.Join(e.r.Close(), e.w.Close()) }
func (e *exported) CloseRead() error                   { return e.r.Close() }
func (e *exported) CloseWrite() error                  { return e.w.Close() }
func (e *exported) LocalAddr() net.Addr                { return e.local }
func (e *exported) RemoteAddr() net.Addr               { return e.remote }
func (e *exported) SetReadDeadline(t time.Time) error  { return e.r.SetReadDeadline(t) }
func (e *exported) SetWriteDeadline(t time.Time) error { return e.w.SetWriteDeadline(t) }

func (e *exported) SetDeadline(t time.Time) error {
	return errors.Join(e.r.SetReadDeadline(t), e.w.SetWriteDeadline(t))
}
