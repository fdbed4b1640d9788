package usb

import (
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// An Announcer keeps the list of a host's devices for its watchers: the Watch of
// every [Host].
type Announcer struct {
	w        *sim.World
	name     string
	present  []DeviceInfo
	watchers []*watcher
}

// Init readies an announcer that is part of a larger value; name says what its
// watchers wait for, as in a [sim.DeadlockError].
func (a *Announcer) Init(w *sim.World, name string) { a.w, a.name = w, name }

// Announce tells every watcher that a device has come or gone.
func (a *Announcer) Announce(e Event) {
	a.present = slices.DeleteFunc(a.present, func(d DeviceInfo) bool { return d.ID == e.Info.ID })
	if e.Kind == Attached {
		a.present = append(a.present, e.Info)
	}
	for _, x := range a.watchers {
		x.queue = append(x.queue, e)
		x.arrived.Signal()
	}
}

// Watch makes a watcher, which begins with the devices that are there.
func (a *Announcer) Watch() Watcher {
	x := &watcher{of: a}
	x.arrived.Init(a.w, a.name)
	for _, d := range a.present {
		x.queue = append(x.queue, Event{Attached, d})
	}
	a.watchers = append(a.watchers, x)
	return x
}

// watcher is a [Watcher] of an announcer.
type watcher struct {
	of      *Announcer
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
	if i := slices.Index(x.of.watchers, x); i >= 0 {
		x.of.watchers = slices.Delete(x.of.watchers, i, i+1)
	}
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
