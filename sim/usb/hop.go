package usb

import (
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// hop is what crosses the cable for a host's transfer: a transfer of its own at
// the device. Where data is not copied it has the host's own buffer and is bound
// to the transfer for good; otherwise it has a buffer of its own.
type hop struct {
	inner Transfer
	outer *Transfer // the host's, nil for a copy that belongs to none
	p     *pipe
	timer *sim.Timer
	state hopState
	want  Status // what Canceled is to be called
	off   int    // of buf, delivered so far
	buf   []byte
	next  *hop // among the free
	// recalled: the transfer's own buffer is wanted back, and data that is in
	// it already counts as arrived.
	recalled bool
}

type hopState uint8

const (
	hopFree     hopState = iota
	hopOut               // on its way to the device
	hopLost              // on its way to nowhere
	hopAtDevice          // submitted to the device
	hopIn                // on its way back, with the transfer's own buffer
	hopArriving          // on its way back, with a buffer of its own
	hopSettled           // complete, and waits for those before it
	hopStranded          // the cable was cut while it was under way
	hopOrphan            // given up on while the device has it
)

func (c *Cable) newHop(p *pipe) *hop {
	h := c.hops
	if h == nil {
		h = &hop{}
		h.inner.Done = h.done
		h.timer = c.w.NewTimer(h.fire)
	} else {
		c.hops = h.next
	}
	h.p, h.next = p, nil
	h.inner.Endpoint = p.address
	return h
}

func (c *Cable) freeHop(h *hop) {
	h.state, h.want, h.off, h.outer, h.recalled = hopFree, OK, 0, nil, false
	h.inner.Data = nil
	h.next, c.hops = c.hops, h
}

// own gives the hop a buffer of n bytes of its own.
func (h *hop) own(n int) []byte {
	h.buf = slices.Grow(h.buf[:0], n)[:n]
	h.inner.Data = h.buf
	return h.buf
}

// schedule has the hop arrive at a time of the world's clock, after those that
// are to arrive by then already.
func (h *hop) schedule(state hopState, at time.Duration) {
	p := h.p
	h.state = state
	if at <= p.r.c.w.Now() && len(p.flight) == 0 {
		h.arrive()
		return
	}
	p.flight = append(p.flight, h)
	p.latest = max(p.latest, at)
	h.timer.Set(at)
}

// unschedule takes the hop out of flight.
func (h *hop) unschedule() {
	h.timer.Stop()
	p := h.p
	if i := slices.Index(p.flight, h); i >= 0 {
		p.flight = append(p.flight[:i], p.flight[i+1:]...)
	}
}

func (h *hop) fire() {
	h.unschedule()
	h.arrive()
}

func (h *hop) arrive() {
	p := h.p
	if p.r.c.severed != "" && h.state != hopArriving && h.outer != nil {
		h.state = hopStranded
		return
	}
	switch h.state {
	case hopOut:
		h.state = hopAtDevice
		p.r.dev.Submit(&h.inner)
	case hopLost:
		p.settle(h, OK, len(h.outer.Data))
	case hopIn:
		p.finish(h, h.inner.Status, h.inner.Actual)
	case hopArriving:
		p.arriving--
		p.arrived = append(p.arrived, h)
		p.deliver()
	}
}

// done is called inside the device, which must not be called back from here.
func (h *hop) done(*Transfer) {
	p := h.p
	r := p.r
	status, n := h.inner.Status, h.inner.Actual
	switch {
	case h.state == hopOrphan || h.outer == nil && !p.in():
		r.c.freeHop(h)
		return
	case h.outer == nil:
		p.unask(h)
		p.received(h)
		return
	case h.recalled:
		p.recalled(h)
		return
	case status == Canceled || status == Shutdown || status == Disconnected,
		!p.in() && p.kind != TypeControl:
		if p.in() && n > 0 {
			if (r.gone || r.resetting) && len(p.flight) > 0 {
				n = 0 // what was sent before it does not arrive either
			} else {
				p.hurry(h)
			}
		}
		p.settle(h, status, n)
		return
	case r.c.severed != "":
		h.state = hopStranded
		return
	}
	if status != OK {
		h.schedule(hopIn, p.latest) // behind what came before it
		return
	}
	path := r.far.out.data
	if p.kind == TypeControl {
		path = r.far.out.control
	}
	if !h.inner.In() {
		n = 0
	}
	fate, ok := p.carry(path, n)
	if !ok {
		h.state = hopStranded
		return
	}
	h.schedule(hopIn, fate.At[0])
}
