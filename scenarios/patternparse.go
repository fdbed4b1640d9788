package scenarios

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLine is the length in bytes that a line of a script may have.
const MaxLine = 2000

var (
	whoForm   = regexp.MustCompile(`^(\*|[A-Za-z0-9_][A-Za-z0-9_.:/-]*)$`)
	layerForm = regexp.MustCompile(`^(\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?)$`)
	keyForm   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.\[\]/-]*$`)
)

// ParsePattern reads the text form of a [Pattern]. The error is a
// [*SyntaxError].
func ParsePattern(line string) (Pattern, error) {
	s := &scanner{line: line}
	if err := s.check(); err != nil {
		return Pattern{}, err
	}
	return s.pattern()
}

// MustPattern is ParsePattern for patterns known to be right; it panics on
// others.
func MustPattern(line string) Pattern {
	p, err := ParsePattern(line)
	if err != nil {
		panic(fmt.Sprintf("scenarios.MustPattern: %v", err))
	}
	return p
}

// A scanner walks over one line of a script.
type scanner struct {
	line string
	i    int
}

func (s *scanner) errorf(at int, format string, args ...any) *SyntaxError {
	return &SyntaxError{Line: s.line, Offset: at, Msg: fmt.Sprintf(format, args...)}
}

// check refuses a line for reasons that have nothing to do with its words.
func (s *scanner) check() error {
	if len(s.line) > MaxLine {
		return s.errorf(MaxLine, "line of %d bytes; %d is the most", len(s.line), MaxLine)
	}
	for i := 0; i < len(s.line); {
		c, n := utf8.DecodeRuneInString(s.line[i:])
		if c == utf8.RuneError && n == 1 {
			return s.errorf(i, "byte %#02x is not UTF-8; in quotes write \\x%02x", s.line[i], s.line[i])
		}
		if !unicode.IsPrint(c) {
			return s.errorf(i, "unprintable character %U; in quotes write \\u%04x", c, c)
		}
		i += n
	}
	return nil
}

func (s *scanner) space() {
	for s.i < len(s.line) && s.line[s.i] == ' ' {
		s.i++
	}
}

// word returns the next run of characters up to a blank, and where it began.
func (s *scanner) word() (string, int) {
	s.space()
	at := s.i
	for s.i < len(s.line) && s.line[s.i] != ' ' {
		s.i++
	}
	return s.line[at:s.i], at
}

// peek returns the next word without taking it.
func (s *scanner) peek() string {
	was := s.i
	w, _ := s.word()
	s.i = was
	return w
}

func (s *scanner) rest() string {
	s.space()
	rest := strings.TrimRight(s.line[s.i:], " ")
	s.i = len(s.line)
	return rest
}

// value reads one value: in quotes, or up to a blank or bar and then by parse.
func (s *scanner) value(parse func(string) (Value, error)) (Value, error) {
	at := s.i
	if at < len(s.line) && s.line[at] == '"' {
		quoted, err := strconv.QuotedPrefix(s.line[at:])
		if err != nil {
			return Value{}, s.errorf(at, "the quote that opens here is not closed, or holds a bad escape (in YAML, a line with \": \" or \" #\" in it needs single quotes around the whole)")
		}
		text, err := strconv.Unquote(quoted)
		if err != nil {
			return Value{}, s.errorf(at, "bad text in quotes: %v", err)
		}
		s.i += len(quoted)
		if s.i < len(s.line) && !strings.ContainsRune(" |", rune(s.line[s.i])) {
			return Value{}, s.errorf(s.i, "something follows the closing quote; put a blank before it")
		}
		return Value{Op: Text, Text: text}, nil
	}
	for s.i < len(s.line) && !strings.ContainsRune(" |", rune(s.line[s.i])) {
		if s.line[s.i] == '"' {
			return Value{}, s.errorf(s.i, "quote inside of a word; put the whole of it in quotes")
		}
		s.i++
	}
	if s.i == at {
		return Value{}, s.errorf(at, "value missing; write \"\" for an empty text")
	}
	v, err := parse(s.line[at:s.i])
	if err != nil {
		return Value{}, s.errorf(at, "%v", err)
	}
	return v, nil
}

// values reads alternatives.
func (s *scanner) values(parse func(string) (Value, error)) ([]Value, error) {
	var out []Value
	for {
		v, err := s.value(parse)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if s.i >= len(s.line) || s.line[s.i] != '|' {
			return out, nil
		}
		s.i++
	}
}

func (s *scanner) pattern() (Pattern, error) {
	var p Pattern
	who, at := s.word()
	if who == "" {
		return p, s.errorf(at, "nothing here; want WHO > LAYER KIND [KEY=VALUE ...]")
	}
	if !whoForm.MatchString(who) {
		return p, s.errorf(at, "%q is no name of an endpoint; write one such as phone or headunit, or *", who)
	}
	if arrow, at := s.word(); arrow != ">" {
		return p, s.errorf(at, "want > after the endpoint %s: WHO > LAYER KIND [KEY=VALUE ...]", who)
	}
	layer, at := s.word()
	if !layerForm.MatchString(layer) {
		return p, s.errorf(at, "%q is no layer; write one such as iap2.link, iap2.* or *", layer)
	}
	p.Who, p.Layer = who, layer
	s.space()
	if w := s.peek(); w != "" && w != "--" && !s.atField() {
		var err error
		if p.Kind, err = s.kind(); err != nil {
			return p, err
		}
	}
	for {
		s.space()
		switch w := s.peek(); w {
		case "":
			return p, nil
		case "--":
			_, at := s.word()
			if p.Note = s.rest(); p.Note == "" {
				return p, s.errorf(at, "-- begins a note, and nothing follows it")
			}
			return p, nil
		}
		f, err := s.field()
		if err != nil {
			return p, err
		}
		p.Fields = append(p.Fields, f)
	}
}

// kind reads the alternatives of a kind; * alone is none.
func (s *scanner) kind() ([]Value, error) {
	var kinds []Value
	at := s.i
	for {
		k, err := s.words()
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, k)
		if s.space(); s.i >= len(s.line) || s.line[s.i] != '|' {
			break
		}
		s.i++
	}
	for i := range kinds {
		if kinds[i].isPresence() {
			if len(kinds) > 1 {
				return nil, s.errorf(at, "* among alternatives means any kind; leave the others out")
			}
			return nil, nil
		}
	}
	return kinds, nil
}

// words reads one alternative of a kind: a text in quotes, or words up to a
// field, a bar or the note.
func (s *scanner) words() (Value, error) {
	s.space()
	if s.i < len(s.line) && s.line[s.i] == '"' {
		return s.value(parseValue)
	}
	at := s.i
	var words []string
	for s.space(); s.i < len(s.line) && s.line[s.i] != '|'; s.space() {
		if s.peek() == "--" || s.atField() {
			break
		}
		from := s.i
		for s.i < len(s.line) && !strings.ContainsRune(" |", rune(s.line[s.i])) {
			if c := s.line[s.i]; c == '"' || c == '=' {
				return Value{}, s.errorf(s.i, "%q inside of a kind; put the whole of it in quotes", c)
			}
			s.i++
		}
		v, err := parseValue(s.line[from:s.i])
		if err != nil || v.Op == Ref || v.Op == Between {
			return Value{}, s.errorf(from, "a kind is a text, not a reference or range; put it in quotes if it is one")
		}
		words = append(words, s.line[from:s.i])
	}
	if len(words) == 0 {
		return Value{}, s.errorf(at, "kind missing")
	}
	v := Value{Op: Text, Text: strings.Join(words, " ")}
	if strings.Contains(v.Text, "*") {
		v.Op = Glob
	}
	return v, nil
}

// atField reports whether KEY= or KEY!= comes next.
func (s *scanner) atField() bool {
	key, _, ok := strings.Cut(s.peek(), "=")
	return ok && keyForm.MatchString(strings.TrimSuffix(key, "!"))
}

func (s *scanner) field() (FieldMatch, error) {
	var f FieldMatch
	at := s.i
	word := s.peek()
	key, _, ok := strings.Cut(word, "=")
	if !ok {
		return f, s.errorf(at, "%q is no field; want KEY=VALUE, and quotes around a kind or value with blanks", word)
	}
	s.i += len(key) + 1
	f.Key, f.Not = strings.CutSuffix(key, "!")
	if !keyForm.MatchString(f.Key) {
		return f, s.errorf(at, "%q is no name of a field", f.Key)
	}
	parse := parseValue
	if f.Key == "data" {
		parse = parseData
	}
	var err error
	if f.Any, err = s.values(parse); err != nil {
		return f, err
	}
	if len(f.Any) > 1 {
		for _, v := range f.Any {
			if v.Op == Ref || v.isPresence() {
				return f, s.errorf(at, "%s among alternatives; a reference or * stands alone", v)
			}
		}
	}
	return f, nil
}
