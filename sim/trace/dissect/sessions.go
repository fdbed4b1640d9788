package dissect

import (
	"bytes"
	"errors"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/ea"
	"github.com/plugfest/plugfest/wire/iap2/filetransfer"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// sessions follows what a link carries.
type sessions struct {
	tap       *linkTap
	control   [2]control.Assembler // by direction
	protocols map[uint8]string     // of EA, by the id that identification gives
	open      map[uint16]*eaSession
	buf       []byte
}

// eaSession is an open External Accessory session.
type eaSession struct {
	protocol string
	device   int // the direction of what the device sends
	car      carLife
	moved    [2]tally // by direction
}

// maxEASessions bounds the sessions that are followed at once.
const maxEASessions = 16

func (s *sessions) init(t *linkTap) {
	s.tap = t
	s.control[0].Reset()
	s.control[1].Reset()
	s.protocols, s.open = nil, nil
}

// lost notes that bytes of a direction are missing.
func (s *sessions) lost(w *direction) {
	s.control[w.index].Reset()
	for _, e := range s.open {
		e.car.way[w.index].failed = true
	}
}

// deliver takes the payload of a packet that is new and in sequence.
func (s *sessions) deliver(w *direction, id uint8, payload []byte) {
	kind, ok := s.kind(w, id, payload)
	if !ok {
		return
	}
	switch kind {
	case link.SessionControl:
		s.messages(w, payload)
	case link.SessionFileTransfer:
		s.file(w, payload)
	case link.SessionExternalAccessory:
		s.datagram(w, payload)
	}
}

// kind is what the SYN said of a session. Where the SYN was not seen, control
// messages are known by their start.
func (s *sessions) kind(w *direction, id uint8, payload []byte) (link.SessionType, bool) {
	for _, v := range s.tap.table {
		if v.ID == id {
			return v.Type, true
		}
	}
	begun := s.control[w.index].Pending() > 0
	return link.SessionControl, len(s.tap.table) == 0 && (begun || bytes.HasPrefix(payload, []byte("@@")))
}

func (s *sessions) messages(w *direction, payload []byte) {
	a := &s.control[w.index]
	a.Push(payload)
	for {
		m, err := a.Next()
		switch {
		case errors.Is(err, control.ErrIncomplete):
			return
		case err != nil:
			f := append(s.tap.d.derive(), sim.Text("fault", err.Error()))
			s.tap.d.emit("iap2.control", "malformed", w.who, w.peer, f, nil)
		default:
			s.message(w, m)
		}
	}
}

func (s *sessions) message(w *direction, m control.Message) {
	closed := s.learn(w, m)
	dec, err := control.Decode(m)
	kind := "unknown message"
	if dec.Spec != nil {
		kind = dec.Spec.Name
	}
	f := append(s.tap.d.derive(), sim.Int("id", m.ID))
	f = appendNodes(f, "", dec.Nodes, 0)
	if err != nil {
		f = append(f, sim.Text("fault", err.Error()))
	}
	s.buf, _ = m.AppendTo(s.buf[:0]) // what was received is not too long
	s.tap.d.emit("iap2.control", kind, w.who, w.peer, f, s.buf)
	if closed != nil {
		s.sum(w, m.Params.Find(paramStopSession), closed)
	}
}

// sum tells how much went each way in a session that the device has ended, and its
// hash: sent is what the device sent. What was lost or repeated on the way counts
// once, in its place.
func (s *sessions) sum(w *direction, id control.Param, e *eaSession) {
	n, _ := id.Uint16() // it was read before
	f := append(s.tap.d.derive(), sim.Int("session", n))
	if e.protocol != "" {
		f = append(f, sim.Text("protocol", e.protocol))
	}
	f = e.moved[e.device].fields(f, "sent")
	f = e.moved[1-e.device].fields(f, "received")
	s.tap.d.emit("iap2.ea", "close", w.who, w.peer, f, nil)
}

// Parameters that EA sessions are followed by. Sources: JoeyEamigh/bridgething,
// wiomoc/iap2.
const (
	paramEAProtocol = 10 // of IdentificationInformation: a group of
	paramEAID       = 0
	paramEAName     = 1

	paramStartProtocol = 0 // of StartExternalAccessoryProtocolSession
	paramStartSession  = 1
	paramStopSession   = 0 // of StopExternalAccessoryProtocolSession
)

// learn reads what messages say of EA sessions, and returns one that was ended.
func (s *sessions) learn(w *direction, m control.Message) (closed *eaSession) {
	switch m.ID {
	case control.MsgIdentificationInformation:
		s.protocols = map[uint8]string{}
		for p := range m.Params.Each(paramEAProtocol) {
			g, err := p.Group()
			if err != nil {
				continue
			}
			id, err := g.Find(paramEAID).Uint8()
			if err == nil {
				s.protocols[id] = string(bytes.TrimRight(g.Find(paramEAName).Value, "\x00"))
			}
		}
	case control.MsgStartExternalAccessoryProtocolSession:
		id, err := m.Params.Find(paramStartProtocol).Uint8()
		session, err2 := m.Params.Find(paramStartSession).Uint16()
		if err == nil && err2 == nil && len(s.open) < maxEASessions {
			if s.open == nil {
				s.open = map[uint16]*eaSession{}
			}
			s.open[session] = &eaSession{protocol: s.protocols[id], device: w.index}
		}
	case control.MsgStopExternalAccessoryProtocolSession:
		if session, err := m.Params.Find(paramStopSession).Uint16(); err == nil {
			closed = s.open[session]
			delete(s.open, session)
		}
	}
	return closed
}

func (s *sessions) datagram(w *direction, payload []byte) {
	d := s.tap.d
	g, err := ea.Parse(payload)
	if err != nil {
		d.emit("iap2.ea", "malformed", w.who, w.peer, append(d.derive(), sim.Text("fault", err.Error())), payload)
		return
	}
	f := append(d.derive(), sim.Int("session", g.Session), sim.Int("len", len(g.Data)))
	session := s.open[g.Session]
	if session != nil {
		session.moved[w.index].add(g.Data)
	}
	decoded := session != nil && session.car.applies(session.protocol, w.index, g.Data)
	if decoded {
		f = append(f, sim.Text("protocol", CarLifeProtocol))
	}
	d.emit("iap2.ea", "data", w.who, w.peer, f, g.Data)
	if decoded {
		session.car.feed(d, w.index, w.who, w.peer, g.Data)
	}
}

func (s *sessions) file(w *direction, payload []byte) {
	d := s.tap.d
	g, err := filetransfer.Parse(payload)
	if err != nil {
		d.emit("iap2.file", "malformed", w.who, w.peer, append(d.derive(), sim.Text("fault", err.Error())), payload)
		return
	}
	f := append(d.derive(), sim.Int("id", g.ID), sim.Int("len", len(g.Data)))
	if g.Code == filetransfer.CodeSetup {
		if setup, err := g.Setup(); err == nil {
			f = append(f, sim.Int("size", setup.Size), sim.Int("type", setup.Type))
		} else {
			f = append(f, sim.Text("fault", err.Error()))
		}
	}
	d.emit("iap2.file", g.Code.String(), w.who, w.peer, f, g.Data)
}
