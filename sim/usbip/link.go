package usbip

import (
	"maps"
	"net"
	"slices"
	"sync"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// link is a device that was imported, for one import. To the cable it is a
// [usb.Device] like any other, whose answers come from far away; so everything
// that a host does, enumeration included, is done by the cable's host.
type link struct {
	k        *Client
	w        *sim.World
	c        net.Conn
	devid    uint32
	desc     usb.Descriptors // what the import told
	speed    usb.Speed
	seen     usb.Descriptors // configurations that were read
	settings settings
	held     map[*usb.Transfer]*request
	over     bool
	takeIn   func()

	mu      sync.Mutex
	seq     uint32
	asked   map[uint32]*request // without an answer, by seqnum
	unlinks map[uint32]uint32   // seqnum of CMD_UNLINK to what it unlinks
	outbox  []message
	inbox   []*request // answered
	posted  bool
	closing bool
	work    sync.Cond
	free    [classes]*request

	spareIn []*request // the world's
}

// request is a transfer on its way. Data is copied into and out of it: the
// transfer's own buffer is its owner's again at any moment that the host resets
// the device or loses it.
type request struct {
	t        *usb.Transfer // nil once it was given back
	seq      uint32
	in       bool
	n        int32
	class    int
	buf      []byte
	head     [wire.HeaderLen]byte
	unlink   [wire.HeaderLen]byte
	unlinked bool
	refs     int // by asked, outbox and the world
	next     *request

	status usb.Status
	actual int
}

// message is what the writer has to write.
type message struct {
	r      *request
	unlink bool
}

func newLink(k *Client, i imported) *link {
	d := &i.device
	n := &link{k: k, w: k.w, c: i.conn, devid: d.ID(), speed: speedOf(d.Speed),
		held: map[*usb.Transfer]*request{}, asked: map[uint32]*request{}, unlinks: map[uint32]uint32{}}
	n.work.L = &n.mu
	n.takeIn = n.deliver
	n.desc = usb.Descriptors{
		Device: usb.DeviceDescriptor{Class: d.Class, SubClass: d.SubClass, Protocol: d.Protocol,
			VendorID: d.Vendor, ProductID: d.Product, Release: d.Release, Configurations: d.Configurations},
		Configs: []usb.ConfigDescriptor{{Value: max(d.Configuration, 1)}},
		Speed:   n.speed,
	}
	n.settings.init(&n.seen)
	return n
}

// speedOf returns the speed that the number in an import means to a host.
func speedOf(n uint32) usb.Speed {
	switch s := usb.Speed(n); {
	case n > uint32(usb.Super): // super plus
		return usb.Super
	case s == usb.Low, s == usb.Full, s == usb.Super:
		return s
	}
	return usb.High // wireless, or not said
}

// Descriptors implements [usb.Device], with no more than the import told: the
// host reads the rest, as it does of any device.
func (n *link) Descriptors() *usb.Descriptors { return &n.desc }

// Reset implements [usb.Device]. It does not reach the device, which was reset
// when it was exported.
func (n *link) Reset(usb.Speed) { n.giveBack(usb.Shutdown) }

// Unplugged implements [usb.Device].
func (n *link) Unplugged() {
	n.giveBack(usb.Disconnected)
	n.hangUp()
}

// giveBack ends every transfer here, and takes it back there.
func (n *link) giveBack(why usb.Status) {
	list := slices.SortedFunc(maps.Values(n.held), func(a, b *request) int { return int(int32(a.seq - b.seq)) })
	clear(n.held)
	for _, r := range list {
		n.recall(r)
	}
	for _, r := range list {
		t := r.t
		r.t = nil
		t.Complete(why, 0)
	}
}

// Submit implements [usb.Device].
func (n *link) Submit(t *usb.Transfer) {
	switch {
	case n.over:
		t.Complete(usb.Disconnected, 0)
		return
	case len(t.Data) > wire.MaxTransfer:
		t.Complete(usb.Invalid, 0)
		return
	case t.Control() && t.Setup.RequestType == usb.ToDevice && t.Setup.Request == usb.ReqSetAddress:
		t.Complete(usb.OK, 0) // the far host has given one
		return
	}
	q := wire.Request{Command: wire.CmdSubmit, DevID: n.devid, Endpoint: t.Endpoint & 0x0F, Length: int32(len(t.Data)),
		In: t.In(), Interval: n.settings.interval(t.Endpoint, n.speed)}
	if t.Control() {
		q.Length = int32(t.Setup.Length)
		q.In = q.In && q.Length > 0
		q.Setup = t.Setup.Bytes()
	}
	if q.In {
		q.Flags = wire.FlagDirIn
	}
	if t.ZeroPacket && !q.In {
		q.Flags |= wire.FlagZeroPacket
	}
	r := n.newRequest(int(q.Length))
	r.t, r.in, r.n = t, q.In, q.Length
	if !q.In {
		copy(r.room(), t.Data)
	}
	n.held[t] = r
	n.mu.Lock()
	n.seq++
	r.seq, q.Seq = n.seq, n.seq
	q.AppendTo(r.head[:0])
	n.asked[r.seq] = r
	r.refs = 2
	n.post(message{r, false})
	n.mu.Unlock()
}

// Cancel implements [usb.Device].
func (n *link) Cancel(t *usb.Transfer) {
	if r := n.held[t]; r != nil {
		n.recall(r)
	}
}

// recall asks the server for a transfer.
func (n *link) recall(r *request) {
	if r.unlinked {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.asked[r.seq] != r {
		return // the answer is on its way into the world
	}
	r.unlinked = true
	n.seq++
	q := wire.Request{Command: wire.CmdUnlink, Seq: n.seq, DevID: n.devid, Target: r.seq}
	q.AppendTo(r.unlink[:0])
	n.unlinks[n.seq] = r.seq
	r.refs++
	n.post(message{r, true})
}

// post hands something to the writer; the lock is held.
func (n *link) post(m message) {
	n.outbox = append(n.outbox, m)
	if len(n.outbox) == 1 {
		n.work.Signal()
	}
}

// deliver takes the answers into the world.
func (n *link) deliver() {
	n.mu.Lock()
	list := n.inbox
	n.inbox, n.posted = n.spareIn[:0], false
	n.mu.Unlock()
	for i, r := range list {
		list[i] = nil
		if t := r.t; t != nil {
			r.t = nil
			delete(n.held, t)
			if r.in && r.actual > 0 {
				copy(t.Data, r.buf[:r.actual])
			}
			if t.Control() && r.status == usb.OK {
				n.overhear(t, r)
			}
			t.Complete(r.status, r.actual)
		}
		n.release(r)
	}
	n.spareIn = list[:0]
}

// overhear learns of the device's settings.
func (n *link) overhear(t *usb.Transfer, r *request) {
	s := t.Setup
	if s.RequestType == usb.DirIn && s.Request == usb.ReqGetDescriptor && s.Value>>8 == usb.DescConfiguration && r.actual > 9 {
		if c, _ := usb.ParseConfig(r.buf[:r.actual]); n.seen.Config(c.Value) == nil {
			n.seen.Configs = append(n.seen.Configs, c)
		}
	}
	n.settings.note(s)
}

// end ends the import.
func (n *link) end(why error) {
	if n.over {
		return
	}
	n.over = true
	if n.k.link == n {
		n.k.link, n.k.err = nil, why
	}
	n.k.cable.B().Detach()
	n.giveBack(usb.Disconnected)
	n.hangUp()
	n.k.change.Broadcast()
}

// hangUp closes the connection.
func (n *link) hangUp() {
	n.mu.Lock()
	n.closing = true
	n.work.Signal()
	n.mu.Unlock()
	_ = n.c.Close()
}
