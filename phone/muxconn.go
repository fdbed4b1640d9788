package phone

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmux"
)

// muxConn is a connection of usbmux as a net.Conn of the world. What is unread
// keeps the host from sending more, and a write waits while the host reads
// nothing.
type muxConn struct {
	m        *muxDevice
	c        *usbmux.Conn
	readable sim.Cond
	writable sim.Cond
	rd, wd   time.Duration
	closed   bool  // here
	ends     bool  // the mux has ended it
	err      error // what a reader meets after the last byte

	read, passed int64 // bytes that were read, and all
}

func newMuxConn(m *muxDevice, c *usbmux.Conn) *muxConn {
	k := &muxConn{m: m, c: c, rd: sim.Never, wd: sim.Never}
	k.readable.Init(m.d.p.w, "read of usbmux connection")
	k.writable.Init(m.d.p.w, "write to usbmux connection")
	c.User = k
	return k
}

func (k *muxConn) wake() {
	k.readable.Broadcast()
	k.writable.Broadcast()
}

// ended takes the end of the connection. A reset by the host is how every
// connection ends, and no error.
func (k *muxConn) ended(why usbmux.Reason) {
	if k.ends = true; k.err != nil {
		return
	}
	switch why {
	case usbmux.PeerReset, usbmux.PeerRestarted:
		k.err = io.EOF
	case usbmux.Detached:
		k.err = usb.Disconnected
	default:
		k.err = fmt.Errorf("phone: usbmux connection %v: %v", k.c, why)
	}
	k.wake()
}

// Read implements net.Conn.
func (k *muxConn) Read(p []byte) (int, error) {
	for {
		switch {
		case k.closed:
			return 0, net.ErrClosed
		case k.rd <= k.now():
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		}
		if n := k.c.Read(k.now(), p[:k.allowed(len(p))]); n > 0 {
			k.read += int64(n)
			k.moved(n)
			k.m.turn()
			return n, nil
		}
		if k.err != nil {
			return 0, k.err
		}
		k.readable.WaitUntil(k.rd)
	}
}

// Write implements net.Conn.
func (k *muxConn) Write(p []byte) (int, error) {
	done := 0
	for {
		switch {
		case k.closed:
			return done, net.ErrClosed
		case k.err == io.EOF:
			return done, io.ErrClosedPipe
		case k.err != nil:
			return done, k.err
		case k.wd <= k.now():
			return done, os.ErrDeadlineExceeded
		}
		n, err := k.c.Write(k.now(), p[done:])
		done += n
		if err != nil {
			return done, fmt.Errorf("phone: %w", err)
		}
		k.moved(n)
		k.m.turn()
		if done == len(p) {
			return done, nil
		}
		k.writable.WaitUntil(k.wd)
	}
}

// Close ends the connection once what was written has left.
func (k *muxConn) Close() error {
	if k.closed {
		return nil
	}
	k.closed = true
	k.c.Close(k.now())
	k.wake()
	k.m.turn()
	return nil
}

func (k *muxConn) now() time.Duration { return k.m.d.p.w.Now() }

// LocalAddr implements net.Conn: the port that was asked for.
func (k *muxConn) LocalAddr() net.Addr { return muxAddr(k.c.Port()) }

// RemoteAddr implements net.Conn: the port of the host.
func (k *muxConn) RemoteAddr() net.Addr { return muxAddr(k.c.HostPort()) }

// SetDeadline implements net.Conn.
func (k *muxConn) SetDeadline(t time.Time) error {
	k.rd, k.wd = k.deadline(t), k.deadline(t)
	k.wake()
	return nil
}

// SetReadDeadline implements net.Conn.
func (k *muxConn) SetReadDeadline(t time.Time) error {
	k.rd = k.deadline(t)
	k.readable.Broadcast()
	return nil
}

// SetWriteDeadline implements net.Conn.
func (k *muxConn) SetWriteDeadline(t time.Time) error {
	k.wd = k.deadline(t)
	k.writable.Broadcast()
	return nil
}

// deadline turns a calendar time into one of the world's clock.
func (k *muxConn) deadline(t time.Time) time.Duration {
	if t.IsZero() {
		return sim.Never
	}
	return k.now() + t.Sub(k.m.d.p.w.Time())
}

// muxAddr is a port of usbmux as a net.Addr.
type muxAddr uint16

func (a muxAddr) Network() string { return "usbmux" }
func (a muxAddr) String() string  { return fmt.Sprint(uint16(a)) }
