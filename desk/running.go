package desk

import (
	"errors"
	"fmt"
	"sync"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Running is a [Desk] on the machine's clock, with sockets. Its methods are for
// any goroutine.
type Running struct {
	desk    *Desk
	world   *sim.World
	address string
	end     func()
	once    sync.Once
	ready   chan struct{}
	ended   chan struct{}
	err     error // once it has ended
}

// Start is [Launch] that waits until the phone is ready: for ever, if its persona
// keeps it from being so.
func Start(o Options, listen ...string) (*Running, error) {
	r, err := Launch(o, listen...)
	if err != nil {
		return nil, err
	}
	select {
	case <-r.ready:
		return r, nil
	case <-r.ended:
		return nil, fmt.Errorf("desk: %w", errors.Join(r.err, errors.New("the world ended at once")))
	}
}

// Launch runs a desk until Close. Each of listen is a socket for clients of
// usbmuxd: "tcp:127.0.0.1:27015", "unix:/path", or "tcp:127.0.0.1:0" for a free
// port; with none it is the last. With an Outlet there is none to be had.
func Launch(o Options, listen ...string) (*Running, error) {
	switch {
	case o.Outlet != nil && len(listen) > 0:
		return nil, errors.New("desk: a phone in an outlet has no daemon that could listen")
	case o.Outlet == nil && len(listen) == 0:
		listen = []string{"tcp:127.0.0.1:0"}
	}
	w := sim.New(sim.RealTime())
	d, err := New(w, o)
	if err != nil {
		return nil, err
	}
	r := &Running{desk: d, world: w, ready: make(chan struct{}), ended: make(chan struct{})}
	for _, spec := range listen {
		l, err := muxd.Open(spec)
		if err != nil {
			w.Run(func() { d.close() })
			return nil, err
		}
		if r.address == "" {
			r.address = muxd.Tell(l.Addr())
		}
		d.Daemon.Listen(l)
	}
	quit := w.NewCond("the end of the desk")
	over := false
	r.end = func() {
		w.Post(func() {
			over = true
			quit.Broadcast()
		})
	}
	release := w.Hold()
	go func() {
		defer close(r.ended)
		defer release()
		r.err = w.Run(func() {
			w.Go("ready", func() {
				d.WaitReady()
				close(r.ready)
			})
			quit.WaitFor(sim.Never, func() bool { return over })
			d.close()
		})
	}()
	return r, nil
}

// close takes the computer away from the phone.
func (d *Desk) close() {
	if d.Daemon != nil {
		d.Daemon.Close()
		return
	}
	plug := d.line.(*usb.Switch)
	plug.Unplug()
	_ = plug.Settle() // nobody is left who could do something about it
}

// Address returns the first socket as USBMUXD_SOCKET_ADDRESS wants it:
// "127.0.0.1:27015" or "UNIX:/path"; "" with an Outlet.
func (r *Running) Address() string { return r.address }

// Environment returns the variable that points host tools at this desk.
func (r *Running) Environment() string { return "USBMUXD_SOCKET_ADDRESS=" + r.address }

// UDID returns what names the phone everywhere.
func (r *Running) UDID() string { return r.desk.UDID() }

// Do runs fn inside the world and waits for its end: the way to look at the
// phone, and to change what it is.
func (r *Running) Do(fn func(d *Desk)) error {
	return r.world.Call("desk", func() { fn(r.desk) })
}

// Ready is closed once the computer shows the phone; with an Outlet, once it is
// plugged in. That never comes for a phone that is mute on purpose.
func (r *Running) Ready() <-chan struct{} { return r.ready }

// Ended is closed when the world has ended; Close returns why.
func (r *Running) Ended() <-chan struct{} { return r.ended }

// Close unplugs everything and ends the world.
func (r *Running) Close() error {
	r.once.Do(r.end)
	<-r.ended
	return r.err
}
