package session

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// gate is the connection that crypto/tls sees. After the handshake it keeps what
// crypto/tls writes, so that nobody waits inside of it; it gives out one TLS record at
// a time, so that nothing behind the last record is taken; it keeps the deadlines
// of crypto/tls away, which are on the machine's clock; and it does not wait for ever
// for the rest of a record.
type gate struct {
	net.Conn
	shaken bool // the handshake is over
	closed bool
	out    []byte // records to send
	spare  []byte

	head  [recordHeader]byte // of the record that is being read
	given int                // bytes of head that the reader has
	got   int                // bytes of head that are there
	body  int                // bytes of the record to come

	w        *sim.World
	patience time.Duration // for a record, from its first byte; 0 is no limit
	due      time.Time     // the end of the record that is being read
	reading  time.Time     // the deadline of the reader
}

const recordHeader = 5

// Read reads not beyond the end of the record.
func (g *gate) Read(p []byte) (int, error) {
	if g.body > 0 {
		n, err := g.receive(p[:min(len(p), g.body)])
		if g.body -= n; g.body == 0 {
			g.end()
		}
		return n, err
	}
	if g.given == recordHeader {
		g.given, g.got = 0, 0
	}
	if g.given == g.got {
		n, err := g.receive(g.head[g.got:])
		if g.got += n; n == 0 {
			return 0, err
		}
		g.begin()
	}
	n := copy(p, g.head[g.given:g.got])
	if g.given += n; g.given == recordHeader {
		if g.body = int(binary.BigEndian.Uint16(g.head[3:])); g.body == 0 {
			g.end()
		}
	}
	return n, nil
}

// errRecord is a peer that began a TLS record and does not go on with it.
type errRecord struct{ got, size int }

func (e errRecord) Error() string {
	if e.size < 0 {
		return fmt.Sprintf("TLS record: no more than %d bytes of its header in time", e.got)
	}
	return fmt.Sprintf("TLS record: no more than %d of %d bytes in time", e.got, e.size)
}

// receive reads bytes of a record.
func (g *gate) receive(p []byte) (int, error) {
	n, err := g.Conn.Read(p)
	if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || g.due.IsZero() || g.w.Time().Before(g.due) {
		return n, err
	}
	if g.body > 0 {
		size := int(binary.BigEndian.Uint16(g.head[3:]))
		return 0, errRecord{size - g.body, size}
	}
	return 0, errRecord{g.got, -1}
}

// begin sets the time for a record whose first byte has come.
func (g *gate) begin() {
	if g.patience <= 0 || !g.shaken || !g.due.IsZero() {
		return
	}
	g.due = g.w.Time().Add(g.patience)
	g.deadline()
}

// end is that of a record.
func (g *gate) end() {
	if !g.due.IsZero() {
		g.due = time.Time{}
		g.deadline()
	}
}

// deadline sets the earlier of the reader's and the record's.
func (g *gate) deadline() {
	d := g.reading
	if d.IsZero() || !g.due.IsZero() && g.due.Before(d) {
		d = g.due
	}
	_ = g.Conn.SetReadDeadline(d)
}

func (g *gate) Write(p []byte) (int, error) {
	if !g.shaken {
		return g.Conn.Write(p)
	}
	g.out = append(g.out, p...)
	return len(p), nil
}

// flush sends what was kept; only one process may. Records that come up meanwhile go
// out, too.
func (g *gate) flush() error {
	for len(g.out) > 0 {
		b := g.out
		g.out, g.spare = g.spare[:0], nil
		_, err := g.Conn.Write(b)
		if cap(b) <= keepRecords {
			g.spare = b
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// keepRecords is how large a buffer may be that is kept from one write to the next.
const keepRecords = 72 << 10

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
