package lockdown

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
)

// stream is a TLS connection of whose clear text the world's observers are told, by
// events of the layer "tls".
type stream struct {
	*session.TLS
	h *Host
	n int // 0 once it is over
}

func (h *Host) newStream(t *session.TLS, location uint32, port uint16, service string) *stream {
	h.streams++
	s := &stream{TLS: t, h: h, n: h.streams}
	s.tell("open", nil, sim.Int("bus", location>>16), sim.Int("dev", location&0xFFFF), sim.Int("port", port), sim.Text("service", service))
	t.Tap(func(out bool, clear []byte) {
		way := 0
		if out {
			way = 1
		}
		s.tell("data", clear, sim.Int("out", way))
	})
	return s
}

func (s *stream) tell(kind string, data []byte, fields ...sim.Field) {
	if s.h.w.Observed() && s.n > 0 {
		s.h.w.Emit(sim.Event{Who: s.h.name, Layer: "tls", Kind: kind, Data: data, Fields: append([]sim.Field{sim.Int("stream", s.n)}, fields...)})
	}
}

// end tells that there is no more.
func (s *stream) end() {
	s.tell("close", nil)
	s.n = 0
}

// Close ends TLS and the connection.
func (s *stream) Close() error {
	s.end()
	return s.TLS.Close()
}
