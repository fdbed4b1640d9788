package gadget

import "github.com/plugfest/plugfest/sim/usb"

// pipe is an endpoint of one alternate setting, between the device and the
// controller.
type pipe struct {
	a          *attachment
	index      int // in the plan
	e          *endpoint
	on         bool
	stopping   bool
	stalled    bool  // the device has refused a transfer, which the host is to see
	controller uint8 // address that the host knows

	round   int      // counts starts
	slots   []inSlot // IN
	written int      // slots that wait for the host

	outs []*outTransfer // OUT: at the device, in order
	kept []*outTransfer // refused, to be given again
	free *outTransfer
}

// inSlot is a piece of memory that the device fills and the controller sends.
type inSlot struct {
	t     usb.Transfer
	where place
	round int // in which it was given to the device
}

type place uint8

const (
	placeIdle place = iota
	placeDevice
	placeController
)

// outTransfer is what the host has sent, at the device.
type outTransfer struct {
	t     usb.Transfer
	x     *pipe
	slots int
	next  *outTransfer
}

func (x *pipe) init(a *attachment, index int) {
	x.a, x.index, x.e = a, index, &a.plan.endpoints[index]
	if !x.e.in() || !x.e.moves() {
		return
	}
	x.slots = make([]inSlot, inSlots)
	for i := range x.slots {
		s := &x.slots[i]
		s.t.Endpoint = x.e.address
		s.t.Done = func(*usb.Transfer) { x.filled(i) }
	}
}

// start has data flow.
func (x *pipe) start() {
	if !x.e.moves() {
		return
	}
	x.on, x.stalled = true, false
	x.round++
	x.fill()
}

// fill asks the device for data, where there is memory for it.
func (x *pipe) fill() {
	for i := range x.slots {
		if s := &x.slots[i]; x.on && !x.stalled && s.where == placeIdle {
			s.where, s.round = placeDevice, x.round
			s.t.Data = x.a.engine.buffer(x.index, i)
			x.a.p.tap.Submit(x.a.address, x.e.kind, &s.t)
			x.a.dev.Submit(&s.t)
		}
	}
}

// filled takes what the device has to send.
func (x *pipe) filled(i int) {
	a, s := x.a, &x.slots[i]
	x.complete(&s.t)
	s.where = placeIdle
	switch {
	case s.t.Status == usb.OK && x.on:
		s.where = placeController
		x.written++
		n := s.t.Actual
		packet := x.e.packet(a.busSpeed())
		// A transfer that ends short and without a short packet ended with one of
		// zero length.
		a.engine.write(x.index, i, n, n > 0 && n < len(s.t.Data) && n%packet == 0)
	case s.t.Status == usb.Stall && x.on:
		x.refuse()
	case s.round != x.round: // a device that took its time to give it back
		x.fill()
	}
}

// sent takes memory back that the controller has done with.
func (x *pipe) sent(r *report) {
	x.slots[r.slot].where = placeIdle
	x.written--
	x.a.emptied.Broadcast()
	switch {
	case x.stalled && x.written == 0:
		x.halt()
	case r.ok:
		x.fill()
	}
}

// data gives the device what the host has sent.
func (a *attachment) data(r *report) {
	x := &a.pipes[r.ep]
	f := x.e.function
	if s := &a.functions[f]; !x.on && s.enabled && a.told && a.config == a.plan.functions[f].config && s.setting != x.e.setting {
		// There is no better proof of what the host has selected.
		slots := *r
		a.alternate(f, x.e.setting)
		r = &slots
	}
	if !x.on {
		a.engine.free(r.ep, r.slots)
		return
	}
	o := x.free
	if o == nil {
		o = &outTransfer{x: x}
		o.t.Endpoint = x.e.address
		o.t.Done = o.done
	} else {
		x.free = o.next
	}
	o.t.Data, o.t.ZeroPacket, o.slots, o.next = r.data, r.zero && len(r.data) > 0, r.slots, nil
	if x.stalled {
		x.kept = append(x.kept, o)
		return
	}
	x.give(o)
}

func (x *pipe) give(o *outTransfer) {
	x.outs = append(x.outs, o)
	x.a.p.tap.Submit(x.a.address, x.e.kind, &o.t)
	x.a.dev.Submit(&o.t)
}

func (o *outTransfer) done(t *usb.Transfer) {
	x := o.x
	x.complete(t)
	for i := range x.outs {
		if x.outs[i] == o {
			x.outs = append(x.outs[:i], x.outs[i+1:]...)
			break
		}
	}
	if t.Status == usb.Stall && x.on {
		// The host has been told already that this arrived.
		t.Data = t.Data[t.Actual:]
		x.kept = append(x.kept, o)
		x.refuse()
		return
	}
	x.recycle(o)
}

func (x *pipe) recycle(o *outTransfer) {
	x.a.engine.free(x.index, o.slots)
	o.t.Data = nil
	o.next, x.free = x.free, o
}

// drop ends the pipe. What is at the device comes back when the device likes.
func (x *pipe) drop() {
	x.on, x.stalled = false, false
	for _, o := range x.kept {
		x.recycle(o)
	}
	x.kept = x.kept[:0]
}

// stop ends the pipe and takes all transfers back.
func (x *pipe) stop() {
	if !x.on {
		return
	}
	x.drop()
	x.stopping = true
	defer func() { x.stopping = false }()
	for i := range x.slots {
		if s := &x.slots[i]; s.where == placeDevice {
			x.a.dev.Cancel(&s.t)
		}
	}
	for n := len(x.outs); n > 0 && len(x.outs) > 0; n-- {
		x.a.dev.Cancel(&x.outs[0].t)
	}
}

// complete tells of a transfer. What is taken back because its setting ends is
// told as that.
func (x *pipe) complete(t *usb.Transfer) {
	if x.stopping && t.Status == usb.Canceled {
		t.Status = usb.Shutdown
	}
	x.a.p.tap.Complete(x.a.address, x.e.kind, t)
}

// refuse has the host see a stall, after what was written before it.
func (x *pipe) refuse() {
	if x.stalled {
		return
	}
	x.stalled = true
	if x.written == 0 {
		x.a.local(report{kind: reportStalled, ep: x.index})
	}
}

// halt shows the stall. The controller's driver answers the host's CLEAR_FEATURE
// without a word, so the device is given one at once: it goes on, and the host
// sees nothing of that before it clears the halt itself.
func (x *pipe) halt() {
	a := x.a
	if !x.on || !x.stalled {
		return
	}
	a.engine.halt(x.index)
	a.request(usb.Setup{RequestType: usb.ToEndpoint, Request: usb.ReqClearFeature,
		Value: usb.FeatureEndpointHalt, Index: uint16(x.e.address)}, nil)
	if !x.on || a.ended {
		return
	}
	x.stalled = false
	kept := x.kept
	x.kept = nil
	for _, o := range kept {
		x.give(o)
	}
	x.fill()
}
