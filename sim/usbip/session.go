package usbip

import (
	"net"
	"sync"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// session is one import: a device and its host, from the import to the end of
// the connection. The world's part is here; the reader and the writer outside
// hand over through inbox and outbox.
type session struct {
	w        *sim.World
	p        *Port
	dev      usb.Device
	speed    usb.Speed
	urbs     map[uint32]*urb // at the device, by seqnum
	known    bool            // the host has read the descriptors
	over     bool            // for the world
	settings settings
	isoEnds  [32]time.Duration // when the transfers at an isochronous endpoint end

	c        net.Conn
	limits   Options
	takeIn   func() // to post
	finished chan struct{}

	mu      sync.Mutex
	pool    pool
	inbox   []*urb // from the reader to the world
	posted  bool
	outbox  []*urb // from the world to the writer
	writing int
	closing bool      // nothing more is asked or answered
	work    sync.Cond // for the writer: outbox, closing
	space   sync.Cond // for the reader: room in the queues, closing

	spareIn []*urb // the world's
	out     net.Buffers
}

// maxQueued is how many requests and replies may wait for the world and for the
// network. Only then is reading stopped: at a client that does not read.
const maxQueued = 8192

func newSession(p *Port, c net.Conn) *session {
	e := &session{w: p.s.w, p: p, dev: p.dev, speed: p.Speed(), urbs: map[uint32]*urb{},
		c: c, limits: p.s.o, finished: make(chan struct{})}
	e.work.L, e.space.L = &e.mu, &e.mu
	e.takeIn = e.deliver
	e.settings.init(p.dev.Descriptors())
	return e
}

// deliver takes what has been read into the world.
func (e *session) deliver() {
	e.mu.Lock()
	list := e.inbox
	e.inbox, e.posted = e.spareIn[:0], false
	e.space.Signal()
	e.mu.Unlock()
	for i, u := range list {
		list[i] = nil
		switch {
		case e.over:
			e.drop(u)
		case u.command == wire.CmdUnlink:
			e.unlink(u)
		default:
			e.submit(u)
		}
	}
	e.spareIn = list[:0]
}

// submit hands a transfer to the device.
func (e *session) submit(u *urb) {
	if e.urbs[u.seq] != nil {
		e.drop(u)
		e.end("the client uses a seqnum twice")
		return
	}
	e.urbs[u.seq] = u
	tap := &e.p.tap
	if !e.known && u.t.Control() && isSetConfiguration(u.t.Setup) && u.t.Setup.Value != 0 {
		e.known = true
		tap.Enumerated(e.p.devnum, e.speed, &e.dev.Descriptors().Device)
	}
	tap.Submit(e.p.devnum, u.kind, &u.t)
	if u.kind == usb.TypeIsochronous {
		e.elapse(u)
		return
	}
	e.dev.Submit(&u.t)
}

// unlink takes a transfer back. Its completion gives the answer; where there was
// one already, 0 is the answer to this.
func (e *session) unlink(u *urb) {
	v := e.urbs[u.target]
	if v == nil {
		r := wire.Reply{Command: wire.RetUnlink, Seq: u.seq}
		r.AppendTo(u.head[:0])
		e.send(u)
		return
	}
	again := v.unlinked
	v.unlinked, v.unlink = true, u.seq
	e.drop(u)
	switch {
	case again:
		e.end("the client unlinks a transfer twice")
	case v.kind == usb.TypeIsochronous:
		v.t.Complete(usb.Canceled, 0)
	default:
		e.dev.Cancel(&v.t)
	}
}

// done is the completion of a transfer, in the world.
func (u *urb) done(t *usb.Transfer) {
	e := u.e
	t.Actual = min(max(t.Actual, 0), len(t.Data))
	if t.Control() && t.Status == usb.OK {
		e.settings.note(t.Setup)
	}
	e.p.tap.Complete(e.p.devnum, u.kind, t)
	if e.over {
		e.drop(u)
		return
	}
	delete(e.urbs, u.seq)
	u.answer()
	e.send(u)
}

// answer readies the answer to a transfer.
func (u *urb) answer() {
	t := &u.t
	taken := u.unlinked && t.Status == usb.Canceled
	if taken && t.Actual == 0 {
		r := wire.Reply{Command: wire.RetUnlink, Seq: u.unlink, Status: wire.ErrnoConnReset}
		r.AppendTo(u.head[:0])
		return
	}
	r := wire.Reply{Status: t.Status.Errno(), Actual: int32(t.Actual)}
	if u.kind == usb.TypeIsochronous && !taken {
		u.packets(&r)
	}
	u.reply(r)
	if t.In() {
		u.payload = t.Data[:t.Actual]
	}
	if u.unlinked { // in vain; or what has passed before is not to be lost
		r := wire.Reply{Command: wire.RetUnlink, Seq: u.unlink}
		u.after = r.AppendTo(u.tail[:0])
	}
}

// send hands an answer to the writer.
func (e *session) send(u *urb) {
	e.mu.Lock()
	e.outbox = append(e.outbox, u)
	if len(e.outbox) == 1 {
		e.work.Signal()
	}
	e.mu.Unlock()
}

// drop forgets an urb.
func (e *session) drop(u *urb) {
	e.mu.Lock()
	e.put(u)
	e.mu.Unlock()
}

// end takes the host away from the device.
func (e *session) end(reason string) {
	if e.over {
		return
	}
	e.over = true
	e.p.session = nil
	e.p.tap.Detach(e.speed)
	e.dev.Unplugged()
	for _, u := range e.urbs {
		if u.kind == usb.TypeIsochronous { // no device has these
			u.t.Complete(usb.Disconnected, 0)
		}
	}
	clear(e.urbs)
	e.p.s.tell("close", sim.Text("busid", e.p.busid), sim.Text("reason", reason))
	e.hangUp()
}

// hangUp has the connection closed once everything is written.
func (e *session) hangUp() {
	_ = e.c.SetWriteDeadline(time.Now().Add(linger))
	e.mu.Lock()
	e.closing = true
	e.work.Signal()
	e.space.Signal()
	e.mu.Unlock()
}
