package scenarios

import (
	"errors"

	"github.com/plugfest/plugfest/sim"
)

// A Bench is what a scenario plays on: the endpoints and the cable between
// them, set up in a world. Its methods are called by the world's main process,
// in which they may wait; what happens on the bench goes to the world as events.
type Bench interface {
	// Start brings the endpoints to life. It is called once, before the
	// script's first step.
	Start() error

	// Do carries out an action of the script: plug, unplug, and what else the
	// bench knows. An unknown action is an [ErrInvalid] that names the known ones.
	Do(action string, args []string) error

	// Send puts a frame on the wire. The frame names its sender, layer and
	// kind, and one value for each field: [Pattern.KindText], [Pattern.Get] and
	// [Pattern.Num] read it.
	Send(frame Pattern) error

	// Stop ends the bench. It is called once if Start was, whatever happened
	// since, and must not fail.
	Stop()
}

// A Config is what a [Maker] is told.
type Config struct {
	Setup           // what the scenario, and its mutant, say about each part
	Scenario string // identity of the scenario
	Seed     uint64 // of the world
	RealTime bool   // the world follows the machine's clock
}

// A Maker sets up a bench in a world. Settings that it does not understand
// are an [ErrInvalid]; [Settings.Decode] makes one that shows the line.
type Maker func(w *sim.World, c Config) (Bench, error)

// Errors of a bench that are verdicts, as [ErrInvalid] is: wrap them with the
// reason. Any other error of a bench is the verdict [Broken].
var (
	ErrUnsupported = errors.New("unsupported") // the endpoint lacks the feature
	ErrSkip        = errors.New("skipped")     // the scenario makes no sense here
)
