package scenarios

import (
	"errors"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxErrors is how many mistakes of a file are reported at once.
const maxErrors = 10

// Parse reads a scenario from YAML; name is what errors call the file. An error
// holds one or more [*Error], each with its line and a caret.
func Parse(name string, text []byte) (*Scenario, error) {
	root, src, err := loadYAML(name, text)
	if err != nil {
		return nil, err
	}
	s := &Scenario{File: name, src: src, where: map[place]mark{}}
	l := &loader{src: src, into: s}
	mapping(l, "scenario", scenarioKeys, s, root)
	if len(l.errs) == 0 {
		s.check(func(at place, err error) { l.at(at, err) })
	}
	if len(l.errs) > 0 {
		return nil, errors.Join(l.errs...)
	}
	return s, nil
}

// ParseFile is Parse for a file on disk.
func ParseFile(path string) (*Scenario, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, text)
}

// A loader collects the mistakes of one file.
type loader struct {
	src  *source
	into *Scenario
	errs []error
}

func (l *loader) add(err *Error) {
	if len(l.errs) < maxErrors {
		l.errs = append(l.errs, err)
	}
}

func (l *loader) errorf(n *yaml.Node, format string, args ...any) {
	l.add(l.src.errorf(n.Line, n.Column, format, args...))
}

// mark remembers where a thing stands, for what is only found out later.
func (l *loader) mark(at place, n *yaml.Node) mark {
	m := mark{line: n.Line, col: n.Column}
	if n.Kind == yaml.ScalarNode {
		line := []rune(l.src.line(n.Line))
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			m.col++
		}
		m.exact = m.col-1 <= len(line) && strings.HasPrefix(string(line[m.col-1:]), n.Value)
	}
	l.into.where[at] = m
	return m
}

// at reports a mistake of a thing that mark has seen.
func (l *loader) at(at place, err error) {
	m, ok := l.into.where[at]
	if !ok {
		l.add(&Error{File: l.src.name, Msg: err.Error()})
		return
	}
	col, msg := m.col, err.Error()
	var syntax *SyntaxError
	var word *wordError
	switch {
	case errors.As(err, &syntax):
		msg = syntax.Msg
		if m.exact {
			col += utf8.RuneCountInString(syntax.Line[:syntax.Offset])
		}
	case errors.As(err, &word):
		col = l.src.find(m, word.word)
	}
	l.add(l.src.errorf(m.line, col, "%s", msg))
}

// text reads a text.
func (l *loader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		l.errorf(n, "want a text, not %s", kindName(n))
		return ""
	}
	if tag := n.ShortTag(); tag != "!!str" {
		l.errorf(n, "want a text; %s reads as %s, so put it in quotes", n.Value, strings.TrimPrefix(tag, "!!"))
		return ""
	}
	if strings.TrimSpace(n.Value) == "" {
		l.errorf(n, "text is empty")
		return ""
	}
	return strings.TrimRight(n.Value, "\n")
}

// duration reads a time above 0.
func (l *loader) duration(n *yaml.Node) time.Duration {
	if n.Kind != yaml.ScalarNode {
		l.errorf(n, "want a time, not %s", kindName(n))
		return 0
	}
	d, err := parseDuration(n.Value)
	if err != nil {
		l.errorf(n, "%v", err)
	} else if d == 0 {
		l.errorf(n, "time %s; it must be above 0", n.Value)
	}
	return d
}

func (l *loader) list(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		l.errorf(n, "want a list, not %s", kindName(n))
		return nil
	}
	return n.Content
}

func (l *loader) settings(n *yaml.Node) Settings {
	if n.Kind != yaml.MappingNode {
		l.errorf(n, "want a mapping, not %s", kindName(n))
		return Settings{}
	}
	return Settings{node: n, src: l.src}
}

// line reads one line of a script.
func (l *loader) line(at place, n *yaml.Node) (string, bool) {
	l.mark(at, n)
	switch {
	case n.Kind == yaml.MappingNode:
		l.errorf(n, "a line that holds a colon and a blank, or ends in a colon, stands in quotes as a whole")
	case n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null":
		l.errorf(n, "want a line, not %s", kindName(n))
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || l.multiline(n):
		l.errorf(n, "a step stands on one line")
	default:
		return n.Value, true
	}
	return "", false
}

// multiline reports whether a plain or quoted scalar goes on in the next line.
func (l *loader) multiline(n *yaml.Node) bool {
	if l.into.where == nil || n.Style&yaml.DoubleQuotedStyle != 0 {
		return strings.Contains(n.Value, "\n")
	}
	line := []rune(l.src.line(n.Line))
	from := min(n.Column-1, len(line))
	return utf8.RuneCountInString(strings.TrimSpace(string(line[from:]))) < utf8.RuneCountInString(n.Value)
}

func (l *loader) pattern(at place, n *yaml.Node) Pattern {
	text, ok := l.line(at, n)
	if !ok {
		return Pattern{}
	}
	p, err := ParsePattern(text)
	if err != nil {
		l.at(at, err)
	}
	return p
}

func (l *loader) step(i int, n *yaml.Node) Step {
	at := place{"script", i, -1}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 && strings.HasPrefix(n.Content[0].Value, "unordered") {
		return l.unordered(i, n)
	}
	text, ok := l.line(at, n)
	if !ok {
		return nil
	}
	step, err := ParseStep(text)
	if err != nil {
		l.at(at, err)
		return nil
	}
	return step
}

// unordered reads "unordered within 2s:" and the list below it.
func (l *loader) unordered(i int, n *yaml.Node) Step {
	head := n.Content[0]
	at := place{"script", i, -1}
	l.mark(at, head)
	s := &scanner{line: head.Value}
	if err := s.check(); err != nil {
		l.at(at, err)
		return nil
	}
	if w, wordAt := s.word(); w != "unordered" {
		l.at(at, s.errorf(wordAt, "%q is no step; did you mean unordered?", w))
		return nil
	}
	t, ok, err := s.timing()
	switch {
	case err != nil:
		l.at(at, err)
		return nil
	case !ok:
		l.at(at, s.errorf(s.i, "say by when: unordered within 2s:"))
		return nil
	case s.peek() != "":
		s.space()
		l.at(at, s.errorf(s.i, "the patterns of unordered stand in a list below it"))
		return nil
	}
	u := Unordered{When: t}
	for j, c := range l.list(n.Content[1]) {
		u.Events = append(u.Events, l.pattern(place{"script", i, j}, c))
	}
	return u
}
