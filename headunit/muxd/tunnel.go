package muxd

import (
	"fmt"
	"net"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/usbmux"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// tunnel is a connection to a port of a phone, and the client at this end.
type tunnel struct {
	v        *device
	c        *usbmux.Conn
	client   net.Conn // from relay on
	up, over bool
	carrying bool // toClient runs
	readable sim.Cond
	writable sim.Cond

	// While the phone takes nothing:
	ahead  loan          // what the client has sent meanwhile,
	got    int           // and how much it is
	moved  time.Duration // when bytes passed last, either way
	left   bool          // the client has gone, or will send no more
	giving bool          // toClient is writing
}

// open opens a connection and waits for what becomes of it.
func (d *Daemon) open(id uint32, port uint16) (*tunnel, usbmuxd.Result) {
	v := d.find(id)
	if v == nil && d.o.Faults.StaleIDs && id <= d.nextID && len(d.devices) > 0 {
		v = d.devices[0]
	}
	if v == nil {
		return nil, usbmuxd.BadDevice
	}
	c, err := v.engine.Open(d.w.Now(), port)
	if err != nil {
		return nil, usbmuxd.ConnRefused
	}
	t := &tunnel{v: v, c: c}
	t.readable.Init(d.w, fmt.Sprintf("%s: port %d of device %d", d.name, port, id))
	t.writable.Init(d.w, fmt.Sprintf("%s: room to port %d of device %d", d.name, port, id))
	c.User = t
	v.turn()
	t.readable.WaitFor(sim.Never, func() bool { return t.up || t.over })
	if !t.up {
		return nil, usbmuxd.ConnRefused
	}
	return t, usbmuxd.OK
}

func (t *tunnel) connected() {
	t.up = true
	t.wake()
}

func (t *tunnel) ended() {
	t.over = true
	t.giveTime()
	t.wake()
}

func (t *tunnel) wake() {
	t.readable.Broadcast()
	t.writable.Broadcast()
}

// giveTime bounds how long a client may take no byte of what is left.
func (t *tunnel) giveTime() {
	if t.client != nil {
		_ = t.client.SetWriteDeadline(t.v.d.w.Time().Add(t.v.d.o.Drain))
	}
}

// reset ends the connection at once.
func (t *tunnel) reset() {
	t.c.Reset(t.v.d.w.Now(), "")
	t.v.turn()
}

// relay carries bytes until either end closes, first what the client sent ahead.
// The client is closed when it returns. While nothing comes from the client, it
// waits with buf.
func (t *tunnel) relay(client net.Conn, first, buf []byte) {
	d := t.v.d
	t.client, t.carrying = client, true
	if t.over {
		t.giveTime()
	}
	d.w.Go(d.name+" to client", t.toClient)
	if t.write(first) && t.writeAhead() {
		t.toPhone(buf)
	}
	t.forget()
	// The mux knows no half of a connection: a client that ends its direction has
	// ended both.
	if !t.over {
		t.c.Close(d.w.Now())
		t.v.turn()
		_ = client.Close()
	}
	t.readable.WaitFor(sim.Never, func() bool { return !t.carrying })
}

// toPhone carries what the client sends. It takes a larger buffer for as long as
// much comes at once.
func (t *tunnel) toPhone(small []byte) {
	d := t.v.d
	buf := loan{b: small}
	for {
		n, err := t.client.Read(buf.b)
		ok := t.write(buf.b[:n]) && t.writeAhead() && err == nil
		if large := buf.own != nil; large && (!ok || n <= len(small)) {
			d.release(buf)
			buf = loan{b: small}
		} else if !large && ok && n == len(small) {
			buf = d.buffer(chunk)
		}
		if !ok {
			return
		}
	}
}

// toClient carries what the phone sends. What is not taken by the client is not
// taken from the phone either.
func (t *tunnel) toClient() {
	d := t.v.d
	for {
		if t.c.Buffered() == 0 {
			if t.over {
				break
			}
			t.readable.Wait()
			continue
		}
		buf := d.buffer(min(t.c.Buffered(), chunk))
		n := t.c.Read(d.w.Now(), buf.b)
		t.v.turn()
		if t.over {
			t.giveTime()
		}
		t.v.unblock()
		t.giving = true
		_, err := t.v.receiver(t).Write(buf.b[:n])
		t.giving, t.moved = false, d.w.Now()
		d.release(buf)
		if err != nil {
			t.reset()
			break
		}
	}
	_ = t.client.Close()
	t.carrying = false
	t.readable.Broadcast()
}

// DialError says why [Daemon.Dial] got no connection, by the result that a
// client would be given.
type DialError struct {
	Device uint32
	Port   uint16
	Result usbmuxd.Result
}

// Error names device, port and reason.
func (e *DialError) Error() string {
	return fmt.Sprintf("muxd: device %d, port %d: %v", e.Device, e.Port, e.Result)
}

// Dial opens a connection to a port of a device. The error is a [*DialError].
func (d *Daemon) Dial(id uint32, port uint16) (net.Conn, error) {
	t, result := d.open(id, port)
	if result != usbmuxd.OK {
		return nil, &DialError{id, port, result}
	}
	near, far := d.w.Pipe(fmt.Sprintf("%s: device %d, port %d", d.name, id, port))
	d.w.Go(d.name+" from client", func() { t.relay(far, nil, make([]byte, waiting)) })
	return near, nil
}
