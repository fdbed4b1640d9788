package afc

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// event tells the world what was asked and answered; n is how many bytes of data
// the answer has.
func (s *server) event(n int64) {
	if s.o.Who == "" || !s.w.Observed() {
		return
	}
	spec, _ := afc.Lookup(s.req.Op)
	fields := make([]sim.Field, 0, 5)
	for _, f := range spec.Args {
		switch f {
		case afc.FieldPath:
			fields = append(fields, sim.Text("path", s.req.Path))
		case afc.FieldNewPath:
			fields = append(fields, sim.Text("to", s.req.NewPath))
		case afc.FieldHandle:
			fields = append(fields, sim.Int("handle", s.req.Handle))
		case afc.FieldMode:
			fields = append(fields, sim.Text("mode", s.req.Mode.String()))
		}
	}
	if n > 0 {
		fields = append(fields, sim.Int("bytes", n))
	}
	fields = append(fields, sim.Int("status", s.status))
	s.w.Emit(sim.Event{Who: s.o.Who, Layer: "state.afc", Kind: s.req.Op.String(), Fields: fields})
}
