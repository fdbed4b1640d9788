package session

import (
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
