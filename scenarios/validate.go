package scenarios

import (
	"errors"
	"fmt"
	"slices"
)

// ErrInvalid says that a scenario asks for what there is not: a setting, an
// action, a frame. Errors that wrap it are the verdict [Invalid]; those of
// [Settings] and every [*Error] do.
var ErrInvalid = errors.New("invalid scenario")

// MarkInvalid makes an error one that [ErrInvalid] is found in, without another
// word in its text.
func MarkInvalid(err error) error {
	if err == nil || errors.Is(err, ErrInvalid) {
		return err
	}
	return invalidError{err}
}

type invalidError struct{ error }

func (e invalidError) Is(target error) bool { return target == ErrInvalid }
func (e invalidError) Unwrap() error        { return e.error }

// Is makes every mistake in a file an [ErrInvalid].
func (e *Error) Is(target error) bool { return target == ErrInvalid }

// A Checker looks over what a scenario, with this setup, asks of a bench:
// settings, actions, frames. [Scenario.Look] helps with the lines.
type Checker func(s *Scenario, setup Setup) error

// Validate looks over all that [Run] would run, before anything is: scenarios
// by [Scenario.Check], and by Options.Check with each setup that they would have.
// A mutant that no scenario has is an error too.
func Validate(cases []*Scenario, o Options) error {
	var errs []error
	for _, s := range cases {
		if s.src == nil { // Parse has checked the others
			if err := s.Check(); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		if o.Check == nil {
			continue
		}
		for _, setup := range s.setups(o) {
			if err := o.Check(s, setup); err != nil {
				errs = append(errs, err)
			}
		}
	}
	if o.Mutant != "" {
		errs = append(errs, someHave(cases, o.Mutant))
	}
	return MarkInvalid(errors.Join(each(errs)...))
}

// setups are those with which a scenario would run.
func (s *Scenario) setups(o Options) []Setup {
	if !o.Mutants && o.Mutant == "" {
		return []Setup{s.Setup}
	}
	var all []Setup
	for i := range s.Mutants {
		if o.Mutants || s.Mutants[i].Name == o.Mutant {
			all = append(all, s.Setup.Merge(s.Mutants[i].Setup))
		}
	}
	return all
}

// someHave is an error where none of the scenarios has the mutant.
func someHave(cases []*Scenario, mutant string) error {
	var names []string
	for _, s := range cases {
		for i := range s.Mutants {
			names = append(names, s.Mutants[i].Name)
		}
	}
	switch {
	case slices.Contains(names, mutant):
		return nil
	case len(cases) == 1:
		_, err := cases[0].MutantNamed(mutant)
		return err
	}
	return fmt.Errorf("none of %d scenarios has a mutant %q%s", len(cases), mutant, meant(mutant, names))
}

// each takes joined errors apart and drops repetitions: a scenario and its
// mutants share most of their mistakes.
func each(errs []error) []error {
	var out []error
	seen := map[string]bool{}
	var add func(err error)
	add = func(err error) {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range joined.Unwrap() {
				add(e)
			}
			return
		}
		if err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			out = append(out, err)
		}
	}
	for _, err := range errs {
		add(err)
	}
	return out
}

// Look calls step with every step of the script, and pattern with every pattern
// that events are matched against, those of never included. What they return
// becomes an error that shows the line, with a caret under the word where it is
// made by [WordError].
func (s *Scenario) Look(step func(Step) error, pattern func(*Pattern) error) error {
	var errs []error
	at := func(where place, line fmt.Stringer, err error) {
		if err != nil {
			errs = append(errs, s.locate(where, line, err))
		}
	}
	for i, st := range s.Script {
		where := place{"script", i, -1}
		at(where, st, step(st))
		switch st := st.(type) {
		case Expect:
			at(where, st, pattern(&st.Event))
		case Quiet:
			at(where, st, pattern(&st.Event))
		case Unordered:
			for j := range st.Events {
				at(place{"script", i, j}, st.Events[j], pattern(&st.Events[j]))
			}
		}
	}
	for i := range s.Never {
		at(place{"never", i, -1}, s.Never[i], pattern(&s.Never[i]))
	}
	return errors.Join(errs...)
}

// WordError makes an error about one word of a line, for [Scenario.Look].
func WordError(word, format string, args ...any) error {
	return &wordError{word, fmt.Sprintf(format, args...)}
}

// locate shows the line that an error is about.
func (s *Scenario) locate(where place, line fmt.Stringer, err error) error {
	m, ok := s.where[where]
	if !ok || s.src == nil {
		return MarkInvalid(fmt.Errorf("%s: %v: %w", s.ID, line, err))
	}
	col := m.col
	var word *wordError
	if errors.As(err, &word) {
		col = s.src.find(m, word.word)
	}
	return s.src.errorf(m.line, col, "%s", err)
}
