package usb

import "slices"

// need is how many more transfers the device should have for those that the
// host waits for.
func (p *pipe) need() int {
	return p.pending.n - p.bound - len(p.asked) - p.arriving - len(p.arrived)
}

// topUp asks the device for as much as the host waits for.
func (p *pipe) topUp() {
	if !p.copying || p.r.gone || p.r.c.severed != "" {
		return
	}
	for k := p.need(); k > 0 && p.need() > 0; k-- {
		h := p.r.c.newHop(p)
		h.own(len(p.pending.tail.Data))
		p.asked = append(p.asked, h)
		h.state = hopAtDevice
		p.r.dev.Submit(&h.inner)
	}
	if p.need() > 0 {
		p.soil()
	}
}

// soil has topUp called soon, outside of the device.
func (p *pipe) soil() {
	if !p.dirty {
		p.dirty = true
		p.r.c.dirty = append(p.r.c.dirty, p)
		p.r.c.kick()
	}
}

// trim takes back what the device has for nobody.
func (p *pipe) trim() {
	excess := -p.need()
	for i := len(p.asked) - 1; i >= 0 && excess > 0; i-- {
		if h := p.asked[i]; h.want == OK {
			h.want = Canceled
			excess--
			p.r.dev.Cancel(&h.inner)
			i = min(i, len(p.asked))
		}
	}
}

func (p *pipe) unask(h *hop) {
	if i := slices.Index(p.asked, h); i >= 0 {
		p.asked = append(p.asked[:i], p.asked[i+1:]...)
	}
}

// received takes what the device has put into a hop's own buffer.
func (p *pipe) received(h *hop) {
	c := p.r.c
	status, n := h.inner.Status, h.inner.Actual
	switch {
	case p.r.gone || p.r.resetting || c.severed != "":
		c.freeHop(h)
		return
	case status == Canceled && n == 0:
		c.freeHop(h)
		p.soil()
		return
	case status != OK && status != Canceled: // an error is not lost
		p.arriving++
		h.schedule(hopArriving, p.latest)
		return
	}
	fate, ok := p.carry(p.way().data, n)
	if !ok {
		c.freeHop(h)
		return
	}
	if fate.Copies == 0 {
		c.freeHop(h)
		p.soil()
		return
	}
	h.inner.Status = OK
	flip(h.buf[:n], fate.Flip)
	var twin *hop
	if fate.Copies > 1 {
		twin = c.newHop(p)
		copy(twin.own(n), h.buf[:n])
		twin.inner.Status, twin.inner.Actual = OK, n
		p.arriving++
	}
	p.arriving++
	h.schedule(hopArriving, fate.At[0])
	if twin != nil {
		twin.schedule(hopArriving, fate.At[1])
	}
}

// deliver puts what has arrived into the transfers that wait for it.
func (p *pipe) deliver() {
	for len(p.arrived) > 0 && p.pending.head != nil && p.pending.head.hop == nil {
		h, t := p.arrived[0], p.pending.head
		k := 0
		if h.inner.Status == OK {
			k = copy(t.Data, h.buf[h.off:h.inner.Actual])
			h.off += k
		}
		s := h.inner.Status
		if s != OK || h.off == h.inner.Actual {
			p.arrived = append(p.arrived[:0], p.arrived[1:]...)
			p.r.c.freeHop(h)
		}
		p.pending.remove(t)
		p.r.c.give(t, s, k)
	}
}

// recall has the transfers that wait at the device wait in the new way, now
// that the path damages data: their buffers are no longer the device's.
func (r *remote) recall() {
	for i := range r.pipes {
		p := &r.pipes[i]
		if !p.open || !p.in() || p.copying || !p.way().lossy || p.pending.n == 0 {
			continue
		}
		p.copying = true
		var waiting []*hop
		for t := p.pending.head; t != nil; t = t.next {
			if t.hop != nil && t.hop.state == hopAtDevice {
				waiting = append(waiting, t.hop)
			}
		}
		for _, h := range waiting {
			h.recalled = true
			r.dev.Cancel(&h.inner)
		}
	}
}

// recalled parts a hop from its transfer, which waits on.
func (p *pipe) recalled(h *hop) {
	t := h.outer
	h.outer, t.hop, h.recalled = nil, nil, false
	p.bound--
	n := h.inner.Actual
	copy(h.own(n), t.Data[:n])
	p.received(h)
}
