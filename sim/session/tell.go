package session

import (
	"errors"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// Tell sets the hooks of a session for an endpoint that reports what happens to
// its link by state events: state emits one, and reset, which must not wait, is
// called when the link has gone down.
func (s *IAP2) Tell(state func(kind string, fields ...sim.Field), reset func()) {
	s.OnState = func(up bool, why string) {
		if up {
			state("link up")
			return
		}
		state("link down", sim.Text("why", why))
		reset()
	}
	s.OnViolation = func(v link.Violation) { state("violation", sim.Text("detail", v.Error())) }
	s.OnMalformed = func(err error) { state("malformed message", sim.Text("why", err.Error())) }
}

// Serve serves one link after the other, as each reset starts from the beginning,
// until the transport ends or no link comes up: serve is one connection, from
// link-up to its failure. A peer for which it has failed, other than by the end of
// the link, is told of as gaveUp, and not served again on that link.
func (s *IAP2) Serve(state func(kind string, fields ...sim.Field), gaveUp string, serve func() error) {
	for {
		if err := s.WaitUp(sim.Never); err != nil {
			if !s.Closed() {
				state("no iAP2", sim.Text("why", err.Error()))
			}
			return
		}
		err := serve()
		var down *DownError
		if s.Closed() || errors.As(err, &down) {
			continue
		}
		state(gaveUp, sim.Text("why", err.Error()))
		for err = nil; err == nil; {
			_, err = s.Receive(sim.Never)
		}
	}
}
