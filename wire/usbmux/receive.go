package usbmux

// packet takes one whole packet.
func (e *Engine) packet(b []byte) {
	e.counters.PacketsIn++
	p, err := ParsePacket(b, max(e.version, 1))
	if p.Protocol == ProtoVersion && err == nil {
		e.gotVersion(p.Payload)
		return
	}
	if e.state != StateActive {
		e.violated(NotActive, nil, int64(p.Protocol), 0, nil)
		return
	}
	if err != nil {
		pe := err.(*PacketError)
		if pe.Err != ErrMagic {
			e.counters.Dropped++
			e.violated(BadPacket, nil, int64(pe.Value), int64(pe.Want), err)
			return
		}
		e.violated(WrongMagic, nil, int64(pe.Value), Magic, nil)
	}
	if e.version == 2 {
		e.number(p)
	}
	switch p.Protocol {
	case ProtoSetup:
		e.gotSetup(p)
	case ProtoControl:
		if c, err := ParseControl(p.Payload); err != nil {
			e.violated(BadPacket, nil, 0, 1, err)
		} else {
			e.events.push(Event{Kind: Message, Control: c})
		}
	case ProtoTCP:
		s, err := ParseSegment(p.Payload)
		if err != nil {
			e.counters.Dropped++
			e.violated(BadPacket, nil, int64(len(p.Payload)), SegmentHeaderLen, err)
			return
		}
		e.segment(&s)
	default:
		e.violated(UnknownProtocol, nil, int64(p.Protocol), int64(ProtoTCP), nil)
	}
}

// number follows the packet numbers of version 2.
func (e *Engine) number(p Packet) {
	if e.role == Device && p.Protocol == ProtoSetup {
		e.rx = p.Tx
		return
	}
	if e.role == Device && !e.setupSeen {
		e.setupSeen = true
		e.violated(SetupMissing, nil, int64(p.Protocol), int64(ProtoSetup), nil)
	}
	if want := e.rx + 1; p.Tx != want {
		e.violated(TxGap, nil, int64(p.Tx), int64(want), nil)
	}
	e.rx = p.Tx
}

func (e *Engine) gotVersion(payload []byte) {
	v, err := ParseVersion(payload)
	if err != nil {
		e.counters.Dropped++
		e.violated(BadPacket, nil, int64(len(payload)), versionLen, err)
		return
	}
	if e.role == Device {
		e.askedVersion()
		return
	}
	switch {
	case e.state == StateActive:
		e.violated(VersionAgain, nil, int64(v.Major), int64(e.version), nil)
	case v.Major != 1 && v.Major != 2:
		e.violated(VersionUnknown, nil, int64(v.Major), 2, nil)
		e.down(BadVersion)
	default:
		e.activate(v)
		e.out.setup = v.Major == 2
	}
}

// askedVersion is a device's answer to VERSION: a session begins, and any one
// before it is forgotten, because the host's program was started anew.
func (e *Engine) askedVersion() {
	if e.state == StateActive {
		e.down(PeerRestarted)
		e.state = StateHandshake
	}
	if e.cfg.Mute {
		return
	}
	e.out.version = true
	if e.cfg.Version == 1 || e.cfg.Version == 2 {
		e.activate(VersionInfo{Major: e.cfg.Version})
	}
}

func (e *Engine) gotSetup(p Packet) {
	if e.role == Host || e.setupSeen || e.version == 1 {
		e.violated(UnexpectedSetup, nil, int64(len(p.Payload)), 0, nil)
	}
	e.setupSeen = true
}

// segment takes a packet of a connection.
func (e *Engine) segment(s *Segment) {
	if s.Flags&RST != 0 {
		e.counters.ResetsIn++
	}
	c := e.find(s.Dst, s.Src)
	switch {
	case c != nil:
		c.segmentIn(s)
	case s.Flags&RST != 0:
		// for a connection that both ends ended
	case e.role == Device && s.Flags == SYN:
		e.incoming(s)
	default:
		// On a closed connection data may still be under way: no violation.
		e.counters.Strays++
		e.out.rst(reset{local: s.Dst, remote: s.Src, ack: s.Seq}, e)
	}
}

func (e *Engine) incoming(s *Segment) {
	if e.conns[e.key(s.Dst, s.Src)] != nil || len(e.conns) >= e.cfg.MaxConns {
		e.out.rst(reset{local: s.Dst, remote: s.Src, ack: s.Seq + 1, text: "too many connections"}, e)
		return
	}
	c := e.add(s.Dst, s.Src, ConnIncoming)
	c.rcvNext = s.Seq + 1
	c.ackSent = c.rcvNext
	e.events.push(Event{Kind: Incoming, Conn: c})
}

func (c *Conn) segmentIn(s *Segment) {
	e := c.e
	if s.Flags&RST != 0 {
		e.finish(c, PeerReset, s.Reason())
		return
	}
	switch c.state {
	case ConnOpening:
		c.answered(s)
		return
	case ConnIncoming:
		e.violated(DataTooEarly, c, int64(s.Flags), int64(ACK), nil)
		e.reset(c, BadFlags, "not accepted yet")
		return
	}
	if s.Flags != ACK {
		e.violated(WrongFlags, c, int64(s.Flags), int64(ACK), nil)
		e.reset(c, BadFlags, "")
		return
	}
	if c.state == ConnAccepted {
		c.established(s)
	}
	c.acknowledged(s)
	if c.numbered(s) {
		c.data(s.Payload)
	}
	if c.pending() {
		e.wake(c)
	}
}

// answered takes the answer to a host's SYN.
func (c *Conn) answered(s *Segment) {
	e := c.e
	if s.Flags != SYN|ACK {
		e.violated(WrongFlags, c, int64(s.Flags), int64(SYN|ACK), nil)
		e.reset(c, BadAnswer, "")
		return
	}
	if c.rcvNext = s.Seq + 1; e.cfg.IgnoreSeq {
		c.rcvNext = 1
	}
	c.established(s)
	c.ackSent = c.rcvNext
	c.ackDue = true // the third packet of the handshake
	e.wake(c)
}

// established ends the handshake at either end.
func (c *Conn) established(s *Segment) {
	e := c.e
	c.sndWindow = s.Window
	if c.ackOffset = s.Ack - c.sndNext; c.ackOffset != 0 {
		e.violated(AckOffset, c, int64(s.Ack), int64(c.sndNext), nil)
	}
	c.sndAcked = c.sndNext
	c.state = ConnEstablished
	e.timers[timerOpen].remove(c)
	e.events.push(Event{Kind: Connected, Conn: c})
	if c.closeNext {
		c.startClosing()
	}
}

// acknowledged takes window and acknowledgement, which every packet carries.
func (c *Conn) acknowledged(s *Segment) {
	e := c.e
	c.sndWindow = s.Window
	ack := s.Ack - c.ackOffset
	switch ahead := int32(ack - c.sndAcked); {
	case ahead < 0:
		e.violated(AckBackwards, c, int64(ack), int64(c.sndAcked), nil)
	case uint32(ahead) > c.sndNext-c.sndAcked:
		e.violated(AckNeverSent, c, int64(ack), int64(c.sndNext), nil)
	default:
		c.sndAcked = ack
	}
}

// numbered checks the sequence number, and ends the connection where bytes are
// missing.
func (c *Conn) numbered(s *Segment) bool {
	e := c.e
	if s.Seq == c.rcvNext || e.cfg.IgnoreSeq {
		return true
	}
	e.violated(SeqGap, c, int64(s.Seq), int64(c.rcvNext), nil)
	e.reset(c, LostData, "gap in the sequence numbers")
	return false
}

// data takes what a packet carries.
func (c *Conn) data(p []byte) {
	e := c.e
	if len(p) == 0 {
		if e.cfg.AckPolicy == AckEvery || e.cfg.AckAcks {
			c.ackDue = true
		}
		return
	}
	if c.rx.n+len(p) > e.cfg.Window {
		e.violated(WindowExceeded, c, int64(c.rx.n+len(p)), int64(e.cfg.Window), nil)
		e.reset(c, Overrun, "window exceeded")
		return
	}
	c.rcvNext += uint32(len(p))
	e.counters.BytesIn += uint64(len(p))
	if c.state == ConnClosing {
		c.ackDue = true // nobody reads it: let the peer go on until it sees the RST
		return
	}
	c.rx.write(p, &e.pool)
	if e.cfg.AckPolicy == AckEvery {
		c.ackDue = true
	}
	if !c.told {
		c.told = true
		e.events.push(Event{Kind: Data, Conn: c})
	}
}
