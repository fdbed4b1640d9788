package dissect

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// linkTap follows an iAP2 link: the byte streams of both directions.
type linkTap struct {
	d        *Dissector
	way      [2]direction
	table    []link.Session // of the last SYN
	sessions sessions
}

// direction is what one side sends.
type direction struct {
	tap       *linkTap
	who, peer string
	index     int // 0 or 1
	dec       link.Decoder
	fed       int64 // bytes given to dec before those at hand
	order     sequence
	syn       []byte // payload of its last SYN
}

// newLinkTap returns a tap between the ends a (way 0 is from a to b) and b.
func newLinkTap(d *Dissector, a, b string) *linkTap {
	t := &linkTap{d: d}
	t.way[0] = direction{tap: t, who: a, peer: b}
	t.way[1] = direction{tap: t, who: b, peer: a, index: 1}
	t.sessions.init(t)
	return t
}

// looksLikeLink reports whether b begins with a detection marker or a packet.
func looksLikeLink(b []byte) bool {
	for _, m := range [...][]byte{link.AppendMarker(nil), link.AppendNegative(nil)} {
		if bytes.HasPrefix(b, m) {
			return true
		}
	}
	return len(b) >= link.HeaderLen && b[0] == 0xFF && b[1] == 0x5A && link.Checksum(b[:8]) == b[8]
}

func (t *linkTap) feed(way int, data []byte) {
	w := &t.way[way]
	w.dec.Feed(data)
	for {
		it, ok := w.dec.Next()
		if !ok {
			w.fed += int64(len(data))
			return
		}
		switch it.Kind {
		case link.ItemPacket:
			t.packet(way, &it.Packet)
		case link.ItemMarker:
			w.emit("marker", t.d.derive(), nil)
		case link.ItemNegative:
			w.emit("iap1", t.d.derive(), nil)
		case link.ItemError:
			t.fault(w, &it.Err, data)
		}
	}
}

func (w *direction) emit(kind string, f []sim.Field, data []byte) {
	w.tap.d.emit("iap2.link", kind, w.who, w.peer, f, data)
}

// fault tells what a receiver has to skip. The header of a packet whose payload
// is damaged is good; it is shown where it lies in the data at hand.
func (t *linkTap) fault(w *direction, e *link.FrameError, data []byte) {
	f := t.d.derive()
	switch e.Field {
	case link.FieldStart:
		w.emit("garbage", append(f, sim.Int("len", e.Skipped)), nil)
	case link.FieldPayloadChecksum:
		if at := e.Offset - w.fed; at >= 0 && at+link.HeaderLen <= int64(len(data)) {
			h := data[at:]
			w.order.damaged(h[5])
			f = append(f, sim.Int("seq", h[5]), sim.Int("ack", h[6]), sim.Int("session", h[7]))
		}
		w.emit("bad payload", append(f, sim.Int("len", e.Skipped-link.Overhead), sim.Int("checksum", e.Value), sim.Int("want", e.Want)), nil)
	default:
		w.emit("bad header", append(f, sim.Int("len", e.Skipped), sim.Text("field", string(e.Field)), sim.Int("value", e.Value), sim.Int("want", e.Want)), nil)
	}
}

func (t *linkTap) packet(way int, p *link.Packet) {
	w := &t.way[way]
	if p.Control&link.ControlACK != 0 {
		t.way[1-way].order.acknowledged(p.Ack)
	}
	f := append(t.d.derive(), sim.Int("seq", p.Seq), sim.Int("ack", p.Ack), sim.Int("session", p.Session), sim.Int("len", len(p.Payload)))
	switch {
	case p.Control&link.ControlSYN != 0:
		t.synchronize(w, p, f)
	case p.Control&link.ControlRST != 0:
		w.emit("rst", f, p.Payload)
		t.reset()
	case p.Control&link.ControlEAK != 0:
		w.emit("eak", append(f, sim.Text("missing", numbers(p.Payload))), p.Payload)
	case p.Control&link.ControlSLP != 0:
		w.emit("slp", f, p.Payload)
	case len(p.Payload) > 0:
		t.data(w, p, f)
	default:
		if p.Control != link.ControlACK {
			f = append(f, sim.Text("control", fmt.Sprintf("%02x", p.Control)))
		}
		w.emit("ack", f, nil)
	}
	t.release(&t.way[1-way]) // as far as the acknowledgement says so
}

// reset forgets what went before, on both sides.
func (t *linkTap) reset() {
	for i := range t.way {
		w := &t.way[i]
		w.order = sequence{}
		w.syn = nil
	}
	t.sessions.init(t)
}

// synchronize begins a direction anew, unless the SYN is one that its sender
// repeats because it saw no answer.
func (t *linkTap) synchronize(w *direction, p *link.Packet, f []sim.Field) {
	kind := "syn"
	if p.Control&link.ControlACK != 0 {
		kind = "synack"
	}
	syn, err := link.DecodeSyn(p.Payload)
	if err != nil {
		w.emit(kind, append(f, sim.Text("fault", err.Error())), p.Payload)
		return
	}
	repeated := w.order.synced && w.order.last == p.Seq && bytes.Equal(w.syn, p.Payload)
	if !repeated {
		if kind == "syn" {
			t.reset()
		}
		w.order.begin(p.Seq)
		w.syn = append(w.syn[:0], p.Payload...)
		t.table = syn.Sessions
	}
	f = append(f,
		sim.Int("version", syn.Version), sim.Int("outstanding", syn.MaxOutstanding), sim.Int("maxlen", syn.MaxLength),
		sim.Int("retransmit_ms", syn.RetransmitTimeout/time.Millisecond), sim.Int("ack_ms", syn.AckTimeout/time.Millisecond),
		sim.Int("retries", syn.MaxRetransmissions), sim.Int("cumacks", syn.MaxCumulativeAcks), sim.Text("sessions", table(syn.Sessions)))
	if repeated {
		f = append(f, sim.Int("retransmission", 1))
	}
	w.emit(kind, f, p.Payload)
}

// data tells of a packet, and hands on what is new and in sequence.
func (t *linkTap) data(w *direction, p *link.Packet, f []sim.Field) {
	fate := w.order.classify(p.Seq)
	if fate.repeated {
		f = append(f, sim.Int("retransmission", 1))
	}
	if fate.early {
		f = append(f, sim.Int("out_of_order", 1))
	}
	w.emit("data", f, p.Payload)
	switch {
	case !fate.fresh:
	case fate.early:
		w.order.hold(p.Seq, p.Session, p.Payload)
	default:
		w.order.passed(p.Seq)
		t.sessions.deliver(w, p.Session, p.Payload)
	}
	t.release(w)
}

// release hands on what was held and may now go.
func (t *linkTap) release(w *direction) {
	for {
		h, lost, ok := w.order.next()
		if !ok {
			return
		}
		if lost {
			t.sessions.lost(w)
		}
		t.sessions.deliver(w, h.session, h.payload)
	}
}

// table shows a session table: "10:control/1,11:ea/1".
func table(list []link.Session) string {
	var b []byte
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, "%d:%s/%d", s.ID, sessionWord(s.Type), s.Version)
		if len(b) > maxText {
			return string(b) + "..."
		}
	}
	return string(b)
}

func sessionWord(t link.SessionType) string {
	switch t {
	case link.SessionControl:
		return "control"
	case link.SessionFileTransfer:
		return "file"
	case link.SessionExternalAccessory:
		return "ea"
	}
	return strings.ReplaceAll(t.String(), " ", "")
}

// numbers shows the sequence numbers of an EAK: "6,7".
func numbers(list []byte) string {
	var b []byte
	for i, n := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	return excerpt(string(b))
}
