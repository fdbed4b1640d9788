package muxd

import (
	"slices"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmux"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// Transfers kept at the pipes: three reads, as usbmuxd does.
const (
	parked = 3
	unsent = 4
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

	ins     [parked]usb.Transfer
	outs    [unsent]usb.Transfer
	free    []*usb.Transfer
	stalled []*usb.Transfer
	held    []*usb.Transfer // by a fault
	last    *tunnel         // that got data, for a fault
	gone    bool
}

func (d *Daemon) start(h usb.Host, conn usb.Conn, at place, shown usbmuxd.Device) {
	v := &device{d: d, host: h, conn: conn, at: at, shown: shown, engine: usbmux.New(usbmux.Host, d.o.Mux)}
	d.all = append(d.all, v)
	v.timer = d.w.NewTimer(func() {
		v.engine.Tick(d.w.Now())
		v.turn()
	})
	for i := range v.outs {
		v.outs[i].Endpoint, v.outs[i].ZeroPacket, v.outs[i].Done = at.out, true, v.sent
		v.free = append(v.free, &v.outs[i])
	}
	size := d.o.Mux.ReadSize
	if size == 0 {
		size = usbmux.ReadSize
	}
	for i := range v.ins {
		v.ins[i].Endpoint, v.ins[i].Data, v.ins[i].Done = at.in, make([]byte, size), v.received
		conn.Submit(&v.ins[i])
	}
	v.engine.Start(d.w.Now())
	v.turn()
}

// received takes a completed read.
func (v *device) received(t *usb.Transfer) {
	switch {
	case v.gone:
	case t.Status == usb.OK:
		v.engine.Feed(v.d.w.Now(), t.Data[:t.Actual])
		v.turn()
		switch {
		case v.gone:
		case v.blocked():
			v.held = append(v.held, t)
		default:
			v.conn.Submit(t)
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
			v.conn.Submit(t)
		}
	}
}

// sent takes a completed write.
func (v *device) sent(t *usb.Transfer) {
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
		t.Data = append(t.Data[:0], packet...)
		v.conn.Submit(t)
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
