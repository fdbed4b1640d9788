package scenarios

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// MaxSteps is how many lines a script may have.
const MaxSteps = 10_000

// Check reports what is wrong with a scenario made in code. [Parse] has
// checked what it returns.
func (s *Scenario) Check() error {
	var errs []error
	s.check(func(_ place, err error) { errs = append(errs, err) })
	if len(errs) == 0 {
		return nil
	}
	name := s.ID
	if name == "" {
		name = "scenario"
	}
	return fmt.Errorf("%s: %w", name, errors.Join(errs...))
}

// check looks over everything that the form of the file does not already
// ensure.
func (s *Scenario) check(report func(place, error)) {
	top := func(key string, err error) {
		if err != nil {
			report(place{key, -1, -1}, err)
		}
	}
	top("id", checkID(s.ID))
	if s.Title == "" {
		top("title", errors.New("title is missing"))
	}
	top("title", checkLine("title", s.Title))
	top("role", checkOneOf("role", s.Role, Roles()))
	top("level", checkOneOf("level", s.Level, Levels()))
	if s.Limit < 0 || s.Limit > MaxDuration {
		top("limit", fmt.Errorf("limit %v: want a time up to %v", s.Limit, MaxDuration))
	}
	if len(s.Script) > MaxSteps {
		top("script", fmt.Errorf("script of %d steps; %d is the most", len(s.Script), MaxSteps))
		return
	}
	c := checker{report: report, bound: map[string]bool{}}
	for i, step := range s.Script {
		c.step(place{"script", i, -1}, step)
	}
	for i, p := range s.Never {
		c.verdict = true
		c.pattern(place{"never", i, -1}, p, false)
	}
	if !c.verdict {
		top("script", errors.New("nothing is expected, so nothing can fail: add within, quiet or never"))
	}
	s.checkMutants(report)
}

// checkLine refuses what would break the line in which a text is shown.
func checkLine(key, text string) error {
	for _, c := range text {
		if !unicode.IsPrint(c) {
			return fmt.Errorf("%s: unprintable character %U", key, c)
		}
	}
	return nil
}

func (s *Scenario) checkMutants(report func(place, error)) {
	seen := map[string]bool{}
	for i, m := range s.Mutants {
		at := place{"mutants", i, -1}
		if err := checkLine("name", m.Name); err != nil {
			report(at, fmt.Errorf("mutant %d: %w", i+1, err))
		}
		switch {
		case m.Name == "":
			report(at, fmt.Errorf("mutant %d has no name", i+1))
		case seen[m.Name]:
			report(at, fmt.Errorf("two mutants are called %q", m.Name))
		case m.Fails == "":
			report(at, fmt.Errorf("mutant %q does not say what the failure's message must hold: fails is missing", m.Name))
		case m.Setup.IsZero():
			report(at, fmt.Errorf("mutant %q changes nothing: give it phone, headunit, host, chip or cable", m.Name))
		}
		seen[m.Name] = true
	}
}

// A checker walks over the patterns of a script in the order in which they are
// matched.
type checker struct {
	report  func(place, error)
	bound   map[string]bool // references that stand for something by now
	verdict bool            // something is expected
}

func (c *checker) step(at place, step Step) {
	fail := func(format string, args ...any) { c.report(at, fmt.Errorf(format, args...)) }
	switch s := step.(type) {
	case Do:
		if s.Action == "" {
			fail("do has no action")
		}
	case Send:
		c.frame(at, s.Frame)
	case Wait:
		if s.For < 0 {
			fail("wait %v is negative", s.For)
		}
	case Expect:
		c.verdict = true
		if s.When.From < 0 || s.When.To < s.When.From {
			fail("timing from %v to %v", s.When.From, s.When.To)
		}
		if s.Times < 0 || s.Times > MaxTimes {
			fail("repeated %d times; %d is the most", s.Times, MaxTimes)
		}
		c.pattern(at, s.Event, true)
	case Unordered:
		c.verdict = true
		if s.When.From < 0 || s.When.To < s.When.From {
			fail("timing from %v to %v", s.When.From, s.When.To)
		}
		if len(s.Events) == 0 {
			fail("unordered has no patterns")
		}
		for j, p := range s.Events {
			c.pattern(place{at.part, at.i, j}, p, true)
		}
	case Quiet:
		c.verdict = true
		if s.For <= 0 {
			fail("quiet for %v sees nothing", s.For)
		}
		c.pattern(at, s.Event, false)
	default:
		fail("step of type %T", step)
	}
}

// pattern checks one that is matched against events; binds says whether its
// references may be bound by it.
func (c *checker) pattern(at place, p Pattern, binds bool) {
	fail := func(format string, args ...any) { c.report(at, fmt.Errorf(format, args...)) }
	if ownWord(p.Layer) {
		fail("layer state is an endpoint's own word; a verdict rests on what was seen on the wire: name a layer such as usb, iap2.control or carlife")
		return
	}
	if !whoForm.MatchString(p.Who) || !layerForm.MatchString(p.Layer) {
		fail("pattern %v: want WHO > LAYER KIND", p)
		return
	}
	if err := p.checkWords(); err != nil {
		c.report(at, err)
		return
	}
	for _, f := range p.Fields {
		if !keyForm.MatchString(f.Key) || len(f.Any) == 0 {
			fail("field %q of the pattern has no name or no value", f.Key)
			return
		}
		for _, v := range f.Any {
			if v.Op != Ref || c.bound[v.Name] {
				continue
			}
			if !binds || f.Not || v.Plus != 0 {
				fail("$%s stands for nothing here: an earlier line must bind it, as %s=$%s does", v.Name, f.Key, v.Name)
				return
			}
			c.bound[v.Name] = true
		}
	}
}

// frame checks a pattern that is sent.
func (c *checker) frame(at place, p Pattern) {
	fail := func(format string, args ...any) { c.report(at, fmt.Errorf("send: "+format, args...)) }
	switch {
	case p.Who == "*" || strings.HasSuffix(p.Layer, "*") || p.KindText() == "":
		fail("a frame needs one sender, one layer and one kind: send phone > iap2.link rst")
		return
	case ownWord(p.Layer):
		fail("layer state is on no wire")
		return
	}
	for _, f := range p.Fields {
		if f.Not || len(f.Any) != 1 || f.Any[0].Op == Between || f.Any[0].Op == Glob {
			fail("field %s needs one value", f.Key)
			return
		}
		if v := f.Any[0]; v.Op == Ref && !c.bound[v.Name] {
			fail("$%s stands for nothing here: an earlier line must bind it", v.Name)
			return
		}
	}
}
