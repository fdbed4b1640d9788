package usb

import (
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// pipe is the host's end of an endpoint. Its transfers complete in the order of
// their submission, save those that are canceled.
type pipe struct {
	r       *remote
	address uint8
	kind    TransferType
	open    bool  // the current settings have it
	iface   uint8 // that it belongs to
	pending queue // the host's transfers
	flight  []*hop
	latest  time.Duration // when the last of flight arrives

	// On a path that loses, repeats or reorders, transfers of the host and data
	// of the device find each other when the data arrives.
	copying  bool
	bound    int    // IN: transfers whose own buffer is under way
	asked    []*hop // IN: at the device with buffers of their own
	arriving int
	arrived  []*hop
	dirty    bool
}

func (p *pipe) in() bool { return p.address&DirIn != 0 }

// way returns the direction that the pipe's data takes.
func (p *pipe) way() *way {
	if p.in() {
		return &p.r.far.out
	}
	return &p.r.plug.out
}

// submit takes a transfer of the host's.
func (p *pipe) submit(t *Transfer) {
	r := p.r
	t.pipe, t.held = p, true
	p.pending.push(t)
	r.tap().Submit(r.address, p.kind, t)
	if r.c.severed != "" {
		return
	}
	if p.kind == TypeControl {
		n := 8
		if !t.Setup.In() {
			n += int(t.Setup.Length)
		}
		if fate, ok := p.carry(r.plug.out.control, n); ok {
			p.bind(t).schedule(hopOut, fate.At[0])
		}
		return
	}
	if p.pending.n == 1 && len(p.flight) == 0 && len(p.asked) == 0 && len(p.arrived) == 0 {
		p.copying = p.way().lossy
	} else if p.way().lossy {
		p.copying = true
	}
	switch {
	case p.in() && p.copying:
		p.deliver()
		p.topUp()
	case p.in():
		p.bound++
		h := p.bind(t)
		h.state = hopAtDevice
		r.dev.Submit(&h.inner)
	default:
		p.send(t)
	}
}

// bind makes the hop that carries t's own buffer.
func (p *pipe) bind(t *Transfer) *hop {
	h := p.r.c.newHop(p)
	h.outer, t.hop = t, h
	h.inner.Setup, h.inner.Data, h.inner.ZeroPacket = t.Setup, t.Data, t.ZeroPacket
	if p.kind == TypeControl {
		h.inner.Data = t.Data[:t.Setup.Length]
	}
	return h
}

// carry asks a path what becomes of n bytes. Where the cable is pulled instead
// it says false.
func (p *pipe) carry(path *sim.Path, n int) (sim.Fate, bool) {
	fate := path.Carry(n)
	if fate.Comment != "" {
		p.r.c.emitFault(fate.Comment, p.address, n)
	}
	if fate.Unplug {
		p.r.c.sever("fault")
		return fate, false
	}
	return fate, true
}

// send puts an OUT transfer on its way.
func (p *pipe) send(t *Transfer) {
	fate, ok := p.carry(p.way().data, len(t.Data))
	if !ok {
		return
	}
	h := p.bind(t)
	if !p.copying {
		h.schedule(hopOut, fate.At[0])
		return
	}
	if fate.Copies == 0 {
		h.schedule(hopLost, fate.At[0])
		return
	}
	copy(h.own(len(t.Data)), t.Data)
	flip(h.buf, fate.Flip)
	var twin *hop
	if fate.Copies > 1 {
		twin = p.r.c.newHop(p)
		copy(twin.own(len(h.buf)), h.buf)
		twin.inner.ZeroPacket = t.ZeroPacket
	}
	h.schedule(hopOut, fate.At[0])
	if twin != nil {
		twin.schedule(hopOut, fate.At[1])
	}
}

func flip(b []byte, bit int) {
	if bit >= 0 && bit/8 < len(b) {
		b[bit/8] ^= 0x80 >> (bit % 8)
	}
}

// settle ends a transfer as soon as those before it have ended.
func (p *pipe) settle(h *hop, s Status, n int) {
	if s == Canceled && h.want != OK {
		s = h.want
	}
	if !p.copying || p.in() || h.want != OK {
		p.finish(h, s, n)
		return
	}
	h.state = hopSettled
	h.inner.Status, h.inner.Actual = s, n
	p.release()
}

// release ends the settled transfers that nobody is before.
func (p *pipe) release() {
	for t := p.pending.head; t != nil && t.hop != nil && t.hop.state == hopSettled; t = p.pending.head {
		h := t.hop
		p.pending.remove(t)
		s, n := h.inner.Status, h.inner.Actual
		p.r.c.freeHop(h)
		p.r.c.give(t, s, n)
	}
}

// finish ends a transfer that a hop is bound to.
func (p *pipe) finish(h *hop, s Status, n int) {
	t := h.outer
	p.pending.remove(t)
	p.r.c.freeHop(h)
	p.r.c.give(t, s, n)
	if p.kind == TypeControl {
		return
	}
	if p.in() {
		p.bound--
		if p.copying {
			p.deliver()
		}
	} else if p.copying {
		p.release()
	}
}

// cancel takes a transfer back, with the status that it is to have.
func (p *pipe) cancel(t *Transfer, why Status) {
	r := p.r
	if r.c.severed != "" {
		return // all of them end in a moment
	}
	h := t.hop
	if h == nil {
		p.pending.remove(t)
		r.c.give(t, why, 0)
		p.trim()
		return
	}
	switch h.state {
	case hopOut, hopLost:
		h.unschedule()
		p.finish(h, why, 0)
	case hopAtDevice:
		h.want, h.recalled = why, false
		r.dev.Cancel(&h.inner)
	case hopIn:
		p.hurry(h)
		h.unschedule()
		if h.inner.Status != OK {
			why = h.inner.Status
		}
		p.finish(h, why, h.inner.Actual)
	case hopSettled:
		p.finish(h, h.inner.Status, h.inner.Actual)
	}
}

// hurry has the data before h arrive at once, so that h with its data can be
// given back.
func (p *pipe) hurry(h *hop) {
	for i := 0; i < len(p.flight) && p.flight[i] != h; {
		if f := p.flight[i]; f.state == hopIn {
			f.unschedule()
			f.arrive()
		} else {
			i++
		}
	}
}

// flush takes every transfer back, and drops what has arrived for none.
func (p *pipe) flush(why Status) {
	p.discard()
	for k := p.pending.n; k > 0 && p.pending.head != nil; k-- {
		t := p.pending.head
		p.cancel(t, why)
		if p.pending.head == t { // a device that takes its time to cancel
			p.pending.remove(t)
			p.pending.push(t)
		}
	}
}

// discard drops the data that belongs to no transfer.
func (p *pipe) discard() {
	c := p.r.c
	for _, h := range slices.Clone(p.flight) {
		if h.outer == nil {
			h.unschedule()
			c.freeHop(h)
		}
	}
	for _, h := range p.arrived {
		c.freeHop(h)
	}
	p.arrived, p.arriving = p.arrived[:0], 0
	asked := slices.Clone(p.asked)
	p.asked = p.asked[:0]
	for _, h := range asked {
		h.state = hopOrphan
		p.r.dev.Cancel(&h.inner)
	}
}

// drop ends every transfer after the device has given up its own.
func (p *pipe) drop(why Status) {
	p.discard()
	c := p.r.c
	for t := p.pending.pop(); t != nil; t = p.pending.pop() {
		n := 0
		if h := t.hop; h != nil {
			if h.state == hopAtDevice {
				h.state, h.outer = hopOrphan, nil
			} else {
				if !t.In() && h.state == hopSettled {
					n = h.inner.Actual
				}
				h.unschedule()
				c.freeHop(h)
			}
		}
		c.give(t, why, n)
	}
	p.bound, p.copying = 0, false
}
