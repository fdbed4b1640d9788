package service

import (
	"encoding/binary"
	"net"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// gate is the connection that crypto/tls sees. It holds back what was read while a
// write waits; it gives out one TLS record at a time, so that nothing behind
// the last record is taken; and it keeps the deadlines of crypto/tls away, which
// are on the machine's clock.
type gate struct {
	net.Conn
	w       *sim.World
	waiting bool // a write does
	free    sim.Cond
	closed  bool

	head  [recordHeader]byte // of the record that is being read
	given int                // bytes of head that the reader has
	got   int                // bytes of head that are there
	body  int                // bytes of the record to come
}

const recordHeader = 5

func newGate(w *sim.World, conn net.Conn) *gate {
	g := &gate{Conn: conn, w: w}
	g.free.Init(w, "TLS write before a read")
	return g
}

func (g *gate) Read(p []byte) (int, error) {
	n, err := g.record(p)
	for g.waiting {
		g.free.Wait()
	}
	return n, err
}

// record reads not beyond the end of the record.
func (g *gate) record(p []byte) (int, error) {
	if g.body > 0 {
		n, err := g.Conn.Read(p[:min(len(p), g.body)])
		g.body -= n
		return n, err
	}
	if g.given == recordHeader {
		g.given, g.got = 0, 0
	}
	if g.given == g.got {
		n, err := g.Conn.Read(g.head[g.got:])
		g.got += n
		if n == 0 {
			return 0, err
		}
	}
	n := copy(p, g.head[g.given:g.got])
	if g.given += n; g.given == recordHeader {
		g.body = int(binary.BigEndian.Uint16(g.head[3:]))
	}
	return n, nil
}

func (g *gate) Write(p []byte) (int, error) {
	g.waiting = true
	defer func() {
		g.waiting = false
		g.free.Broadcast()
	}()
	return g.Conn.Write(p)
}

func (g *gate) Close() error {
	if g.closed {
		return nil
	}
	g.closed = true
	return g.Conn.Close()
}

func (g *gate) SetDeadline(time.Time) error      { return nil }
func (g *gate) SetReadDeadline(time.Time) error  { return nil }
func (g *gate) SetWriteDeadline(time.Time) error { return nil }
