package scenarios

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxTimes is how often a step may be repeated.
const MaxTimes = 1_000_000

// ParseStep reads one line of a script. An [Unordered] is more than a line, and
// read by [Parse] alone. The error is a [*SyntaxError].
func ParseStep(line string) (Step, error) {
	s := &scanner{line: line}
	if err := s.check(); err != nil {
		return nil, err
	}
	step, err := s.step()
	if err != nil {
		return nil, err
	}
	return step, nil
}

// MustStep is ParseStep for lines known to be right; it panics on others.
func MustStep(line string) Step {
	s, err := ParseStep(line)
	if err != nil {
		panic(fmt.Sprintf("scenarios.MustStep: %v", err))
	}
	return s
}

// stepForms is what an error says of the lines that there are.
const stepForms = "do ACTION, send PATTERN, wait TIME, quiet TIME PATTERN, within TIME PATTERN, +TIME PATTERN, repeat N ..., unordered within TIME:"

func (s *scanner) step() (Step, error) {
	if t, ok, err := s.timing(); ok {
		if err != nil {
			return nil, err
		}
		p, err := s.pattern()
		return Expect{When: t, Times: 1, Event: p}, err
	}
	switch w, at := s.word(); w {
	case "":
		return nil, s.errorf(at, "empty line; want one of: %s", stepForms)
	case "do":
		return s.do()
	case "send":
		p, err := s.pattern()
		return Send{Frame: p}, err
	case "wait":
		return s.wait()
	case "quiet":
		return s.quiet()
	case "repeat":
		return s.repeat()
	case "unordered":
		return nil, s.errorf(at, "unordered needs a colon at its end and a list of patterns below it")
	default:
		if s.peek() == ">" {
			return nil, s.errorf(at, "say by when it must come: within 1s, +5ms or +100ms..200ms before the pattern")
		}
		return nil, s.errorf(at, "%q is no step; want one of: %s", w, stepForms)
	}
}

func (s *scanner) do() (Step, error) {
	words, err := s.args()
	if err != nil {
		return nil, err
	}
	if len(words) == 0 || words[0] == "" {
		return nil, s.errorf(len(s.line), "do needs an action, such as do plug")
	}
	d := Do{Action: words[0]}
	if len(words) > 1 {
		d.Args = words[1:]
	}
	return d, nil
}

// args reads words up to the end of the line; one in quotes may have blanks.
func (s *scanner) args() ([]string, error) {
	var out []string
	for s.space(); s.i < len(s.line); s.space() {
		if s.line[s.i] != '"' {
			w, at := s.word()
			if i := strings.IndexByte(w, '"'); i >= 0 {
				return nil, s.errorf(at+i, "quote inside of a word; put the whole of it in quotes")
			}
			out = append(out, w)
			continue
		}
		v, err := s.value(parseValue)
		if err != nil {
			return nil, err
		}
		if s.i < len(s.line) && s.line[s.i] != ' ' {
			return nil, s.errorf(s.i, "something follows the closing quote; put a blank before it")
		}
		out = append(out, v.Text)
	}
	return out, nil
}

// quoteArg puts quotes around an argument that needs them.
func quoteArg(a string) string {
	if strings.HasSuffix(a, ":") || a == "" || !bare(strings.ReplaceAll(a, "|", "_")) {
		return strconv.Quote(a)
	}
	return a
}

func (s *scanner) wait() (Step, error) {
	w, at := s.word()
	d, err := parseDuration(w)
	if err != nil {
		return nil, s.errorf(at, "%v", err)
	}
	if w := s.peek(); w != "" {
		s.space()
		return nil, s.errorf(s.i, "%q after the time; wait takes nothing more", w)
	}
	return Wait{For: d}, nil
}

func (s *scanner) quiet() (Step, error) {
	w, at := s.word()
	d, err := parseDuration(w)
	if err != nil {
		return nil, s.errorf(at, "%v", err)
	}
	if d == 0 {
		return nil, s.errorf(at, "quiet for no time at all sees nothing")
	}
	p, err := s.pattern()
	return Quiet{For: d, Event: p}, err
}

func (s *scanner) repeat() (Step, error) {
	w, at := s.word()
	n, err := strconv.Atoi(w)
	if err != nil || n < 2 || n > MaxTimes {
		return nil, s.errorf(at, "repeat %s: want a number from 2 to %d", w, MaxTimes)
	}
	s.space()
	t, ok, err := s.timing()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, s.errorf(s.i, "say by when: repeat %d within 5s (all of them), or +1s (each after the one before)", n)
	}
	p, err := s.pattern()
	return Expect{When: t, Times: n, Event: p}, err
}
