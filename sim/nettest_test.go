package sim_test

import (
	"net"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"github.com/plugfest/plugfest/sim"
)

// visited is a connection of a world, each call of which is a visit from
// outside: so a test made for sockets can try it.
type visited struct {
	w *sim.World
	c net.Conn
}

func (v visited) visit(fn func() (int, error)) (n int, err error) {
	if ended := v.w.Call("visitor", func() { n, err = fn() }); ended != nil {
		return 0, ended
	}
	return n, err
}

func (v visited) do(fn func() error) error {
	_, err := v.visit(func() (int, error) { return 0, fn() })
	return err
}

func (v visited) Read(p []byte) (int, error) {
	return v.visit(func() (int, error) { return v.c.Read(p) })
}

func (v visited) Write(p []byte) (int, error) {
	return v.visit(func() (int, error) { return v.c.Write(p) })
}

func (v visited) Close() error         { return v.do(v.c.Close) }
func (v visited) LocalAddr() net.Addr  { return v.c.LocalAddr() }
func (v visited) RemoteAddr() net.Addr { return v.c.RemoteAddr() }

func (v visited) SetDeadline(t time.Time) error {
	return v.do(func() error { return v.c.SetDeadline(t) })
}

func (v visited) SetReadDeadline(t time.Time) error {
	return v.do(func() error { return v.c.SetReadDeadline(t) })
}

func (v visited) SetWriteDeadline(t time.Time) error {
	return v.do(func() error { return v.c.SetWriteDeadline(t) })
}

// serve runs w on a goroutine of its own until stop is called.
func serve(t *testing.T, w *sim.World) (stop func()) {
	release := w.Hold()
	end := w.NewCond("the end of the test")
	over := false
	ended := make(chan error, 1)
	go func() {
		ended <- w.Run(func() { end.WaitFor(sim.Never, func() bool { return over }) })
	}()
	return func() {
		w.Post(func() { over = true; end.Signal() })
		if err := <-ended; err != nil {
			t.Error(err)
		}
		release()
	}
}

func TestConnsBehaveLikeSockets(t *testing.T) {
	for name, pair := range map[string]func(w *sim.World) (a, b net.Conn){
		"pipe": func(w *sim.World) (a, b net.Conn) {
			a, b = w.Pipe("p")
			return visited{w, a}, visited{w, b}
		},
		"link": func(w *sim.World) (a, b net.Conn) {
			l := w.Link("l", sim.Impairments{Latency: ms / 10}, sim.Impairments{})
			return visited{w, l.A}, visited{w, l.B}
		},
		"import": func(w *sim.World) (a, b net.Conn) {
			a, b = loopback(t)
			return visited{w, w.Import("client", a)}, visited{w, w.Import("server", b)}
		},
		"export": func(w *sim.World) (a, b net.Conn) {
			a, b = w.Pipe("p")
			return w.Export(a), w.Export(b)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nettest.TestConn(t, func() (a, b net.Conn, stop func(), err error) {
				w := sim.New(sim.RealTime())
				a, b = pair(w)
				end := serve(t, w)
				return a, b, func() { _ = a.Close(); _ = b.Close(); end() }, nil
			})
		})
	}
}
