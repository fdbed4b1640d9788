package muxd

import (
	"errors"
	"fmt"
	"net"
	"time"
)

// Listen serves whoever connects to l, from outside of the world; l belongs to
// the daemon from now on. It returns at once. The world must be one on the
// machine's clock.
func (d *Daemon) Listen(l net.Listener) {
	d.doors = append(d.doors, func() { _ = l.Close() })
	d.w.Go(d.name+" accept", func() {
		defer l.Close() // whoever waits in Accept when the world ends
		for !d.closed {
			var c net.Conn
			var err error
			d.w.Outside(fmt.Sprintf("a client of %s at %v", d.name, l.Addr()), func() { c, err = l.Accept() })
			switch {
			case err == nil:
				conn := &socket{d.w.Import(d.name+" client", c), c}
				d.w.Go(d.name+" client", func() { d.Serve(conn) })
			case errors.Is(err, net.ErrClosed):
				return
			default:
				d.w.Sleep(100 * time.Millisecond) // out of files, say
			}
		}
	})
}

// socket is the connection of a client from outside.
type socket struct {
	net.Conn // in the world
	outside  net.Conn
}
