package sim

import "net"

// Import brings a connection of the outside, such as a socket, into the world.
// What it returns is for processes of the world: its reads and writes wait in
// the world, its deadlines count on the world's clock, and it buffers up to
// [DefaultPipeBuffer] bytes each way. c belongs to it from now on.
//
// Close sends what was written before, for at most a second of real time, and
// has closed c when it returns. CloseWrite ends the outgoing direction only,
// where c can do that. When the world ends, c is closed in the same way.
//
// An open import keeps the world from ending with a deadlock, as [World.Hold]
// does, for something may come in. It is meant for worlds on the machine's
// clock: virtual time does not wait for the other side of a socket.
//
// Import may be called inside the world, and before Run.
func (w *World) Import(name string, c net.Conn) net.Conn {
	near, far := w.Pipe(name)
	b := newBridge(w, name, c, far)
	return &imported{pipeEnd: near.(*pipeEnd), c: c, b: b}
}

// imported is the end of a pipe whose other end the bridge has.
type imported struct {
	*pipeEnd
	c net.Conn
	b *bridge
}

func (i *imported) LocalAddr() net.Addr  { return i.c.LocalAddr() }
func (i *imported) RemoteAddr() net.Addr { return i.c.RemoteAddr() }

func (i *imported) Close() error {
	_ = i.pipeEnd.Close()
	i.b.hangUp()
	if w := i.b.w; w.current != nil && !w.stopping {
		i.b.gone.WaitFor(Never, func() bool { return i.b.pumps == 0 })
	}
	return nil
}
