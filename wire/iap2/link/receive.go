package link

// packet handles a packet with good checksums.
func (e *Engine) packet(p *Packet) {
	if p.Control&controlReserved != 0 {
		e.violated(ReservedBits, p, int(p.Control), int(p.Control&^controlReserved), nil)
	}
	if p.Control&ControlRST != 0 {
		if !e.cfg.IgnoreReset {
			e.resetReceived()
		}
		return
	}
	if p.Control&ControlSYN != 0 {
		e.syn(p)
		return
	}
	switch e.state {
	case StateDetecting:
		if e.role == Accessory { // any link packet will do
			e.peerFound()
			e.synchronize(&e.cfg.Syn)
		}
		return
	case StateSynReceived:
		if !e.completes(p) {
			return
		}
		e.linkUp(&e.local)
	case StateUp, StateSuspended:
	default:
		return
	}
	e.established(p)
}

// resetReceived handles an RST. The accessory pauses like the peer that sent
// it; the device is all ears.
func (e *Engine) resetReceived() {
	switch {
	case e.state == StateSynSent:
		e.fail(Refused, false)
	case e.connected() && e.role == Accessory:
		e.fail(PeerReset, false)
	case e.connected():
		e.drop(PeerReset)
		if !e.tm.giveUp.on {
			e.startGiveUp()
		}
		e.detect(true)
	}
}

// established handles a packet of a link that is up.
func (e *Engine) established(p *Packet) {
	eak := p.Control&ControlEAK != 0
	data := !eak && len(p.Payload) > 0
	if e.state == StateSuspended && p.Control&ControlSLP == 0 {
		e.resume()
	}
	if !e.terms.ZeroAck() && !e.acknowledged(p, data) {
		return
	}
	switch {
	case eak:
		e.counters.EAKsReceived++
		e.missing(p)
	case data:
		e.receive(p)
	case p.Control&ControlSLP == 0:
		e.counters.AcksReceived++
	}
	if p.Control&ControlSLP != 0 && e.state == StateUp {
		e.state = StateSuspended
		e.emit(Event{Kind: Suspended})
		e.needAck()
	}
}

// receive sorts a data packet by its number.
func (e *Engine) receive(p *Packet) {
	e.dataReceived++
	if e.dataReceived == e.cfg.ResetOnReceive {
		e.fail(LocalReset, true)
		return
	}
	if e.terms.ZeroAck() {
		e.receiveReliable(p)
		return
	}
	r := &e.rcv
	off := int(p.Seq - r.last)
	if ahead := int(p.Seq - r.acked); off <= maxWindow && ahead > e.window() {
		e.violated(TooManyOutstanding, p, ahead, e.window(), nil)
	}
	switch {
	case off == 0 || off > maxWindow:
		e.duplicate(p)
	case off > e.window():
		e.counters.BeyondWindow++
		e.needAck()
	case off == 1:
		e.inSequence(p)
	default:
		e.outOfOrder(p, off)
	}
}

// receiveReliable takes a packet of a zero-ack link, whose transport repeats
// and loses nothing. A gap cannot be repaired, only reported.
func (e *Engine) receiveReliable(p *Packet) {
	r := &e.rcv
	off := p.Seq - r.last
	if off == 0 || off > maxWindow {
		e.counters.Duplicates++
		return
	}
	if off > 1 {
		e.violated(SequenceGap, p, int(p.Seq), int(r.last+1), nil)
	}
	if !e.room(len(p.Payload)) {
		e.fail(Overrun, true)
		return
	}
	r.last = p.Seq
	e.deliver(p.Seq, p.Session, e.pool.copy(p.Payload))
	e.out.ack = e.out.ack || e.cfg.AlwaysAck
}

func (e *Engine) duplicate(p *Packet) {
	e.counters.Duplicates++
	if e.cfg.NoDedup && e.room(len(p.Payload)) {
		e.deliver(p.Seq, p.Session, e.pool.copy(p.Payload))
	}
	if age := e.now - e.rcv.seenAt[p.Seq]; !e.rcv.asked[p.Seq] && age < e.terms.RetransmitTimeout {
		e.violated(EarlyRetransmission, p, int(age.Milliseconds()), int(e.terms.RetransmitTimeout.Milliseconds()), nil)
	}
	e.needAck()
}

func (e *Engine) inSequence(p *Packet) {
	if !e.room(len(p.Payload)) {
		e.counters.Overruns++
		return
	}
	r := &e.rcv
	n := 1
	r.last = p.Seq
	r.seenAt[p.Seq] = e.now
	e.deliver(p.Seq, p.Session, e.pool.copy(p.Payload))
	for s := r.early(r.last + 1); s.buf != nil; s = r.early(r.last + 1) {
		r.last++
		n++
		r.bytes -= len(s.buf)
		e.deliver(r.last, s.session, s.buf)
		*s = early{}
	}
	r.span = max(0, r.span-n)
	r.unacked += n
	switch wait := or(e.cfg.AckTimeout, e.terms.AckTimeout); {
	case r.unacked >= min(int(e.terms.MaxCumulativeAcks), e.window()) || n > 1 || wait == 0:
		e.needAck()
	case !e.tm.ack.on && !e.cfg.NoAck:
		e.tm.ack.set(e.now + wait)
	}
}

// outOfOrder keeps a packet that is ahead of a hole, and asks for what is
// missing when the hole is new.
func (e *Engine) outOfOrder(p *Packet, off int) {
	r := &e.rcv
	s := r.early(p.Seq)
	switch {
	case s.buf != nil:
		e.counters.Duplicates++
		e.needAck()
		return
	case !e.room(len(p.Payload)):
		e.counters.Overruns++
		return
	}
	e.counters.OutOfOrder++
	*s = early{session: p.Session, buf: e.pool.copy(p.Payload)}
	r.bytes += len(p.Payload)
	r.seenAt[p.Seq] = e.now
	if off > r.span+1 {
		e.out.eak = !e.cfg.NoEAK
	}
	r.span = max(r.span, off)
}

// room reports whether n more bytes fit in before they are polled.
func (e *Engine) room(n int) bool {
	return e.events.bytes+e.rcv.bytes+n <= e.cfg.ReceiveBytes
}

// deliver hands a payload to Poll, with its buffer.
func (e *Engine) deliver(seq, session uint8, buf []byte) {
	e.counters.DataReceived++
	e.counters.BytesReceived += uint64(len(buf))
	s, ok := e.terms.Session(session)
	if !ok {
		p := Packet{Control: ControlACK, Seq: seq, Session: session}
		e.violated(UnknownSession, &p, int(session), 0, nil)
		e.pool.put(buf)
		return
	}
	e.events.push(Event{Kind: Data, Session: session, Type: s.Type, Payload: buf}, buf)
}

// needAck has the last number in sequence told to the peer at once. It never
// takes the form of an EAK: if duplicates were answered by EAKs, which call for
// more packets, two busy sides would drown in them.
func (e *Engine) needAck() {
	if !e.terms.ZeroAck() && !e.cfg.NoAck {
		e.out.ack = true
	}
}
