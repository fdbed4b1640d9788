package usb

import (
	"time"

	"github.com/plugfest/plugfest/sim"
)

// An Endpoint is the device's end of a bulk or interrupt pipe. Its methods
// wait, for the host's transfers, and are called by processes.
//
// An endpoint is enabled while the current configuration and settings have it.
// When that ends, what waits returns [Shutdown], or [Disconnected] where the
// host is gone; so does what is called while it is not enabled. Enabled again,
// it goes on working.
type Endpoint struct {
	// AutoZLP has Write end a multiple of the packet size with a zero-length
	// packet, so that the host sees the end of the transfer. It is on at first.
	AutoZLP bool

	g       *Gadget
	w       *sim.World
	address uint8
	desc    *EndpointDescriptor // nil while not enabled
	size    int                 // of a packet
	halted  bool
	why     Status // why it is not enabled
	rd, wd  time.Duration

	host    queue // the host's transfers
	ops     opQueue
	spare   *op
	pumping bool

	rest    []byte // OUT: what is left of a packet of which a part was read
	restBuf []byte
}

// op is a Read or Write in progress.
type op struct {
	p        []byte
	n        int
	transfer bool // ReadTransfer: ends with a short packet
	zlp      bool // Write: a zero-length packet is still to follow
	done     bool
	status   Status
	wake     sim.Cond
	next     *op
}

func (o *op) end(s Status) {
	o.done, o.status = true, s
	o.wake.Signal()
}

type opQueue struct{ head, tail *op }

func (q *opQueue) push(o *op) {
	o.next = nil
	if q.tail == nil {
		q.head = o
	} else {
		q.tail.next = o
	}
	q.tail = o
}

func (q *opQueue) pop() *op {
	o := q.head
	if q.head = o.next; q.head == nil {
		q.tail = nil
	}
	o.next = nil
	return o
}

func (q *opQueue) remove(o *op) {
	if q.head == o {
		q.pop()
		return
	}
	for p := q.head; p != nil; p = p.next {
		if p.next == o {
			if p.next = o.next; p.next == nil {
				q.tail = p
			}
			return
		}
	}
}

func newEndpoint(g *Gadget, address uint8) *Endpoint {
	return &Endpoint{AutoZLP: true, g: g, w: g.w, address: address, why: Disconnected, rd: sim.Never, wd: sim.Never}
}

// Address returns the endpoint's address.
func (e *Endpoint) Address() uint8 { return e.address }

// PacketSize returns the largest packet in bytes; 0 while not enabled.
func (e *Endpoint) PacketSize() int {
	if e.desc == nil {
		return 0
	}
	return e.size
}

// Enabled reports whether the current settings have the endpoint.
func (e *Endpoint) Enabled() bool { return e.desc != nil }

// WaitEnabled waits until the endpoint is enabled or the world's clock shows
// deadline, and reports whether it is.
func (e *Endpoint) WaitEnabled(deadline time.Duration) bool {
	return e.g.changed.WaitFor(deadline, e.Enabled)
}

// Halted reports whether the endpoint is halted.
func (e *Endpoint) Halted() bool { return e.halted }

// SetHalt halts the endpoint or clears the halt. The transfers of a halted
// endpoint, those waiting and those to come, are done with [Stall]; what the
// device has to read or write waits on. It does nothing while the endpoint is
// not enabled.
func (e *Endpoint) SetHalt(on bool) {
	if e.desc != nil {
		e.setHalt(on)
	}
}

func (e *Endpoint) setHalt(on bool) {
	e.halted = on
	if on {
		e.flush(Stall)
	}
	e.pump()
}

// SetReadDeadline sets the time of the world's clock at which reads give up
// with [TimedOut]; [sim.Never] is none. It holds for those that wait too.
func (e *Endpoint) SetReadDeadline(at time.Duration) { e.rd = at; e.nudge() }

// SetWriteDeadline sets the time of the world's clock at which writes give up
// with [TimedOut]; [sim.Never] is none. It holds for those that wait too.
func (e *Endpoint) SetWriteDeadline(at time.Duration) { e.wd = at; e.nudge() }

func (e *Endpoint) nudge() {
	for o := e.ops.head; o != nil; o = o.next {
		o.wake.Signal()
	}
}

// Read reads what has arrived, waiting for at least one byte. It knows no ends
// of transfers: zero-length packets are passed over, and what p has no room for
// waits for the next Read.
func (e *Endpoint) Read(p []byte) (int, error) { return e.read(p, false) }

// ReadTransfer reads up to a short packet or until p is full, as one request to
// a device controller does; a zero-length packet alone gives 0 bytes. A packet
// that p has no room for is cut, and the error is [Overflow]: give p a multiple
// of the packet size. What a Read has left of a packet comes first, and alone.
func (e *Endpoint) ReadTransfer(p []byte) (int, error) { return e.read(p, true) }

func (e *Endpoint) read(p []byte, transfer bool) (int, error) {
	switch {
	case e.address&DirIn != 0:
		return 0, Invalid
	case e.desc == nil:
		return 0, e.why
	case len(p) == 0:
		return 0, nil
	}
	o := e.newOp(p)
	o.transfer = transfer
	return e.do(o, &e.rd)
}

// Write sends p as one transfer and returns when the host has taken all of it;
// see AutoZLP for how it ends. The count of an unfinished one is what the host
// has taken, whole packets.
func (e *Endpoint) Write(p []byte) (int, error) {
	switch {
	case e.address&DirIn == 0:
		return 0, Invalid
	case e.desc == nil:
		return 0, e.why
	}
	zlp := e.AutoZLP && len(p)%e.size == 0
	if len(p) == 0 && !zlp {
		return 0, nil
	}
	o := e.newOp(p)
	o.zlp = zlp
	return e.do(o, &e.wd)
}

func (e *Endpoint) newOp(p []byte) *op {
	o := e.spare
	if o == nil {
		o = &op{}
		o.wake.Init(e.w, e.waitName())
	}
	e.spare = o.next
	o.p, o.n, o.done, o.status, o.transfer, o.zlp, o.next = p, 0, false, OK, false, false, nil
	return o
}

func (e *Endpoint) waitName() string {
	const hex = "0123456789ABCDEF"
	return "host's transfer on endpoint " + string([]byte{hex[e.address>>4], hex[e.address&15]}) + " of " + e.g.name
}

// do queues o and waits for its end.
func (e *Endpoint) do(o *op, deadline *time.Duration) (int, error) {
	e.ops.push(o)
	e.pump()
	defer func() {
		if !o.done { // the world has ended: nobody is there to have the data
			e.ops.remove(o)
		}
	}()
	for !o.done {
		if *deadline <= e.w.Now() {
			e.ops.remove(o)
			o.end(TimedOut)
			break
		}
		o.wake.WaitUntil(*deadline)
	}
	n, status := o.n, o.status
	o.p = nil
	o.next, e.spare = e.spare, o
	return n, status.Err()
}

// submit takes a transfer of the host's.
func (e *Endpoint) submit(t *Transfer) {
	if e.halted {
		t.Complete(Stall, 0)
		return
	}
	t.held = true
	e.host.push(t)
	e.pump()
}

// finish gives a transfer back.
func (e *Endpoint) finish(t *Transfer, s Status) {
	e.host.remove(t)
	t.finish(s)
}

// flush gives back every transfer that waits now.
func (e *Endpoint) flush(s Status) {
	for k := e.host.n; k > 0 && e.host.head != nil; k-- {
		e.finish(e.host.head, s)
	}
}

func (e *Endpoint) enable(d *EndpointDescriptor) {
	e.desc, e.size, e.halted = d, d.PacketSize(), false
}

func (e *Endpoint) disable(why Status) {
	e.why = why
	if e.desc == nil {
		return
	}
	e.desc, e.halted, e.rest = nil, false, nil
	e.flush(why)
	for e.ops.head != nil {
		e.ops.pop().end(why)
	}
}
