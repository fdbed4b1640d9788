package scenarios

import "github.com/plugfest/plugfest/sim"

// derived puts in front of a reader of events what tells it what they mean.
func derived(next func(*sim.Event)) func(*sim.Event) { return next }
