package session

import (
	"crypto/tls"
	"net"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// A TLS is a TLS connection in a world.
//
// Unlike a [tls.Conn] it is safe for a process that reads beside one that writes. A
// process that waits inside of crypto/tls holds a lock; another that wants it, and be it
// a reader that must answer with an alert, would stop the whole world. So nobody waits
// there: what is to be sent is sent outside of it. Writers take turns.
type TLS struct {
	conn *tls.Conn
	raw  *gate
	w    *sim.World
	err  error // of a write: the stream is broken
	tap  func(out bool, clear []byte)

	writing bool
	turn    sim.Cond
}

// NewTLS puts TLS on a connection of the world. Wrap returns the end of crypto/tls,
// client or server, on the connection that it is given.
func NewTLS(w *sim.World, conn net.Conn, wrap func(net.Conn) *tls.Conn) *TLS {
	t := &TLS{raw: &gate{Conn: conn, w: w}, w: w}
	t.turn.Init(w, "TLS write by another")
	t.conn = wrap(t.raw)
	return t
}

// Handshake does the handshake. Nobody else may use the connection before it is done.
func (t *TLS) Handshake() error {
	err := t.conn.Handshake()
	t.raw.shaken = true
	return err
}

// Patience bounds how long a peer may take from the first byte of a TLS record to its
// last; the read that waits for it then fails, and so does every read after it. It
// counts for records after the handshake. 0, the default, is no limit.
func (t *TLS) Patience(d time.Duration) { t.raw.patience = d }

// Tap has fn see the clear text as it passes: what is about to be sent, and what
// was read. It must not keep the bytes, nor wait.
func (t *TLS) Tap(fn func(out bool, clear []byte)) { t.tap = fn }

// Version returns the version of TLS that was agreed on, such as
// [tls.VersionTLS12].
func (t *TLS) Version() uint16 { return t.conn.ConnectionState().Version }

// State returns what the handshake agreed on.
func (t *TLS) State() tls.ConnectionState { return t.conn.ConnectionState() }

// Read reads clear text; io.EOF says that the peer ended TLS.
func (t *TLS) Read(p []byte) (int, error) {
	n, err := t.conn.Read(p)
	if n > 0 && t.tap != nil {
		t.tap(false, p[:n])
	}
	if len(t.raw.out) > 0 && !t.writing { // an alert, or an answer to a key update
		t.take()
		defer t.give()
		_ = t.flush()
	}
	return n, err
}

// chunk is how much is encrypted before it is sent: a message of this size, and most
// are smaller, leaves in one write.
const chunk = 64 << 10

// Write sends p.
func (t *TLS) Write(p []byte) (done int, err error) {
	t.take()
	defer t.give()
	if t.tap != nil && len(p) > 0 {
		t.tap(true, p)
	}
	for done < len(p) && err == nil {
		n := min(len(p)-done, chunk)
		if _, err = t.conn.Write(p[done : done+n]); err == nil {
			err = t.flush()
		}
		if err == nil {
			done += n
		}
	}
	return done, err
}

func (t *TLS) flush() error {
	if t.err == nil {
		t.err = t.raw.flush()
	}
	return t.err
}

func (t *TLS) take() {
	for t.writing {
		t.turn.Wait()
	}
	t.writing = true
}

func (t *TLS) give() {
	t.writing = false
	t.turn.Signal()
}

// CloseWrite tells the peer that TLS is over, with close_notify.
func (t *TLS) CloseWrite() error {
	t.take()
	defer t.give()
	if err := t.conn.CloseWrite(); err != nil {
		return err
	}
	return t.flush()
}

// closeTime is how long close_notify may take; a peer that does not read is not
// waited for.
const closeTime = 5 * time.Second

// Close ends TLS, and closes the connection below.
func (t *TLS) Close() error {
	if !t.writing && !t.raw.closed {
		_ = t.raw.Conn.SetWriteDeadline(t.w.Time().Add(closeTime))
		_ = t.CloseWrite()
	}
	return t.raw.Close()
}

// LocalAddr returns that of the connection below.
func (t *TLS) LocalAddr() net.Addr { return t.raw.LocalAddr() }

// RemoteAddr returns that of the connection below.
func (t *TLS) RemoteAddr() net.Addr { return t.raw.RemoteAddr() }

// SetDeadline sets the deadlines of the connection below. After a write has met its
// deadline, TLS is broken.
func (t *TLS) SetDeadline(d time.Time) error {
	_ = t.SetReadDeadline(d)
	return t.SetWriteDeadline(d)
}

// SetReadDeadline sets the deadline for reading.
func (t *TLS) SetReadDeadline(d time.Time) error {
	t.raw.reading = d
	t.raw.deadline()
	return nil
}

// SetWriteDeadline sets the deadline for writing.
func (t *TLS) SetWriteDeadline(d time.Time) error { return t.raw.Conn.SetWriteDeadline(d) }
