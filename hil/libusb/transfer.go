package libusb

import (
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim/usb"
)

// gonePatience is how long a transfer that has failed is held, in case the
// device is gone and the kernel has not seen it yet.
const gonePatience = 500 * time.Millisecond

// pipe returns an endpoint that this Conn may use.
func (c *conn) pipe(endpoint uint8) (pipe, bool) {
	if endpoint&0x70 != 0 {
		return pipe{}, false
	}
	p := c.a.pipes[pipeIndex(endpoint)]
	return p, p.open && c.a.claims[p.iface] == c
}

// Submit implements [usb.Conn].
func (c *conn) Submit(t *usb.Transfer) {
	if c.live[t] != nil {
		panic("libusb: Submit of a transfer that is not done yet")
	}
	t.Status, t.Actual = usb.OK, 0
	p, status := c.admit(t)
	if status != usb.OK {
		t.Status = status
		c.refused = append(c.refused, t)
		c.refusing.Set(c.a.h.w.Now())
		return
	}
	u := c.newURB()
	u.t, u.kind, u.iface = t, p.kind, int(p.iface)
	if t.Control() {
		u.kind, u.iface = usb.TypeControl, -1
	}
	c.live[t] = u
	c.order = append(c.order, u)
	c.a.tap.Submit(c.a.dev.Address, u.kind, t)
	c.k.add(job{submit: u})
}

func (c *conn) admit(t *usb.Transfer) (pipe, usb.Status) {
	switch {
	case c.a.gone:
		return pipe{}, usb.Disconnected
	case c.closed:
		return pipe{}, usb.Invalid
	case c.resetting:
		return pipe{}, usb.Shutdown
	case t.Control():
		s := t.Setup
		if int(s.Length) > len(t.Data) || t.Endpoint&0x7F != 0 || s.RequestType == 0 && s.Request == usb.ReqSetAddress {
			return pipe{}, usb.Invalid
		}
		return pipe{}, usb.OK
	}
	if p, ok := c.pipe(t.Endpoint); ok {
		return p, usb.OK
	}
	return pipe{}, usb.Invalid
}

// refuse gives back what could not be started.
func (c *conn) refuse() {
	list := c.refused
	c.refused = nil
	for _, t := range list {
		if t.Done != nil {
			t.Done(t)
		}
	}
}

func (c *conn) newURB() *urb {
	n := len(c.spare)
	if n == 0 {
		return &urb{c: c}
	}
	u := c.spare[n-1]
	c.spare = c.spare[:n-1]
	return u
}

// Cancel implements [usb.Conn].
func (c *conn) Cancel(t *usb.Transfer) {
	if u := c.live[t]; u != nil {
		c.recall(u, usb.Canceled)
	}
}

// recall asks for a transfer back; why is what Canceled is to be called. What is
// held has failed already.
func (c *conn) recall(u *urb, why usb.Status) {
	if u.want != usb.OK {
		return
	}
	u.want = why
	if !u.ended {
		c.k.add(job{cancel: u})
	}
}

// takeBack recalls transfers and waits until they are done.
func (c *conn) takeBack(why usb.Status, which func(*urb) bool) {
	c.recallAll(why, which)
	for slices.ContainsFunc(c.order, which) {
		c.a.changed.Wait()
	}
}

// recallAll recalls transfers, the latest first, so that none overtakes another
// that is recalled: what the device gets has no gap.
func (c *conn) recallAll(why usb.Status, which func(*urb) bool) {
	for _, u := range slices.Backward(c.order) {
		if which(u) {
			c.recall(u, why)
		}
	}
}

// reap takes the transfers that have ended, in the order in which they did.
func (c *conn) reap() {
	c.reaped = c.k.take(c.reaped)
	for i, u := range c.reaped {
		c.reaped[i] = nil
		u.ended = true
		if len(c.held) == 0 && !c.doubtful(u) {
			c.finish(u, c.outcome(u))
			continue
		}
		c.held = append(c.held, u)
		if len(c.held) == 1 {
			c.patient.Set(c.a.h.w.Now() + gonePatience)
			c.a.h.monitor.kick()
		}
	}
}

// outcome returns how a transfer ended.
func (c *conn) outcome(u *urb) usb.Status {
	s := u.result.Status()
	if u.refused != success {
		s = u.refused.Status()
	}
	switch {
	case s == usb.OK:
	case c.a.gone:
		s = usb.Disconnected
	case s == usb.Canceled && u.want != usb.OK:
		s = u.want
	}
	return s
}

// doubtful reports whether a transfer may have failed because the device is
// gone.
func (c *conn) doubtful(u *urb) bool {
	s := c.outcome(u)
	return !c.a.gone && !c.closed && (s == usb.Protocol || s == usb.Disconnected)
}

// settle gives back what was held, with the status that explains it.
func (c *conn) settle(why usb.Status) {
	c.patient.Stop()
	list := c.held
	c.held = nil
	for _, u := range list {
		s := c.outcome(u)
		if s == usb.Disconnected {
			s = why
		}
		c.finish(u, s)
	}
}

// giveUp is called when the device was not gone: its interface was taken away.
func (c *conn) giveUp() { c.settle(usb.Shutdown) }

// finish gives a transfer back.
func (c *conn) finish(u *urb, s usb.Status) {
	t, kind, n := u.t, u.kind, u.actual
	delete(c.live, t)
	i := slices.Index(c.order, u) // mostly 0
	c.order = append(c.order[:i], c.order[i+1:]...)
	u.t, u.want, u.ended, u.actual = nil, usb.OK, false, 0
	c.spare = append(c.spare, u)
	c.a.changed.Broadcast()
	if t.ShortNotOK && s == usb.OK && t.In() && n < asked(t) {
		s = usb.Short
	}
	t.Status, t.Actual = s, n
	c.a.tap.Complete(c.a.dev.Address, kind, t)
	if t.Done != nil {
		t.Done(t)
	}
}

// asked is how many bytes a transfer asks for.
func asked(t *usb.Transfer) int {
	if t.Control() {
		return int(t.Setup.Length)
	}
	return len(t.Data)
}
