package muxd

import (
	"cmp"
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmux"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// Transfers kept at the pipes. While much is moved there are as many reads as hold a
// window (usbmuxd has three, always), and otherwise one.
const (
	parked = 8
	unsent = 4
)

// A transfer of so many bytes lets expect more, for so long. The one read of a device
// that idles has room for as many.
const (
	much = 4 << 10
	rush = time.Second
)

// device drives the host's end of usbmux over the bulk pair of an attached
// device. It has no process of its own: completions drive it.
type device struct {
	d      *Daemon
	host   usb.Host
	conn   usb.Conn
	at     place
	shown  usbmuxd.Device // ID is 0 until clients see it
	engine *usbmux.Engine
	timer  *sim.Timer

	ins     []*transfer // reads: at the pipe, stalled or held
	outs    [unsent]transfer
	free    []*transfer // writes that are not at the pipe
	stalled []*transfer
	held    []*transfer // by a fault
	gone    bool

	rushing bool
	moved   time.Duration // when there was much, last
	calm    *sim.Timer
}

// transfer is one with a buffer that is lent.
type transfer struct {
	usb.Transfer
	loan loan
	at   bool // the pipe
	back bool // it was asked back
}

func (d *Daemon) start(h usb.Host, conn usb.Conn, at place, shown usbmuxd.Device) {
	v := &device{d: d, host: h, conn: conn, at: at, shown: shown, engine: usbmux.New(usbmux.Host, d.o.Mux)}
	d.all = append(d.all, v)
	v.timer = d.w.NewTimer(func() {
		v.engine.Tick(d.w.Now())
		v.turn()
	})
	v.calm = d.w.NewTimer(v.calmDown)
	for i := range v.outs {
		t := &v.outs[i]
		t.Endpoint, t.ZeroPacket, t.Done = at.out, true, func(*usb.Transfer) { v.sent(t) }
		v.free = append(v.free, t)
	}
	v.read(1)
	v.engine.Start(d.w.Now())
	v.turn()
}

// read puts reads at the pipe until there are so many.
func (v *device) read(n int) {
	for len(v.ins) < n {
		t := &transfer{}
		t.Endpoint, t.Done = v.at.in, func(*usb.Transfer) { v.received(t) }
		v.ins = append(v.ins, t)
		v.submit(t)
	}
}

// submit puts a read to the pipe, with as much room as is wanted now.
func (v *device) submit(t *transfer) {
	size := cmp.Or(v.d.o.Mux.ReadSize, usbmux.ReadSize)
	if !v.rushing {
		size = min(size, much)
	}
	if len(t.Data) != size {
		v.d.release(t.loan)
		t.loan = v.d.buffer(size)
		t.Data = t.loan.b
	}
	t.at = true
	v.conn.Submit(&t.Transfer)
}

// goOn puts a read back to the pipe, if it is needed there.
func (v *device) goOn(t *transfer) {
	if v.rushing || len(v.ins) == 1 {
		v.submit(t)
		return
	}
	v.d.release(t.loan)
	v.ins = slices.DeleteFunc(v.ins, func(o *transfer) bool { return o == t })
}

// notice takes note of how much a transfer moved.
func (v *device) notice(n int) {
	if n < much || v.gone {
		return
	}
	v.moved = v.d.w.Now()
	if !v.rushing {
		v.rushing = true
		v.calm.Set(v.moved + rush)
		v.read(parked)
	}
}

// calmDown takes back all reads, once there was not much for a while; the last to
// come goes to the pipe again.
func (v *device) calmDown() {
	if now := v.d.w.Now(); now < v.moved+rush {
		v.calm.Set(v.moved + rush)
		return
	}
	v.rushing = false
	for _, t := range slices.Clone(v.ins) {
		if t.at {
			t.back = true
			v.conn.Cancel(&t.Transfer)
		}
	}
}

// received takes a completed read.
func (v *device) received(t *transfer) {
	t.at = false
	switch {
	case v.gone:
	case t.Status == usb.Canceled && t.back:
		t.back = false
		if t.Actual > 0 { // the rest goes to the next read
			v.engine.FeedPart(v.d.w.Now(), t.Data[:t.Actual], true)
			v.turn()
		}
		if !v.gone {
			v.goOn(t)
		}
	case t.Status == usb.OK:
		got := t.Actual
		v.engine.FeedPart(v.d.w.Now(), t.Data[:got], got == len(t.Data))
		v.turn()
		switch {
		case v.gone:
		case v.blocked():
			v.held = append(v.held, t)
		default:
			v.goOn(t)
		}
		v.notice(got)
	case t.Status == usb.Stall:
		if v.stalled = append(v.stalled, t); len(v.stalled) == 1 {
			v.d.w.Go(v.d.name+" clear halt", v.clearHalt)
		}
	default:
		v.down(t.Status.Error())
	}
}

// clearHalt goes on reading after a stall.
func (v *device) clearHalt() {
	if err := v.conn.ClearHalt(v.at.in); err != nil && !v.gone {
		v.down("clear halt: " + err.Error())
	}
	again := v.stalled
	v.stalled = nil
	for _, t := range again {
		if !v.gone {
			v.submit(t)
		}
	}
}

// sent takes a completed write.
func (v *device) sent(t *transfer) {
	moved := len(t.Data)
	v.d.release(t.loan)
	t.Data, t.loan = nil, loan{}
	v.free = append(v.free, t)
	switch {
	case v.gone:
	case t.Status != usb.OK:
		v.down(t.Status.Error())
	default:
		v.notice(moved)
		v.turn()
	}
}

// turn follows every call of the engine and its connections: it sends what there
// is to send and tells who waits.
func (v *device) turn() {
	v.events()
	for !v.gone && len(v.free) > 0 {
		packet, ok := v.engine.NextOutput()
		v.events()
		if !ok || v.gone {
			break
		}
		t := v.free[len(v.free)-1]
		v.free = v.free[:len(v.free)-1]
		t.loan = v.d.buffer(len(packet))
		t.Data = t.loan.b
		copy(t.Data, packet)
		v.conn.Submit(&t.Transfer)
	}
	if v.gone {
		return
	}
	at, ok := v.engine.Deadline()
	switch {
	case !ok:
		v.timer.Stop()
	case at != v.timer.When():
		v.timer.Set(at)
	}
}

func (v *device) events() {
	for ev, ok := v.engine.Poll(); ok; ev, ok = v.engine.Poll() {
		switch ev.Kind {
		case usbmux.Up:
			v.show()
		case usbmux.Down:
			v.down(ev.Reason.String())
		case usbmux.Connected:
			ev.Conn.User.(*tunnel).connected()
		case usbmux.Data, usbmux.Writable:
			ev.Conn.User.(*tunnel).wake()
		case usbmux.Refused, usbmux.Closed:
			if !v.gone || !v.d.o.Faults.KeepOnDetach {
				ev.Conn.User.(*tunnel).ended()
			}
		case usbmux.Message:
			v.d.state("phone says", sim.Text("text", ev.Control.Text))
		case usbmux.Violated:
			v.d.state("violated", sim.Text("what", ev.Violation.Error()))
		}
	}
}

// show makes the device one that clients see.
func (v *device) show() {
	d := v.d
	v.shown.ID = d.freeID()
	d.devices = append(d.devices, v)
	d.state("attached", sim.Int("device", v.shown.ID), sim.Text("serial", v.shown.Serial))
	d.changed.Broadcast()
	for _, c := range slices.Clone(d.clients) {
		c.notify(func(b []byte) ([]byte, error) { return usbmuxd.AppendAttached(b, c.version, v.shown) })
	}
}

// down lets go of the device, and ends its connections.
func (v *device) down(why string) {
	if v.gone {
		return
	}
	d := v.d
	v.gone = true
	v.timer.Stop()
	v.calm.Stop()
	v.engine.Stop(d.w.Now())
	v.events()
	d.all = slices.DeleteFunc(d.all, func(o *device) bool { return o == v })
	d.w.Go(d.name+" close", func() { _ = v.conn.Close() })
	if v.shown.ID == 0 {
		d.state("device skipped", sim.Text("what", "usbmux"), sim.Text("why", why))
		return
	}
	d.devices = slices.DeleteFunc(d.devices, func(o *device) bool { return o == v })
	d.state("detached", sim.Int("device", v.shown.ID), sim.Text("why", why))
	d.changed.Broadcast()
	for _, c := range slices.Clone(d.clients) {
		c.notify(func(b []byte) ([]byte, error) { return usbmuxd.AppendDetached(b, c.version, v.shown.ID) })
	}
}
