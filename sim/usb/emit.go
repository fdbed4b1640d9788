package usb

import (
	"encoding/hex"

	"github.com/plugfest/plugfest/sim"
)

// emit tells of the cable itself.
func (c *Cable) emit(kind, reason string) {
	if c.w.Observed() {
		c.w.Emit(sim.Event{Who: "cable", Layer: "usb", Kind: kind, Fields: []sim.Field{sim.Text("reason", reason)}})
	}
}

func (r *remote) emit(who *Plug, kind string, fields ...sim.Field) {
	if r.c.w.Observed() {
		r.c.w.Emit(sim.Event{Who: who.name, Layer: "usb", Kind: kind,
			Fields: append([]sim.Field{sim.Int("bus", r.plug.bus)}, fields...)})
	}
}

func (r *remote) emitFault(fault string, ep uint8, n int) {
	if r.c.w.Observed() {
		r.c.w.Emit(sim.Event{Who: "cable", Layer: "usb", Kind: "fault",
			Fields: []sim.Field{sim.Text("fault", fault), sim.Int("ep", ep), sim.Int("len", n)}})
	}
}

// fieldsOf describes a transfer; n is its length.
func (r *remote) fieldsOf(t *Transfer, n int, peer *Plug) []sim.Field {
	ep := t.Endpoint
	if t.Control() && t.Setup.In() {
		ep = DirIn
	}
	f := make([]sim.Field, 0, 10)
	f = append(f, sim.Int("urb", t.urb), sim.Int("bus", r.plug.bus), sim.Int("dev", r.address), sim.Int("ep", ep),
		sim.Text("type", t.pipe.kind.String()), sim.Int("len", n), sim.Text("peer", peer.name))
	if t.Control() {
		b := t.Setup.Bytes()
		f = append(f, sim.Text("setup", hex.EncodeToString(b[:])))
	}
	return f
}

func (r *remote) emitSubmit(t *Transfer) {
	if !r.c.w.Observed() {
		return
	}
	data := t.Data
	if t.Control() {
		data = data[:t.Setup.Length]
	}
	e := sim.Event{Who: r.plug.name, Layer: "usb", Kind: "submit", Fields: r.fieldsOf(t, len(data), r.far)}
	if !t.In() {
		e.Data = data
	}
	r.c.w.Emit(e)
}

func (r *remote) emitComplete(t *Transfer) {
	if !r.c.w.Observed() {
		return
	}
	f := append(r.fieldsOf(t, t.Actual, r.plug), sim.Int("errno", t.Status.Errno()), sim.Text("result", t.Status.String()))
	e := sim.Event{Who: r.far.name, Layer: "usb", Kind: "complete", Fields: f}
	if t.In() {
		e.Data = t.Data[:t.Actual]
	}
	r.c.w.Emit(e)
}
