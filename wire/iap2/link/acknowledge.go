package link

// ackSlack is how far an acknowledgement may lag behind newer ones.
const ackSlack = 64

// acknowledged takes the acknowledgement of a packet, and reports whether the
// packet can be of this link.
//
// A number has 8 bits, and a data packet repeated byte for byte brings the
// acknowledgement of its first day, by now perhaps more than 256 numbers old.
// So the number is read relative to what we had outstanding when the peer was
// first known to have sent that packet. If even that leaves two readings, the
// acknowledgement is skipped: the next packet brings a fresh one.
func (e *Engine) acknowledged(p *Packet, data bool) bool {
	s := &e.snd
	oldest := s.oldest()
	e.rcv.learn(p.Seq, oldest)
	if p.Control&(ControlACK|ControlEAK) == 0 {
		if data {
			e.violated(AckMissing, p, int(p.Control), ControlACK, nil)
		}
		return true
	}
	low := oldest
	if data {
		low = e.rcv.low[p.Seq]
	}
	low = max(e.isn, low-1-ackSlack)
	if s.next-1-low > 255 {
		return true
	}
	n := low + uint64(p.Ack-uint8(low))
	if n >= s.next {
		e.violated(AckNeverSent, p, int(p.Ack), int(e.lastSeq()), nil)
		return false
	}
	if n >= oldest {
		e.late(p)
		for ; oldest <= n; oldest++ {
			e.settle()
		}
	}
	return true
}

// settle takes the oldest packet outstanding off the queue.
func (e *Engine) settle() {
	v := e.snd.q.pop()
	e.snd.inflight--
	if v.resend {
		e.snd.resends--
	}
	e.release(v.buf)
}

// late reports an acknowledgement that took longer than agreed.
func (e *Engine) late(p *Packet) {
	v := e.snd.q.at(0)
	age, allowed := e.now-v.sentAt, e.terms.AckTimeout+e.cfg.LateAck
	if e.cfg.LateAck > 0 && age > allowed {
		e.violated(AckLate, p, int(age.Milliseconds()), int(allowed.Milliseconds()), nil)
	}
}

// missing handles an EAK: what it names and is still queued is sent again.
func (e *Engine) missing(p *Packet) {
	if len(p.Payload) == 0 {
		e.violated(EAKWithoutGap, p, 0, 1, nil)
		return
	}
	s := &e.snd
	for _, seq := range p.Payload {
		ahead := seq - p.Ack
		if ahead == 0 || ahead > maxWindow || seq-e.lastSeq()-1 < maxWindow {
			e.violated(EAKNumber, p, int(seq), int(p.Ack)+1, nil)
			continue
		}
		i := int(seq - uint8(s.oldest()))
		if i >= s.inflight {
			continue // acknowledged since
		}
		if v := s.q.at(i); !v.resend && !e.cfg.NoRetransmit {
			v.resend, v.asked = true, true
			s.resends++
		}
	}
}
