package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// linger is how long a failed scenario goes on to see whether what was expected
// only came too late.
const linger = 5 * time.Second

// try runs one trial.
func try(t Trial, o *Options) (r Result) {
	began := time.Now()
	a := attempt{trial: t, o: o}
	r = Result{Trial: t, Replay: t.Command(o.RealTime)}
	a.run()
	if a.w != nil {
		r.Simulated, r.Handovers = a.w.Now(), a.w.Handovers()
	}
	r.Wall, r.Events = time.Since(began), a.events
	if a.m != nil {
		r.Failure = a.m.failure
	}
	r.Err = a.err
	r.Verdict = judge(t.Scenario.level(), r.Failure, r.Err)
	if o.Mutants && t.Mutant != nil {
		judgeMutant(&r)
	}
	if a.observer != nil {
		if err := a.observer.End(&r); err != nil {
			r.Verdict, r.Err = Broken, errors.Join(r.Err, err)
		}
	}
	return r
}

func judge(level Level, f *Failure, err error) Verdict {
	switch {
	case f != nil && level == Must:
		return Fail
	case f != nil:
		return PassNonstrict
	case err == nil:
		return Pass
	case errors.Is(err, ErrUnsupported):
		return Unsupported
	case errors.Is(err, ErrSkip):
		return Skip
	case errors.Is(err, ErrInvalid):
		return Invalid
	}
	return Broken
}

// judgeMutant turns the verdict round: a mutant must be caught, and for the
// right reason.
func judgeMutant(r *Result) {
	m := r.Mutant
	switch r.Verdict {
	case Fail, PassNonstrict:
		if strings.Contains(r.Failure.Summary(), m.Fails) {
			r.Verdict, r.Failure, r.Err = Pass, nil, nil
			return
		}
		r.Verdict = Fail
		r.Err = fmt.Errorf("mutant %q was caught for another reason: the message does not hold %q", m.Name, m.Fails)
	case Pass:
		r.Verdict = Fail
		r.Err = fmt.Errorf("mutant %q was not caught: the scenario passes with it", m.Name)
	}
}

// An attempt is a trial under way.
type attempt struct {
	trial    Trial
	o        *Options
	w        *sim.World
	m        *matcher
	observer Observer
	events   uint64
	err      error // why there is no verdict from the matcher
}

// run never panics: whatever happens on the bench ends up in err.
func (a *attempt) run() {
	defer func() {
		if v := recover(); v != nil {
			a.err = panicError(v)
		}
	}()
	s := a.trial.Scenario
	opts := []sim.Option{sim.Seed(a.trial.Seed), sim.TimeLimit(s.limit() + linger + a.o.Slack + time.Second)}
	if a.o.RealTime {
		opts = append(opts, sim.RealTime())
	}
	a.w = sim.New(opts...)
	a.m = newMatcher(a.w, s, a.o.Slack, linger)
	if a.err = a.watch(); a.err != nil {
		return
	}
	setup := s.Setup
	if a.trial.Mutant != nil {
		setup = setup.Merge(a.trial.Mutant.Setup)
	}
	bench, err := a.o.Bench(a.w, Config{Setup: setup, Scenario: s.ID, Seed: a.trial.Seed, RealTime: a.o.RealTime})
	if err != nil {
		a.err = err
		return
	}
	if err := a.w.Run(func() { a.play(bench) }); err != nil {
		if a.m.busy != "" {
			err = fmt.Errorf("%s has not returned: %w", a.m.busy, err)
		}
		a.err = err
	}
}

// watch puts the matcher and the observer at the stream of events.
func (a *attempt) watch() error {
	var err error
	if a.o.Observe != nil {
		if a.observer, err = a.o.Observe(a.w, a.trial); err != nil {
			return err
		}
	}
	a.w.Observe(derived(func(e *sim.Event) {
		a.events++
		if a.observer != nil {
			a.observer.Observe(e)
		}
		a.m.observe(e)
	}))
	return nil
}

// play is the main process of the world: it acts where the script acts, and
// otherwise waits for the matcher to get through it.
func (a *attempt) play(b Bench) {
	m := a.m
	defer func() {
		was := m.busy // not "" where the world ended in the middle of something
		m.busy = cmp.Or(was, "stopping the bench")
		b.Stop()
		m.busy = was
	}()
	m.begin()
	if a.err = a.call("starting the bench", b.Start); a.err != nil {
		return
	}
	for !m.over && a.err == nil {
		switch s := m.step().(type) {
		case Do:
			a.act(s, func() error { return b.Do(s.Action, s.Args) })
		case Send:
			frame, unbound := s.Frame.Resolve(m.vars)
			if unbound != "" {
				a.err = fmt.Errorf("%v: $%s stands for nothing", s, unbound)
				return
			}
			a.act(s, func() error { return b.Send(frame) })
		default:
			m.wake.Wait()
		}
	}
}

// act carries out a step. What is expected next may come before the action
// returns, so that the matcher goes on first; a step of another kind begins
// when the action is over.
func (a *attempt) act(step Step, fn func() error) {
	m, at := a.m, a.m.at
	ahead := false
	if at+1 < len(m.s.Script) {
		switch m.s.Script[at+1].(type) {
		case Expect, Unordered:
			ahead = true
		}
	}
	if ahead {
		m.advance(a.w.Now())
	}
	if err := a.call(step.String(), fn); err != nil {
		where := ""
		if p := m.s.Position(at, false); p.Line > 0 {
			where = fmt.Sprintf(" (%v)", p)
		}
		a.err = fmt.Errorf("step %d of %d%s: %v: %w", at+1, len(m.s.Script), where, step, err)
		return
	}
	if !ahead && !m.over {
		m.advance(a.w.Now())
	}
}

// call calls the bench, and remembers doing so.
func (a *attempt) call(what string, fn func() error) error {
	a.m.busy = what
	err := fn()
	a.m.busy = ""
	return err
}

// panicError keeps the stack of a panic on the bench.
func panicError(v any) error {
	var in *sim.PanicError
	if err, ok := v.(error); ok && errors.As(err, &in) {
		return in
	}
	return fmt.Errorf("panic while setting up the bench: %v\n\n%s", v, debug.Stack())
}
