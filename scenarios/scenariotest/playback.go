package scenariotest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
)

// A Script is what a playback bench plays. It stands in the settings of any
// part of a scenario:
//
//	phone:
//	  start:                          # when the bench starts
//	    - +5ms phone > usb attach
//	  on:
//	    plug:                         # when the script says: do plug
//	      - +1ms headunit > iap2.link syn seq=1
//
// A line has the form of [trace.Describe]; its time counts from the line
// before.
type Script struct {
	Start       []string            `yaml:"start"`
	On          map[string][]string `yaml:"on"`
	Hang        string              `yaml:"hang"`        // an action that never returns
	Panic       string              `yaml:"panic"`       // an action that panics
	Broken      string              `yaml:"broken"`      // why the bench does not start
	Unsupported string              `yaml:"unsupported"` // what the endpoint lacks
	Skip        string              `yaml:"skip"`        // why the scenario makes no sense
}

// Playback is a [scenarios.Maker] of benches that play back events. A frame that
// the script sends comes back as an event.
func Playback(w *sim.World, c scenarios.Config) (scenarios.Bench, error) {
	p, err := newPlayback(c.Setup)
	if err != nil {
		return nil, err
	}
	p.w = w
	return p, nil
}

// CheckPlayback is the [scenarios.Checker] that goes with [Playback].
func CheckPlayback(s *scenarios.Scenario, setup scenarios.Setup) error {
	p, err := newPlayback(setup)
	if err != nil {
		return err
	}
	return s.Look(func(step scenarios.Step) error {
		do, isDo := step.(scenarios.Do)
		if !isDo {
			return nil
		}
		return p.known(do.Action)
	}, func(*scenarios.Pattern) error { return nil })
}

func newPlayback(setup scenarios.Setup) (*playback, error) {
	p := &playback{on: map[string][]trace.Line{}}
	for _, part := range []scenarios.Settings{setup.Phone, setup.Headunit, setup.Chip, setup.Cable} {
		var s Script
		if err := part.Decode(&s); err != nil {
			return nil, err
		}
		if err := p.add(s, part); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *playback) known(action string) error {
	if _, ok := p.on[action]; ok {
		return nil
	}
	known := slices.Sorted(maps.Keys(p.on))
	return scenarios.MarkInvalid(scenarios.WordError(action, "unknown action %q; known: %s", action, strings.Join(known, ", ")))
}

type playback struct {
	w       *sim.World
	start   [][]trace.Line // each played by a process of its own
	on      map[string][]trace.Line
	scripts []Script
}

func (p *playback) add(s Script, part scenarios.Settings) error {
	p.scripts = append(p.scripts, s)
	start, err := parse(s.Start)
	if err != nil {
		return part.Errorf("start", "%v", err)
	}
	p.start = append(p.start, start)
	for action, lines := range s.On {
		events, err := parse(lines)
		if err != nil {
			return part.Errorf("on", "%s: %v", action, err)
		}
		p.on[action] = append(p.on[action], events...)
	}
	for _, action := range []string{s.Hang, s.Panic} {
		if action != "" {
			p.on[action] = nil
		}
	}
	return nil
}

func parse(lines []string) ([]trace.Line, error) {
	var out []trace.Line
	for i, text := range lines {
		l, err := trace.ParseLine(text)
		if err != nil {
			return nil, fmt.Errorf("line %d, %q: %w", i+1, text, err)
		}
		if l.Offset < 0 {
			return nil, fmt.Errorf("line %d, %q: time runs backwards", i+1, text)
		}
		out = append(out, l)
	}
	return out, nil
}

func (p *playback) Start() error {
	for _, s := range p.scripts {
		switch {
		case s.Broken != "":
			return fmt.Errorf("bench is broken: %s", s.Broken)
		case s.Unsupported != "":
			return fmt.Errorf("%w: %s", scenarios.ErrUnsupported, s.Unsupported)
		case s.Skip != "":
			return fmt.Errorf("%w: %s", scenarios.ErrSkip, s.Skip)
		}
	}
	for _, lines := range p.start {
		p.play("playback", lines)
	}
	return nil
}

func (p *playback) play(name string, lines []trace.Line) {
	if len(lines) == 0 {
		return
	}
	p.w.Go(name, func() {
		for _, l := range lines {
			if l.Offset > 0 {
				p.w.Sleep(l.Offset)
			}
			p.w.Emit(l.Event(p.w.Now() - l.Offset))
		}
	})
}

func (p *playback) Do(action string, args []string) error {
	if err := p.known(action); err != nil {
		return err
	}
	for _, s := range p.scripts {
		switch action {
		case s.Hang:
			p.w.NewCond("for ever").Wait()
		case s.Panic:
			panic("playback was told to panic")
		}
	}
	p.play("playback of "+action, p.on[action])
	return nil
}

func (p *playback) Send(frame scenarios.Pattern) error {
	e := sim.Event{Who: frame.Who, Layer: frame.Layer, Kind: frame.KindText()}
	for _, f := range frame.Fields {
		if n, ok := frame.Num(f.Key); ok {
			e.Fields = append(e.Fields, sim.Int(f.Key, n))
		} else {
			e.Fields = append(e.Fields, sim.Text(f.Key, frame.Get(f.Key)))
		}
	}
	p.w.Emit(e)
	return nil
}

func (p *playback) Stop() {}
