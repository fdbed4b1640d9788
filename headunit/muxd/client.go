package muxd

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// client is a program at the socket.
type client struct {
	d    *Daemon
	conn net.Conn
	dec  usbmuxd.Decoder
	buf  []byte // what is read into
	out  []byte // a reply, as it is built

	begun bool // there is a message that is not whole

	// Of one that listens:
	listening bool
	version   uint32
	who       usbmuxd.Client
	queue     [][]byte
	queued    int
	pending   sim.Cond
	gone      bool
}

// Serve serves a client until its connection ends, and closes it. It is called
// by a process of its own for each client.
func (d *Daemon) Serve(conn net.Conn) {
	c := &client{d: d, conn: conn}
	c.pending.Init(d.w, d.name+": a notification")
	d.served++
	d.clients = append(d.clients, c)
	defer func() {
		c.hangUp()
		d.clients = slices.DeleteFunc(d.clients, func(o *client) bool { return o == c })
	}()
	if d.closed || d.full() {
		return
	}
	c.buf = make([]byte, waiting)
	for {
		n, err := conn.Read(c.buf)
		c.dec.Feed(c.buf[:n])
		if !c.messages() || err != nil {
			return
		}
		c.limitRequest()
	}
}

// limitRequest gives a message that has begun its time to be whole, so that
// nobody keeps half of one for ever.
func (c *client) limitRequest() {
	switch begun := c.dec.Pending() > 0; {
	case begun == c.begun:
		return
	case begun:
		_ = c.conn.SetReadDeadline(c.d.w.Time().Add(c.d.o.Request))
	default:
		_ = c.conn.SetReadDeadline(time.Time{})
	}
	c.begun = !c.begun
}

func (c *client) hangUp() {
	if !c.gone {
		c.gone = true
		c.pending.Broadcast()
		_ = c.conn.Close()
	}
}

// messages answers what has come, and reports whether the client may go on.
func (c *client) messages() bool {
	for {
		m, ok, err := c.dec.Next()
		if err != nil {
			c.d.state("client dropped", sim.Text("why", err.Error()))
			return false
		}
		if !ok {
			return true
		}
		if c.listening { // one that listens has nothing to say
			return false
		}
		if !c.message(m) {
			return false
		}
	}
}

// message answers one message.
func (c *client) message(m usbmuxd.Message) bool {
	r, err := usbmuxd.ParseRequest(m)
	switch {
	case errors.Is(err, usbmuxd.ErrVersion), c.d.o.Faults.NoBinary && m.Version == usbmuxd.Binary:
		return c.result(r, usbmuxd.BadVersion)
	case err == nil:
		return c.request(r)
	case errors.Is(err, usbmuxd.ErrPayload):
		return true // usbmuxd says nothing
	case r.Command == usbmuxd.ReadPairRecord, r.Command == usbmuxd.SavePairRecord, r.Command == usbmuxd.DeletePairRecord:
		return c.result(r, usbmuxd.Invalid)
	}
	return c.result(r, usbmuxd.BadCommand)
}

// request does what a client asks.
func (c *client) request(r usbmuxd.Request) bool {
	switch r.Command {
	case usbmuxd.Listen:
		return c.listen(r)
	case usbmuxd.Connect:
		return c.connect(r)
	case usbmuxd.ListDevices:
		return c.reply(usbmuxd.AppendDevices(c.out[:0], r, c.d.Devices()))
	case usbmuxd.ListListeners:
		return c.reply(usbmuxd.AppendListeners(c.out[:0], r, c.d.listeners()))
	case usbmuxd.ReadBUID, usbmuxd.ReadPairRecord, usbmuxd.SavePairRecord, usbmuxd.DeletePairRecord:
		return c.records(r)
	}
	return c.result(r, usbmuxd.BadCommand)
}

// reply sends a message in one piece: libusbmuxd takes a header that comes in
// two for the end.
func (c *client) reply(message []byte, err error) bool {
	if err != nil {
		c.d.state("client dropped", sim.Text("why", err.Error()))
		return false
	}
	c.out = message
	_, err = c.conn.Write(message)
	return err == nil
}

func (c *client) result(r usbmuxd.Request, n usbmuxd.Result) bool {
	return c.reply(usbmuxd.AppendResult(c.out[:0], r, n))
}

// connect opens a connection. Once it is there the client's stream is the
// connection's, to its end; if it is refused the client may ask for another.
func (c *client) connect(r usbmuxd.Request) bool {
	switch {
	case !r.HasDevice:
		return c.result(r, usbmuxd.BadDevice)
	case !r.HasPort:
		return c.result(r, usbmuxd.BadCommand)
	}
	t, result := c.d.open(r.DeviceID, r.Port)
	if result != usbmuxd.OK {
		return c.result(r, result)
	}
	if !c.result(r, result) {
		t.reset()
		return false
	}
	c.out = nil
	_ = c.conn.SetReadDeadline(time.Time{})
	t.relay(c.conn, c.dec.Rest(), c.buf)
	return false
}

// listen makes the client one that is told of devices, from those that are there
// on.
func (c *client) listen(r usbmuxd.Request) bool {
	c.listening, c.version, c.who = true, r.Version, r.Client
	c.notify(func(b []byte) ([]byte, error) { return usbmuxd.AppendResult(b, r, usbmuxd.OK) })
	for _, v := range c.d.Devices() {
		c.notify(func(b []byte) ([]byte, error) { return usbmuxd.AppendAttached(b, c.version, v) })
	}
	c.d.w.Go(fmt.Sprintf("%s notifications", c.d.name), c.notifications)
	return true
}

func (d *Daemon) listeners() []usbmuxd.Client {
	var list []usbmuxd.Client
	for _, c := range d.clients {
		if c.listening {
			list = append(list, c.who)
		}
	}
	return list
}

// notify queues a notification for one that listens. It does not wait: one that
// reads nothing is dropped at last.
func (c *client) notify(build func([]byte) ([]byte, error)) {
	if !c.listening || c.gone {
		return
	}
	b, err := build(nil)
	if err != nil || c.queued+len(b) > c.d.o.Backlog {
		c.d.state("client dropped", sim.Text("why", "it does not read"))
		c.hangUp()
		return
	}
	c.queue = append(c.queue, b)
	c.queued += len(b)
	c.pending.Signal()
}

// notifications sends what is queued.
func (c *client) notifications() {
	for !c.gone {
		if len(c.queue) == 0 {
			c.pending.Wait()
			continue
		}
		b := c.queue[0]
		c.queue = c.queue[1:]
		c.queued -= len(b)
		if _, err := c.conn.Write(b); err != nil {
			c.hangUp()
		}
	}
}
