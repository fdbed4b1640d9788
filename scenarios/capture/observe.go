package capture

import (
	"bytes"
	"errors"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
)

// Observe is what [scenarios.Options.Observe] takes.
type Observe = func(*sim.World, scenarios.Trial) (scenarios.Observer, error)

// Ladder draws a ladder diagram of each trial into the result's Ladder. With
// failures set, only of those that did not pass. Without columns it takes those of
// the scenario.
func Ladder(l trace.Ladder, failures bool) Observe {
	return func(_ *sim.World, t scenarios.Trial) (scenarios.Observer, error) {
		o, l := &ladderObserver{failures: failures}, l
		if len(l.Columns) == 0 {
			l.Columns = t.Scenario.Endpoints()
		}
		o.w = l.NewWriter(&o.text)
		return o, nil
	}
}

type ladderObserver struct {
	w        *trace.LadderWriter
	text     bytes.Buffer
	failures bool
}

func (o *ladderObserver) Observe(e *sim.Event) { o.w.Observe(e) }

func (o *ladderObserver) End(r *scenarios.Result) error {
	err := o.w.Flush()
	if !o.failures || r.Verdict != scenarios.Pass {
		r.Ladder = o.text.String()
	}
	return err
}

// All joins several; nil ones are left out. It is nil if nothing is left.
func All(list ...Observe) Observe {
	var some []Observe
	for _, o := range list {
		if o != nil {
			some = append(some, o)
		}
	}
	if len(some) < 2 {
		return append(some, nil)[0]
	}
	return func(w *sim.World, t scenarios.Trial) (scenarios.Observer, error) {
		var all observers
		for _, make := range some {
			o, err := make(w, t)
			if err != nil {
				return nil, errors.Join(err, all.End(&scenarios.Result{Trial: t}))
			}
			if o != nil {
				all = append(all, o)
			}
		}
		return all, nil
	}
}

type observers []scenarios.Observer

func (all observers) Observe(e *sim.Event) {
	for _, o := range all {
		o.Observe(e)
	}
}

func (all observers) End(r *scenarios.Result) error {
	var errs []error
	for _, o := range all {
		errs = append(errs, o.End(r))
	}
	return errors.Join(errs...)
}
