package link

import (
	"bytes"
	"errors"
)

var errNoAgreement = errors.New("no end to counter-proposals")

// maxProposals bounds how often an accessory answers a counter-proposal by
// another one.
const maxProposals = 4

// numberBase is the first packet number inside the engine, where numbers count
// on for ever and their low byte is on the wire. It leaves room below.
const numberBase = 1 << 10

// seqFold is how far ahead of the last number a new link may begin.
const seqFold = 64

// nextISN chooses the number of a new SYN; see [Config].InitialSeq.
func (e *Engine) nextISN() {
	last := e.snd.next - 1
	switch draw := e.cfg.InitialSeq; {
	case last < numberBase && draw == nil:
		e.isn = numberBase
	case last < numberBase:
		e.isn = numberBase + uint64(draw())
	case draw == nil:
		e.isn = last + 1
	default:
		e.isn = last + 1 + uint64(draw()-uint8(last+1))%seqFold
	}
	e.snd.next = e.isn + 1
}

// lastSeq returns the number sent last, which packets without a number of
// their own repeat; 0 before the first.
func (e *Engine) lastSeq() uint8 {
	if e.snd.next == numberBase {
		return 0
	}
	return uint8(e.snd.next - 1)
}

// synchronize sends the accessory's SYN and repeats it until it is answered.
func (e *Engine) synchronize(s *Syn) {
	e.local = s.clone()
	e.nextISN()
	e.state = StateSynSent
	e.sendSyn()
}

func (e *Engine) sendSyn() {
	e.out.syn = true
	e.tm.syn.set(e.now + e.cfg.SynInterval)
}

// syn handles a packet with the SYN bit.
func (e *Engine) syn(p *Packet) {
	answer := p.Control&ControlACK != 0
	switch {
	case p.Control&^(ControlSYN|ControlACK|controlReserved) != 0 || len(p.Payload) == 0:
		e.violated(BadControl, p, int(p.Control), ControlSYN, nil)
	case answer == (e.role == Device):
		e.violated(Unexpected, p, int(p.Control), 0, nil)
	case answer:
		e.synAnswered(p)
	default:
		e.synReceived(p)
	}
}

// synReceived handles a SYN at the device.
func (e *Engine) synReceived(p *Packet) {
	if e.cfg.NoSynAck {
		return
	}
	same := e.connected() && p.Seq == e.peerISN && bytes.Equal(p.Payload, e.peerSyn)
	switch {
	case e.state == StateSynReceived && same:
		e.sendSyn()
		return
	case e.state == StateSynReceived && e.stale() && e.local.SameTerms(&e.peer):
		return // an old one; if not, it will come again
	case e.up() && e.stale():
		return
	case e.up() && e.cfg.SynWhileUp == Ignore:
		return
	case e.up():
		e.drop(PeerRestarted)
		e.startGiveUp()
		e.state, e.detected = StateDetecting, false
	}
	e.peerFound()
	if e.cfg.RefuseSyn {
		e.refuse()
		return
	}
	proposal, answer, err := e.answer(p.Payload)
	if err != nil {
		e.violated(SynUnacceptable, p, 0, 0, err)
		e.refuse()
		return
	}
	e.peer, e.local = proposal, answer
	e.peerISN = p.Seq
	e.peerSyn = append(e.peerSyn[:0], p.Payload...)
	e.nextISN()
	e.state, e.since = StateSynReceived, e.now
	e.sendSyn()
}

// answer returns what the accessory proposed and what the device says to it:
// the same terms with the device's own limits, which in zero-ack mode are the
// accessory's too unless configured.
//
// Source: wllm-rbnt/third-eye and redline-labs/digital_dashboard, real iPhones.
func (e *Engine) answer(payload []byte) (proposal, answer Syn, err error) {
	if proposal, err = DecodeSyn(payload); err != nil {
		return
	}
	if err = proposal.Validate(); err != nil {
		return
	}
	answer = proposal.clone()
	if e.cfg.Negotiate != nil {
		if answer, err = e.cfg.Negotiate(proposal.clone()); err != nil {
			return
		}
		answer = answer.clone()
	}
	outstanding, length := uint8(deviceOutstanding), uint16(deviceLength)
	if answer.ZeroAck() {
		outstanding, length = proposal.MaxOutstanding, proposal.MaxLength
	}
	answer.MaxOutstanding = or(e.cfg.Syn.MaxOutstanding, outstanding)
	answer.MaxLength = or(e.cfg.Syn.MaxLength, length)
	answer.MaxCumulativeAcks = min(answer.MaxCumulativeAcks, answer.MaxOutstanding)
	return
}

// refuse answers a SYN by RST; the device goes on listening.
func (e *Engine) refuse() {
	e.drop(Unacceptable)
	e.sendReset()
	if !e.tm.giveUp.on {
		e.startGiveUp()
	}
	e.state = StateDetecting
}

// synAnswered handles a SYN|ACK at the accessory.
func (e *Engine) synAnswered(p *Packet) {
	mine := p.Ack == uint8(e.isn)
	switch {
	case e.up() && mine && p.Seq == e.peerISN:
		e.out.ack = true // our ACK was lost
		return
	case e.up():
		if !e.stale() {
			e.fail(PeerRestarted, true)
		}
		return
	case e.state == StateDetecting:
		e.peerFound()
		e.synchronize(&e.cfg.Syn)
		return
	case !mine:
		return // answers an earlier SYN
	}
	e.peerFound()
	answer, agreed, err := e.consider(p.Payload)
	if err != nil {
		e.violated(SynUnacceptable, p, 0, 0, err)
		e.fail(Unacceptable, true)
		return
	}
	if !agreed.SameTerms(&answer) || e.cfg.Confirm && !answer.SameTerms(&e.local) {
		e.proposals++
		e.synchronize(&agreed)
		return
	}
	e.peer, e.peerISN = answer, p.Seq
	e.linkUp(&answer)
	e.out.ack = true
}

// consider returns what the device answered and what the accessory says to it,
// with its own limits.
func (e *Engine) consider(payload []byte) (answer, agreed Syn, err error) {
	if answer, err = DecodeSyn(payload); err != nil {
		return
	}
	if err = answer.Validate(); err != nil {
		return
	}
	if !answer.SameTerms(&e.local) && e.proposals == maxProposals {
		err = errNoAgreement
		return
	}
	agreed = answer
	if e.cfg.Negotiate != nil {
		if agreed, err = e.cfg.Negotiate(answer.clone()); err != nil {
			return
		}
	}
	agreed.MaxOutstanding, agreed.MaxLength = e.cfg.Syn.MaxOutstanding, e.cfg.Syn.MaxLength
	return
}

// completes reports whether a packet ends the device's handshake: the ACK, or
// a later packet of a link whose ACK was lost.
func (e *Engine) completes(p *Packet) bool {
	return p.Control&ControlACK != 0 && p.Ack == uint8(e.isn) && int(p.Seq-e.peerISN) <= e.window()
}

// linkUp opens the link on terms agreed.
func (e *Engine) linkUp(agreed *Syn) {
	e.terms = agreed.clone()
	e.terms.MaxOutstanding, e.terms.MaxLength = e.peer.MaxOutstanding, e.peer.MaxLength
	e.tm = timers{}
	e.state, e.since = StateUp, e.now
	e.rcv.open(e.peerISN, e.isn+1)
	e.counters.Ups++
	e.emit(Event{Kind: Up})
}

// window returns how many packets we take unacknowledged.
func (e *Engine) window() int { return min(int(e.local.MaxOutstanding), maxWindow) }
