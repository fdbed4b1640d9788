package usb

// pump matches what the device reads or writes with the host's transfers, as
// far as both are there. Completions may submit again: that is taken up here,
// not by recursion.
func (e *Endpoint) pump() {
	if e.pumping {
		return
	}
	e.pumping = true
	if e.address&DirIn != 0 {
		for e.ready() && e.host.head != nil {
			e.send(e.ops.head, e.host.head)
		}
	} else {
		e.receive()
	}
	e.pumping = false
}

func (e *Endpoint) ready() bool { return e.desc != nil && !e.halted && e.ops.head != nil }

// send moves as much of o into t as its packets allow, and ends one of them at
// least. t.Actual is a multiple of the packet size: a short packet has ended t.
func (e *Endpoint) send(o *op, t *Transfer) {
	left, room := len(o.p)-o.n, len(t.Data)-t.Actual
	if left > room {
		// Only whole packets go. The one that does not fit stays here, and the
		// host sees babble.
		k := room - room%e.size
		e.move(o, t, k)
		if k < room || len(t.Data) == 0 {
			e.finish(t, Overflow)
		} else {
			e.finish(t, OK)
		}
		return
	}
	e.move(o, t, left)
	full := t.Actual == len(t.Data)
	switch {
	case left%e.size != 0: // a short packet
		e.ops.pop().end(OK)
		e.finish(t, OK)
	case !o.zlp:
		e.ops.pop().end(OK)
		if full {
			e.finish(t, OK)
		}
	case full && len(t.Data) > 0: // the zero-length packet goes to the next transfer
		e.finish(t, OK)
	default:
		e.ops.pop().end(OK)
		e.finish(t, OK)
	}
}

func (e *Endpoint) move(o *op, t *Transfer, k int) {
	copy(t.Data[t.Actual:], o.p[o.n:o.n+k])
	o.n += k
	t.Actual += k
}

// receive serves the reads from the rest of a packet and from the transfers.
func (e *Endpoint) receive() {
	for e.ready() {
		o := e.ops.head
		if len(e.rest) > 0 {
			e.takeRest(o)
		}
		for !o.done && e.host.head != nil && e.ready() && o.n < len(o.p) {
			if o.transfer {
				e.takeTransfer(o, e.host.head)
			} else {
				e.takeStream(o, e.host.head)
			}
		}
		if !o.done && o.n > 0 && (!o.transfer || o.n == len(o.p)) {
			e.endOp(o, OK)
		}
		if !o.done {
			return
		}
	}
}

func (e *Endpoint) endOp(o *op, s Status) {
	e.ops.remove(o)
	o.end(s)
}

func (e *Endpoint) takeRest(o *op) {
	k := copy(o.p[o.n:], e.rest)
	o.n += k
	e.rest = e.rest[k:]
	if o.transfer {
		e.endOp(o, OK)
	}
}

// takeStream reads from t without regard to packets.
func (e *Endpoint) takeStream(o *op, t *Transfer) {
	k := copy(o.p[o.n:], t.Data[t.Actual:])
	o.n += k
	t.Actual += k
	// A packet is taken whole: what o has no room for is kept.
	if t.Actual < len(t.Data) && t.Actual%e.size != 0 {
		end := min(t.Actual-t.Actual%e.size+e.size, len(t.Data))
		e.restBuf = append(e.restBuf[:0], t.Data[t.Actual:end]...)
		e.rest = e.restBuf
		t.Actual = end
	}
	if t.Actual == len(t.Data) {
		e.finish(t, OK)
	}
}

// takeTransfer reads from t up to a short packet or until o is full.
func (e *Endpoint) takeTransfer(o *op, t *Transfer) {
	k := copy(o.p[o.n:], t.Data[t.Actual:])
	o.n += k
	t.Actual += k
	if t.Actual < len(t.Data) {
		status := OK
		if over := t.Actual % e.size; over != 0 {
			t.Actual = min(t.Actual-over+e.size, len(t.Data))
			status = Overflow
		}
		e.endOp(o, status)
		if t.Actual == len(t.Data) && (!t.ZeroPacket || t.Actual%e.size != 0) {
			e.finish(t, OK) // the packet that was cut was the last
		}
		return
	}
	switch {
	case len(t.Data)%e.size != 0 || len(t.Data) == 0: // a short packet
		e.endOp(o, OK)
		e.finish(t, OK)
	case !t.ZeroPacket:
		e.finish(t, OK) // receive ends o if it is full
	case k == 0 || o.n < len(o.p): // the zero-length packet
		e.endOp(o, OK)
		e.finish(t, OK)
	default: // it is left to the next read
		e.endOp(o, OK)
	}
}
