package scenarios

import (
	"fmt"
	"strings"
	"time"
)

// A Timing says when something must come, counted from the end of the step
// before. It is written as
//
//	within 1s        any time up to a second after
//	+5ms             exactly 5 ms after
//	+100ms..200ms    from 100 to 200 ms after
type Timing struct {
	From, To time.Duration // both included
	Span     bool          // within: one span for all repetitions of a step
}

// Within is the timing "within d".
func Within(d time.Duration) Timing { return Timing{To: d, Span: true} }

// Exactly is the timing "+d".
func Exactly(d time.Duration) Timing { return Timing{From: d, To: d} }

// From is the timing "+a..b".
func From(a, b time.Duration) Timing { return Timing{From: a, To: b} }

// String formats the timing so that it parses back to itself.
func (t Timing) String() string {
	switch {
	case t.Span:
		return "within " + formatDuration(t.To)
	case t.From == t.To:
		return "+" + formatDuration(t.From)
	}
	return "+" + formatDuration(t.From) + ".." + formatDuration(t.To)
}

// MaxDuration is the longest time that a script may speak of.
const MaxDuration = 1000 * time.Hour

// parseDuration reads a time such as 5ms, 1.5s, 1m30s or 0.
func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is no time; write one with a unit, such as 5ms, 1.5s or 2m", s)
	case d < 0:
		return 0, fmt.Errorf("time %s is negative", s)
	case d > MaxDuration:
		return 0, fmt.Errorf("time %s is beyond %v", s, MaxDuration)
	}
	return d, nil
}

// formatDuration is time.Duration.String without the zeros at its end: 2m, not
// 2m0s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// timing reads a timing; ok is false where none begins here.
func (s *scanner) timing() (t Timing, ok bool, err error) {
	s.space()
	was := s.i
	w, at := s.word()
	span, plus := w == "within", strings.HasPrefix(w, "+")
	if !span && !plus {
		s.i = was
		return t, false, nil
	}
	if span {
		if w, at = s.word(); w == "" {
			return t, true, s.errorf(at, "within needs a time, such as within 1s")
		}
		d, err := parseDuration(w)
		if err != nil {
			return t, true, s.errorf(at, "%v", err)
		}
		return Within(d), true, nil
	}
	first, second, isRange := strings.Cut(w[1:], "..")
	a, err := parseDuration(first)
	if err != nil {
		return t, true, s.errorf(at+1, "%v", err)
	}
	if !isRange {
		return Exactly(a), true, nil
	}
	at += 1 + len(first) + 2
	b, err := parseDuration(second)
	if err != nil {
		return t, true, s.errorf(at, "%v", err)
	}
	if b < a {
		return t, true, s.errorf(at, "+%s..%s ends before it begins", first, second)
	}
	return From(a, b), true, nil
}
