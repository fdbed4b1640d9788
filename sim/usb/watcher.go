package usb

import (
	"time"

	"github.com/plugfest/plugfest/sim"
)

// watcher is a [Watcher] of a plug.
type watcher struct {
	plug    *Plug
	queue   []Event
	arrived sim.Cond
	closed  bool
}

// Next implements [Watcher].
func (x *watcher) Next(deadline time.Duration) (Event, bool) {
	x.arrived.WaitFor(deadline, func() bool { return len(x.queue) > 0 || x.closed })
	if len(x.queue) == 0 {
		return Event{}, false
	}
	e := x.queue[0]
	x.queue = append(x.queue[:0], x.queue[1:]...)
	return e, true
}

// Close implements [Watcher].
func (x *watcher) Close() {
	x.closed = true
	x.queue = nil
	x.plug.dropWatcher(x)
	x.arrived.Broadcast()
}

// WaitDevice waits until a device is attached to h, or the world's clock shows
// deadline. It is for hosts with one device; others use [Host.Watch].
func WaitDevice(h Host, deadline time.Duration) (DeviceInfo, bool) {
	x := h.Watch()
	defer x.Close()
	for {
		e, ok := x.Next(deadline)
		if !ok || e.Kind == Attached {
			return e.Info, ok
		}
	}
}
