package bench

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// tapped is a program's end of a connection to the daemon, which tells what passes
// as events of the layer "socket".
type tapped struct {
	net.Conn
	b      *hostBench
	name   string
	number int
	over   bool
}

// dial connects a program to the daemon.
func (b *hostBench) dial(name string) *tapped {
	near, far := b.w.Pipe("socket of " + name)
	b.w.Go(hostName+" client", func() { b.daemon.Serve(far) })
	b.sockets++
	t := &tapped{Conn: near, b: b, name: name, number: b.sockets}
	t.emit("open", true, nil)
	return t
}

// emit tells what passed, by the program or by the daemon.
func (t *tapped) emit(kind string, own bool, data []byte) {
	if !t.b.w.Observed() {
		return
	}
	who, peer := t.name, hostName
	if !own {
		who, peer = peer, who
	}
	t.b.w.Emit(sim.Event{Who: who, Layer: "socket", Kind: kind, Data: data, Fields: []sim.Field{
		sim.Int("socket", t.number), sim.Int("len", len(data)), sim.Text("peer", peer)}})
}

func (t *tapped) Write(p []byte) (int, error) {
	if !t.over {
		t.emit("data", true, p)
	}
	return t.Conn.Write(p)
}

func (t *tapped) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	if n > 0 {
		t.emit("data", false, p[:n])
	}
	if err == io.EOF && !t.over {
		t.over = true
		t.emit("close", false, nil)
	}
	return n, err
}

func (t *tapped) Close() error {
	if !t.over {
		t.over = true
		t.emit("close", true, nil)
	}
	return t.Conn.Close()
}

// client is a program that the script names: what it is told to send it sends, in
// that order, and it reads all that comes, unless it is deaf.
type client struct {
	b      *hostBench
	name   string
	conn   *tapped
	random *rand.ChaCha8
	tag    uint32
	todo   []work
	more   sim.Cond
	deafen bool
	hears  sim.Cond
	closed bool
}

// work is something to send: bytes, or so many of the program's own.
type work struct {
	bytes []byte
	n     int64
}

// open connects a program, for as long as neither side hangs up.
func (b *hostBench) open(name string) *client {
	c := &client{b: b, name: name, conn: b.dial(name), random: b.w.Bytes("program " + name)}
	c.more.Init(b.w, name+": something to send")
	c.hears.Init(b.w, name+": may read again")
	b.clients[name] = c
	b.w.Go("program "+name+" reads", c.reader)
	b.w.Go("program "+name+" writes", c.writer)
	return c
}

func (c *client) reader() {
	buf := make([]byte, 64<<10)
	for {
		for c.deafen {
			c.hears.Wait()
		}
		if _, err := c.conn.Read(buf); err != nil {
			break
		}
	}
	c.closed = true
	_ = c.conn.Close()
	c.more.Signal()
}

func (c *client) undeafen() {
	c.deafen = false
	c.hears.Signal()
}

func (c *client) writer() {
	buf := make([]byte, 32<<10)
	for !c.closed {
		if len(c.todo) == 0 {
			c.more.Wait()
			continue
		}
		w := c.todo[0]
		c.todo = c.todo[1:]
		if w.bytes != nil {
			_, _ = c.conn.Write(w.bytes)
		}
		for w.n > 0 {
			p := buf[:min(w.n, int64(len(buf)))]
			_, _ = c.random.Read(p)
			if _, err := c.conn.Write(p); err != nil {
				return
			}
			w.n -= int64(len(p))
		}
	}
}

func (c *client) write(b []byte) {
	c.todo = append(c.todo, work{bytes: b})
	c.more.Signal()
}

func (c *client) pump(n int64) {
	c.todo = append(c.todo, work{n: n})
	c.more.Signal()
}

// ask sends a request of the daemon's protocol.
func (c *client) ask(r usbmuxd.Request) error {
	c.tag++
	r.Tag, r.Client.ProgName = c.tag, c.name
	b, err := r.AppendTo(nil)
	if err == nil {
		c.write(b)
	}
	return err
}

// patience is how long one of many programs waits for an answer.
const patience = 10 * time.Second

// visit is the whole life of one of many programs: it connects to a port, says
// something, reads as much, and goes. A hasty one goes before the answer.
func (b *hostBench) visit(name string, r usbmuxd.Request, say []byte, hasty bool) error {
	conn := b.dial(name)
	defer conn.Close()
	_ = conn.SetDeadline(b.w.Time().Add(patience))
	r.Tag, r.Client.ProgName = 1, name
	ask, err := r.AppendTo(nil)
	if err != nil {
		return err
	}
	if _, err := conn.Write(ask); err != nil || hasty {
		return err
	}
	var dec usbmuxd.Decoder
	buf := make([]byte, 4<<10)
	for {
		m, ok, err := dec.Next()
		if err != nil {
			return err
		}
		if ok {
			reply, err := usbmuxd.ParseReply(m)
			if err == nil && reply.Result != usbmuxd.OK {
				err = errors.New("refused")
			}
			if err != nil {
				return err
			}
			break
		}
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		dec.Feed(buf[:n])
	}
	if _, err := conn.Write(say); err != nil {
		return err
	}
	got := make([]byte, len(say))
	if _, err := io.ReadFull(conn, got); err != nil {
		return err
	}
	if !bytes.Equal(got, say) {
		return errors.New("bytes of somebody else")
	}
	return nil
}
