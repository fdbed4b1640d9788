package link

// output is what waits to be sent besides data. Each kind waits at most once.
type output struct {
	rst, marker, negative, syn, eak, slp, ack bool
	rstSeq                                    uint8

	lent     []byte // buffer of a packet handed out and perhaps not written yet
	lentFree bool   // it goes back to the pool after that
	buf      []byte // control packets and mangled ones
	again    bool   // Duplicate: hand out buf once more
	mangled  int    // packets shown to Mangle
}

func (o *output) clear() {
	*o = output{lent: o.lent, lentFree: o.lentFree, buf: o.buf, mangled: o.mangled}
}

// NextOutput returns the next packet or marker for the transport, or false when
// there is none. The bytes are valid until the next call of NextOutput.
// Timers of the packet start at the time last handed to the engine.
func (e *Engine) NextOutput() (data []byte, ok bool) {
	o := &e.out
	if o.lentFree {
		e.pool.put(o.lent)
	}
	o.lent, o.lentFree = nil, false
	if o.again {
		o.again = false
		return o.buf, true
	}
	for {
		p, encoded, ok := e.nextPacket()
		switch {
		case !ok:
			return nil, false
		case p.Control == 0: // a marker
			return encoded, true
		}
		e.counters.PacketsSent++
		if encoded == nil {
			o.buf, _ = p.AppendTo(o.buf[:0]) // short by construction
			encoded = o.buf
		}
		if e.cfg.Mangle == nil {
			return encoded, true
		}
		if encoded, ok = e.mangle(p); ok {
			return encoded, true
		}
	}
}

// nextPacket decides what comes next. Data comes encoded, markers too, the
// rest as fields.
func (e *Engine) nextPacket() (p Packet, encoded []byte, ok bool) {
	o := &e.out
	p = Packet{Control: ControlACK, Seq: e.lastSeq(), Ack: e.ackNumber()}
	switch {
	case o.rst:
		o.rst = false
		return Packet{Control: ControlRST, Seq: o.rstSeq}, nil, true
	case o.marker:
		o.marker = false
		o.buf = AppendMarker(o.buf[:0])
		return Packet{}, o.buf, true
	case o.negative:
		o.negative = false
		o.buf = AppendNegative(o.buf[:0])
		return Packet{}, o.buf, true
	case o.syn:
		o.syn = false
		return e.synPacket(), nil, true
	}
	if !e.up() {
		return p, nil, false
	}
	if o.eak {
		o.eak = false
		if p.Payload = e.holes(); len(p.Payload) > 0 {
			p.Control |= ControlEAK
			e.counters.EAKsSent++
			e.ackSent()
			return p, nil, true
		}
		e.needAck() // the hole has closed
	}
	if e.state == StateUp {
		if e.snd.resends > 0 {
			p, encoded = e.resendPacket()
			return p, encoded, true
		}
		if p, encoded, ok = e.dataPacket(p); ok {
			return p, encoded, true
		}
		if o.rst { // a fault switch struck
			return e.nextPacket()
		}
	}
	switch {
	case o.slp:
		o.slp = false
		p.Control = ControlACK | ControlSLP
		return p, nil, true
	case o.ack:
		e.counters.AcksSent++
		e.ackSent()
		return p, nil, true
	}
	return p, nil, false
}

func (e *Engine) synPacket() Packet {
	p := Packet{Control: ControlSYN, Seq: uint8(e.isn)}
	if e.role == Device {
		p.Control |= ControlACK
		p.Ack = e.peerISN
	}
	p.Payload, _ = e.local.AppendTo(nil)
	return p
}

// resendPacket returns the oldest packet marked, as it was.
func (e *Engine) resendPacket() (Packet, []byte) {
	s := &e.snd
	i := 0
	for !s.q.at(i).resend {
		i++
	}
	v := s.q.at(i)
	v.resend = false
	v.sentAt = e.now
	s.resends--
	if v.asked {
		e.counters.Resends++
	} else {
		e.counters.Retransmissions++
	}
	return e.lend(v.buf)
}

// dataPacket sends the first packet not sent yet, if the window is open.
func (e *Engine) dataPacket(p Packet) (Packet, []byte, bool) {
	s := &e.snd
	reliable := e.terms.ZeroAck()
	window := min(int(e.terms.MaxOutstanding), maxWindow)
	if e.cfg.IgnoreWindow {
		window = maxWindow
	}
	if s.inflight == s.q.len() || !reliable && s.inflight >= window {
		return p, nil, false
	}
	if e.dataSent++; e.dataSent == e.cfg.ResetOnSend {
		e.fail(LocalReset, true)
		return p, nil, false
	}
	v := s.q.at(s.inflight)
	p.Seq, p.Session = uint8(s.next), v.session
	p.Payload = v.buf[HeaderLen : len(v.buf)-1]
	p.putHeader(v.buf)
	v.sentAt = e.now
	s.next++
	s.inflight++
	s.unsent -= len(v.buf)
	e.counters.DataSent++
	e.counters.BytesSent += uint64(len(p.Payload))
	e.ackSent()
	buf := v.buf
	_, _ = e.lend(buf)
	if reliable {
		e.settle()
	}
	return p, buf, true
}

// lend hands out a queued packet. Its buffer stays until the next NextOutput
// even if the packet is acknowledged before.
func (e *Engine) lend(buf []byte) (Packet, []byte) {
	e.out.lent = buf
	return Packet{Control: buf[4], Seq: buf[5], Ack: buf[6], Session: buf[7], Payload: buf[HeaderLen : len(buf)-1]}, buf
}

// release gives a queued packet's buffer back, unless it is handed out.
func (e *Engine) release(buf []byte) {
	if l := e.out.lent; len(l) > 0 && &l[0] == &buf[0] {
		e.out.lentFree = true
		return
	}
	e.pool.put(buf)
}

// ackNumber returns the number to acknowledge.
func (e *Engine) ackNumber() uint8 {
	if e.cfg.NoAck {
		return e.peerISN
	}
	return e.rcv.last
}

// ackSent notes that a packet with the acknowledgement number leaves.
func (e *Engine) ackSent() {
	e.out.ack = false
	e.tm.ack.stop()
	e.rcv.unacked = 0
	e.rcv.acked = e.ackNumber()
}

// holes returns the missing numbers, ascending, as many as fit a packet.
func (e *Engine) holes() []byte {
	r := &e.rcv
	r.missing = r.missing[:0]
	for i := 1; i < r.span && len(r.missing) < e.MaxPayload(); i++ {
		if seq := r.last + uint8(i); r.early(seq).buf == nil {
			r.missing = append(r.missing, seq)
			r.asked[seq] = true
		}
	}
	return r.missing
}

// mangle lets the fault hook have its way with a packet.
func (e *Engine) mangle(p Packet) ([]byte, bool) {
	o := &e.out
	o.mangled++
	verdict := e.cfg.Mangle(&p, o.mangled)
	if verdict == Drop {
		return nil, false
	}
	var err error
	if o.buf, err = p.AppendTo(o.buf[:0]); err != nil {
		return nil, false
	}
	switch verdict {
	case CorruptHeader:
		o.buf[HeaderLen-1] ^= 0xff
	case CorruptPayload:
		if len(p.Payload) > 0 {
			o.buf[len(o.buf)-1] ^= 0xff
		}
	case Duplicate:
		o.again = true
	}
	return o.buf, true
}
