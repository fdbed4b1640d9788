package muxd

import (
	"cmp"
	"slices"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmux"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// Transfers kept at the pipes: three reads, as usbmuxd does, while there is much to
// read, and one otherwise.
const (
	parked = 3
	unsent = 4
)

// much is from how many bytes on a transfer lets expect more.
const much = 4 << 10

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

	ins     [parked]transfer
	outs    [unsent]transfer
	idle    []*transfer // reads that are not at the pipe
	free    []*transfer // writes likewise
	stalled []*transfer
	held    []*transfer // by a fault
	last    *tunnel     // that got data, for a fault
	gone    bool
}

// transfer is one with a buffer that is lent.
type transfer struct {
	usb.Transfer
	loan loan
}

func (d *Daemon) start(h usb.Host, conn usb.Conn, at place, shown usbmuxd.Device) {
	v := &device{d: d, host: h, conn: conn, at: at, shown: shown, engine: usbmux.New(usbmux.Host, d.o.Mux)}
	d.all = append(d.all, v)
	v.timer = d.w.NewTimer(func() {
		v.engine.Tick(d.w.Now())
		v.turn()
	})
	for i := range v.outs {
		t := &v.outs[i]
		t.Endpoint, t.ZeroPacket, t.Done = at.out, true, func(*usb.Transfer) { v.sent(t) }
		v.free = append(v.free, t)
	}
	for i := range v.ins {
		t := &v.ins[i]
		t.Endpoint, t.Done = at.in, func(*usb.Transfer) { v.received(t) }
		v.idle = append(v.idle, t)
	}
	v.read(1)
	v.engine.Start(d.w.Now())
	v.turn()
}

// read puts reads at the pipe until there are so many.
func (v *device) read(n int) {
	size := cmp.Or(v.d.o.Mux.ReadSize, usbmux.ReadSize)
	for len(v.idle) > parked-n {
		t := v.idle[len(v.idle)-1]
		v.idle = v.idle[:len(v.idle)-1]
		t.loan = v.d.buffer(size)
		t.Data = t.loan.b
		v.conn.Submit(&t.Transfer)
	}
}

// received takes a completed read.
func (v *device) received(t *transfer) {
	switch {
	case v.gone:
	case t.Status == usb.OK:
		got := t.Actual
		v.engine.Feed(v.d.w.Now(), t.Data[:got])
		v.turn()
		switch {
		case v.gone:
		case v.blocked():
			v.held = append(v.held, t)
		case got >= much:
			v.conn.Submit(&t.Transfer)
			v.read(parked)
		case len(v.idle) < parked-1:
			v.d.release(t.loan)
			t.Data, t.loan = nil, loan{}
			v.idle = append(v.idle, t)
		default:
			v.conn.Submit(&t.Transfer)
		}
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
			v.conn.Submit(&t.Transfer)
		}
	}
}

// sent takes a completed write.
func (v *device) sent(t *transfer) {
	v.d.release(t.loan)
	t.Data, t.loan = nil, loan{}
	v.free = append(v.free, t)
	switch {
	case v.gone:
	case t.Status != usb.OK:
		v.down(t.Status.Error())
	default:
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
