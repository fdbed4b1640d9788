package scenarios

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace/dissect"
)

// derived puts in front of a reader of events what tells it what they mean.
func derived(next func(*sim.Event)) func(*sim.Event) { return dissect.New(next).Observe }
