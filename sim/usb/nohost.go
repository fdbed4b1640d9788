package usb

import (
	"time"

	"github.com/plugfest/plugfest/sim"
)

// NoHost returns a [Host] at which no device ever appears, for who can be a host
// where there is nothing to be host of.
func NoHost(w *sim.World) Host { return noHost{w} }

type noHost struct{ w *sim.World }

func (h noHost) Open(DeviceID) (Conn, error) { return nil, Disconnected }

func (h noHost) Watch() Watcher {
	n := &noEvents{}
	n.over.Init(h.w, "a device where none can be")
	return n
}

type noEvents struct {
	over   sim.Cond
	closed bool
}

func (n *noEvents) Next(deadline time.Duration) (Event, bool) {
	n.over.WaitFor(deadline, func() bool { return n.closed })
	return Event{}, false
}

func (n *noEvents) Close() {
	n.closed = true
	n.over.Broadcast()
}
