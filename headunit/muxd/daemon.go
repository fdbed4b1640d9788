package muxd

import (
	"slices"
	"time"

	"github.com/plugfest/plugfest/internal/spare"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmux"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// Options configure a [Daemon]. The zero value works.
type Options struct {
	// Records keep the pair records; nil keeps them in memory.
	Records Records

	// Mux is this end of usbmux. Its OpenTimeout is how long a port may take to
	// answer: 5 s by default.
	Mux usbmux.Config

	// Drain is how long a client may take no byte of what is left, once the phone
	// has ended its connection, and how long the phone may take none once the client
	// has: 30 s by default.
	Drain time.Duration

	// Request is how long a client may take from the first byte of a message to its
	// last: 60 s by default. One that says nothing may stay.
	Request time.Duration

	// Backlog is how many bytes of notifications wait for a listener before it is
	// dropped: 1 MiB by default.
	Backlog int

	// Mode is the mode of USB that phones are asked for, as usbmuxd's development
	// branch does by USBMUXD_DEFAULT_DEVICE_MODE: 1 initial, 2 Valeria, 3 CDC-NCM, 4
	// USB Ethernet and CDC-NCM, 5 CDC-NCM alone, without usbmux. 0 asks for none.
	Mode uint8

	// Faults are what it does wrong.
	Faults Faults
}

// Daemon is a usbmuxd inside a world. Its methods are for processes of the
// world, and for the code that sets it up before Run.
type Daemon struct {
	w       *sim.World
	name    string
	o       Options
	nextID  uint32
	devices []*device // those that are shown, in the order of their ids
	all     []*device // those that are there, shown or not
	changed sim.Cond
	clients []*client
	served  int
	watches []usb.Watcher
	doors   []func()        // close what listens
	asked   map[string]bool // for the mode, by serial number
	closed  bool
	buffers spare.Pool
}

// New makes a daemon. Its name is what events call it.
func New(w *sim.World, name string, o Options) *Daemon {
	if o.Records == nil {
		o.Records = NewMemory(w, name)
	}
	if o.Drain <= 0 {
		o.Drain = 30 * time.Second
	}
	if o.Request <= 0 {
		o.Request = time.Minute
	}
	if o.Backlog <= 0 {
		o.Backlog = 1 << 20
	}
	d := &Daemon{w: w, name: name, o: o, asked: map[string]bool{}}
	d.changed.Init(w, name+": a device")
	return d
}

// Watch has the daemon take the iPhones and iPads that are or will be attached
// to a host. It may watch several hosts.
func (d *Daemon) Watch(h usb.Host) {
	x := h.Watch()
	d.watches = append(d.watches, x)
	d.w.Go(d.name+" hotplug", func() {
		for !d.closed {
			e, ok := x.Next(sim.Never)
			switch {
			case !ok:
				return
			case e.Kind == usb.Detached:
				d.lost(h, e.Info.ID)
			case speaksMux(e.Info.Device):
				d.w.Go(d.name+" attach", func() { d.attach(h, e.Info) })
			}
		}
	})
}

// Devices returns the devices that clients see, by their ids.
func (d *Daemon) Devices() []usbmuxd.Device {
	list := make([]usbmuxd.Device, 0, len(d.devices))
	for _, v := range d.devices {
		list = append(list, v.shown)
	}
	return list
}

// WaitDevice waits until clients see a device, or the world's clock shows
// deadline, and returns the first.
func (d *Daemon) WaitDevice(deadline time.Duration) (usbmuxd.Device, bool) {
	if !d.changed.WaitFor(deadline, func() bool { return len(d.devices) > 0 }) {
		return usbmuxd.Device{}, false
	}
	return d.devices[0].shown, true
}

// WaitGone waits until clients see no device of that id, or the world's clock
// shows deadline, and reports whether they see none.
func (d *Daemon) WaitGone(id uint32, deadline time.Duration) bool {
	return d.changed.WaitFor(deadline, func() bool { return d.find(id) == nil })
}

func (d *Daemon) find(id uint32) *device {
	for _, v := range d.devices {
		if v.shown.ID == id {
			return v
		}
	}
	return nil
}

// Clients returns how many clients there are.
func (d *Daemon) Clients() int { return len(d.clients) }

// Served returns how many clients there have been.
func (d *Daemon) Served() int { return d.served }

// Close ends the daemon: it lets go of the devices, and closes the clients and
// what it listens on.
func (d *Daemon) Close() error {
	if d.closed {
		return nil
	}
	d.closed = true
	for _, x := range d.watches {
		x.Close()
	}
	for _, shut := range d.doors {
		shut()
	}
	for _, v := range slices.Clone(d.all) {
		v.down("daemon closed")
	}
	for _, c := range slices.Clone(d.clients) {
		c.hangUp()
	}
	return nil
}

func (d *Daemon) state(kind string, fields ...sim.Field) {
	d.w.Emit(sim.Event{Who: d.name, Layer: "state.usbmux", Kind: kind, Fields: fields})
}

// chunk is how much is carried between a client and its connection in one go:
// what a packet to the phone holds.
const chunk = usbmux.HostPayload

// waiting is the room with which a client is waited for.
const waiting = 4 << 10

// buffer lends a buffer of n bytes until release.
func (d *Daemon) buffer(n int) loan {
	own := d.buffers.Get(n)
	return loan{own, own.Bytes()[:n]}
}

func (d *Daemon) release(l loan) { d.buffers.Put(l.own) }

// loan is a buffer that is lent.
type loan struct {
	own *spare.Buffer
	b   []byte
}
