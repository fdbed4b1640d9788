package libusb

import (
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Options configure a [Host]. The zero value sees every device but hubs.
type Options struct {
	// Match says which devices the host sees; all if nil. It is called inside
	// the world.
	Match func(Device) bool

	Name string // of the host in events; "host" by default
	Peer string // of the device in events; its port, as in "1-4.2", by default

	// Silent tells the world's observers nothing, for where the carrier at the
	// device's end tells of the same transfers.
	Silent bool

	// Poll has the host look for devices five times a second, and not listen
	// to the kernel's events.
	Poll bool
}

// A Host is the USB host of this machine.
type Host struct {
	w       *sim.World
	o       Options
	backend backend
	monitor *monitor
	release func() // lets the world end
	wg      sync.WaitGroup

	announcer usb.Announcer
	dir       fs.FS         // of the kernel's devices
	all       []Device      // that are there
	seen      []*attachment // devices that match
	conns     map[*conn]bool
	closed    bool
	closing   sim.Cond
}

var _ usb.Host = (*Host)(nil)

// Open makes a host that sees the devices of a SPEC: see [ParseSpec].
// o.Match is for New alone.
func Open(w *sim.World, spec string, o Options) (*Host, error) {
	s, err := ParseSpec(spec)
	if err != nil {
		return nil, err
	}
	o.Match = s.Match
	return New(w, o)
}

// New makes a host for a world on the machine's clock. It is called inside the
// world, or before Run.
func New(w *sim.World, o Options) (*Host, error) {
	b, err := newBackend()
	if err != nil {
		return nil, err
	}
	return newHost(w, o, b, os.DirFS(sysfsDevices), os.DirFS("/run/udev"))
}

func newHost(w *sim.World, o Options, b backend, dir, udev fs.FS) (*Host, error) {
	if o.Name == "" {
		o.Name = "host"
	}
	h := &Host{w: w, o: o, backend: b, dir: dir, conns: map[*conn]bool{}}
	h.announcer.Init(w, "USB device")
	h.monitor = newMonitor(dir, func(all []Device) { w.Post(func() { h.update(all) }) })
	h.monitor.udev = udev
	var events *uevents
	if !o.Poll {
		events, _ = openUevents() // else the monitor polls
	}
	all, err := h.monitor.look()
	if err != nil {
		if events != nil {
			events.close()
		}
		return nil, err
	}
	h.monitor.last = all
	h.update(all)
	h.release = w.Hold()
	h.wg.Go(func() { h.monitor.run(events) })
	h.closing.Init(w, "close of USB host")
	w.Go("USB host", func() {
		defer h.Close()
		h.closing.WaitFor(sim.Never, func() bool { return h.closed })
	})
	return h, nil
}

// Watch implements [usb.Host].
func (h *Host) Watch() usb.Watcher { return h.announcer.Watch() }

// Device returns what the kernel knows of an attached device.
func (h *Host) Device(id usb.DeviceID) (Device, bool) {
	for _, a := range h.seen {
		if a.info.ID == id {
			return a.dev, true
		}
	}
	return Device{}, false
}

// Close closes what is open and ends the host; so does the end of the world.
// Transfers under way are done with [usb.Canceled], if the world still runs. It
// takes up to a fifth of a second of real time. It is called inside the world,
// or outside of Run.
func (h *Host) Close() error {
	if h.closed {
		return nil
	}
	h.closed = true
	for c := range h.conns {
		_ = c.Close()
	}
	h.monitor.stop()
	h.wg.Wait()
	h.release()
	h.closing.Broadcast()
	return nil
}

// ids numbers the attachments of all hosts of this program: no two have one.
var ids atomic.Uint64

// update compares what is there with what was.
func (h *Host) update(all []Device) {
	if h.closed {
		return
	}
	h.all = all
	keep := h.seen[:0]
	var gone []*attachment
	for _, a := range h.seen {
		there := false
		for i := range all {
			there = there || all[i].same(&a.dev)
		}
		if there {
			keep = append(keep, a)
		} else {
			gone = append(gone, a)
		}
	}
	h.seen = keep
	for _, a := range gone {
		a.detach()
	}
	for _, d := range all {
		if !h.has(&d) && (h.o.Match == nil || h.o.Match(d)) {
			a := newAttachment(h, d)
			h.seen = append(h.seen, a)
			a.attach()
		}
	}
}

// Rescan asks Match again about the devices that it has refused: for one that goes by
// more than the device. It is called inside the world.
func (h *Host) Rescan() { h.update(h.all) }

func (h *Host) has(d *Device) bool {
	for _, a := range h.seen {
		if a.dev.same(d) {
			return true
		}
	}
	return false
}

// Open implements [usb.Host]. The error is [usb.Disconnected], or an [*Error].
func (h *Host) Open(id usb.DeviceID) (usb.Conn, error) {
	for _, a := range h.seen {
		if a.info.ID == id && !h.closed {
			return a.open()
		}
	}
	return nil, usb.Disconnected
}
