package sim

import (
	"io"
	"net"
	"time"
)

// linger is how much real time what was written still has once it is closed.
const linger = time.Second

// bridgeBuffer is how much a bridge carries in one go.
const bridgeBuffer = 32 << 10

// bridge carries bytes between a connection of the outside and one of the
// world, by two processes of the world that step outside to read and to write.
type bridge struct {
	w       *World
	name    string
	outside net.Conn
	inside  net.Conn
	pumps   int // running
	gone    Cond
	closing bool // inside has hung up
	sent    bool // nothing more goes out

	chunk   []byte
	writing bool
	wrote   chan error
}

func newBridge(w *World, name string, outside, inside net.Conn) *bridge {
	b := &bridge{w: w, name: name, outside: outside, inside: inside, pumps: 2, wrote: make(chan error, 1)}
	b.gone.Init(w, "close of "+name)
	if w.bridges == nil {
		w.bridges = make(map[*bridge]bool)
	}
	w.bridges[b] = true
	w.Go(name+" in", b.receive)
	w.Go(name+" out", b.send)
	return b
}

// receive carries what comes from outside.
func (b *bridge) receive() {
	buf := make([]byte, bridgeBuffer)
	var n int
	var err error
	read := func() { n, err = b.outside.Read(buf) }
	for {
		b.w.leave("data from "+b.name, &b.w.door.away, read)
		if n > 0 {
			if _, refused := b.inside.Write(buf[:n]); refused != nil {
				noneTaken(b.outside)
				break
			}
		}
		if err != nil {
			noneComes(b.inside, err)
			break
		}
	}
	b.done()
}

// send carries what goes out.
func (b *bridge) send() {
	buf := make([]byte, bridgeBuffer)
	for {
		n, err := b.inside.Read(buf)
		if n > 0 {
			b.chunk, b.writing = buf[:n], true
			b.w.leave("room in "+b.name, &b.w.door.away, b.write)
			b.writing = false
			if refused := <-b.wrote; refused != nil {
				refuse(b.inside, refused)
				break
			}
		}
		if err != nil {
			noneComes(b.outside, err)
			break
		}
	}
	b.sent = true
	if b.closing {
		_ = b.outside.Close() // receive waits there
	}
	b.done()
}

func (b *bridge) write() {
	_, err := b.outside.Write(b.chunk)
	b.wrote <- err
}

func (b *bridge) done() {
	if b.pumps--; b.pumps > 0 {
		return
	}
	_ = b.outside.Close()
	_ = b.inside.Close()
	delete(b.w.bridges, b)
	b.gone.Broadcast()
}

// hangUp closes the outside once everything is sent.
func (b *bridge) hangUp() {
	b.closing = true
	if b.sent {
		_ = b.outside.Close()
		return
	}
	_ = b.outside.SetWriteDeadline(time.Now().Add(linger))
}

// endBridges closes the bridges of a world that has ended. Its processes are
// gone: what they left is sent from here.
func (w *World) endBridges() {
	deadline := time.Now().Add(linger) // one for all
	for b := range w.bridges {
		_ = b.outside.SetWriteDeadline(deadline)
	}
	for b := range w.bridges {
		b.flush(deadline)
		_ = b.outside.Close()
		switch c := b.inside.(type) {
		case *pipeEnd:
			_ = c.Close()
		case *linkEnd:
			_ = c.Close()
		}
	}
	clear(w.bridges)
}

func (b *bridge) flush(deadline time.Time) {
	if b.writing {
		select {
		case err := <-b.wrote:
			if err != nil {
				return
			}
		case <-time.After(time.Until(deadline)):
			return // no deadline in this kind of connection
		}
	}
	if end, ok := b.inside.(*pipeEnd); ok && end.in.n > 0 {
		rest := make([]byte, end.in.n)
		end.in.take(rest)
		_, _ = b.outside.Write(rest)
	}
}

// noneComes tells the reader of the other end that nothing more comes.
func noneComes(c net.Conn, why error) {
	if p, ok := c.(*pipeEnd); ok {
		p.out.closeWrite(why)
		return
	}
	if h, ok := c.(interface{ CloseWrite() error }); ok && why == io.EOF {
		_ = h.CloseWrite()
		return
	}
	_ = c.Close()
}

// noneTaken tells the writer of the other end that nothing more is taken, where
// c can do that without closing.
func noneTaken(c net.Conn) {
	if h, ok := c.(interface{ CloseRead() error }); ok {
		_ = h.CloseRead()
	}
}

// refuse has the writer of the other end, in the world, meet why.
func refuse(c net.Conn, why error) {
	if p, ok := c.(*pipeEnd); ok {
		p.in.closeRead(why)
		return
	}
	_ = c.Close()
}
