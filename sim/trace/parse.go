package trace

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// A Line is a line of the form that [Describe] writes.
type Line struct {
	Offset time.Duration // the time as it stands there
	Who    string
	Layer  string
	Kind   string
	Fields []sim.Field // numbers and texts told apart by their looks
	Data   []byte      // of a payload shown in part, its beginning
	Length int         // of the whole payload
}

// A SyntaxError says where a line cannot be read.
type SyntaxError struct {
	Column int // from 1, in bytes
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Reason) }

// ParseLine reads a line of the form that [Describe] writes. Errors are of type
// [*SyntaxError].
func ParseLine(s string) (Line, error) {
	p := lineParser{s: s}
	l := p.parse()
	if p.err != nil {
		return Line{}, p.err
	}
	return l, nil
}

// Event returns the line as an event at the time since + Offset, so that it can
// be compared by [sim.Event.Get].
func (l Line) Event(since time.Duration) sim.Event {
	return sim.Event{At: since + l.Offset, Who: l.Who, Layer: l.Layer, Kind: l.Kind, Fields: l.Fields, Data: l.Data}
}

type lineParser struct {
	s   string
	pos int
	err error
}

func (p *lineParser) fail(at int, format string, args ...any) {
	if p.err == nil {
		p.err = &SyntaxError{Column: at + 1, Reason: fmt.Sprintf(format, args...)}
	}
}

func (p *lineParser) parse() (l Line) {
	at := p.pos
	offset := p.word("a time such as +5ms")
	d, err := time.ParseDuration(offset)
	if p.err == nil && (err != nil || offset[0] != '+' && offset[0] != '-') {
		p.fail(at, "%q is not a time such as +5ms", offset)
	}
	l.Offset = d
	l.Who = p.word("an endpoint")
	at = p.pos
	if p.word(`">"`) != ">" {
		p.fail(at, `no ">" after the endpoint`)
	}
	l.Layer = p.word("a layer")
	p.kind(&l)
	for p.err == nil && p.pos < len(p.s) {
		p.field(&l)
	}
	return l
}

// kind takes words up to the first field.
func (p *lineParser) kind(l *Line) {
	for words := 0; p.err == nil; words++ {
		start := p.pos
		w := p.word("what happened")
		if p.pos < len(p.s) && p.s[p.pos] == '=' {
			p.pos = start
			if words == 0 {
				p.fail(start, "a field where the kind of event should be")
			}
			return
		}
		if words > 0 {
			l.Kind += " "
		}
		l.Kind += w
		if p.pos == len(p.s) {
			return
		}
	}
}

func (p *lineParser) field(l *Line) {
	start := p.pos
	key := p.word("a field")
	if p.err == nil && (p.pos == len(p.s) || p.s[p.pos] != '=') {
		p.fail(start, "%q where key=value should be", key)
	}
	if p.err != nil {
		return
	}
	p.pos++
	at := p.pos
	quoted := at < len(p.s) && p.s[at] == '"'
	v := p.word("a value for " + key)
	switch {
	case p.err != nil:
	case l.Data != nil:
		p.fail(start, "field %s after data", key)
	case key == "data" && !quoted:
		p.data(l, at, v)
	case quoted:
		l.Fields = append(l.Fields, sim.Text(key, v))
	default:
		l.Fields = append(l.Fields, bare(key, v))
	}
}

// bare makes a field of an unquoted value: a number where it looks like one.
func bare(key, v string) sim.Field {
	n, err := strconv.ParseInt(v, 10, 64)
	if err == nil && strconv.FormatInt(n, 10) == v {
		return sim.Int(key, n)
	}
	if digits, ok := strings.CutPrefix(v, "0x"); ok && hexDigits(key) > 0 {
		if n, err := strconv.ParseInt(digits, 16, 64); err == nil {
			return sim.Int(key, n)
		}
	}
	return sim.Text(key, v)
}

func (p *lineParser) data(l *Line, at int, v string) {
	digits, length, cut := strings.Cut(v, "..")
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) == 0 {
		p.fail(at, "data is not hexadecimal: %q", digits)
		return
	}
	l.Data, l.Length = b, len(b)
	if cut {
		n, err := strconv.Atoi(length)
		if err != nil || n <= len(b) {
			p.fail(at+len(digits)+2, "length %q of data is not a number above %d", length, len(b))
			return
		}
		l.Length = n
	}
}

var errQuote = errors.New("quote is not closed")

// word takes a word or a quoted text, and the space after it unless "=" follows.
func (p *lineParser) word(what string) string {
	rest := p.s[p.pos:]
	if p.err != nil {
		return ""
	}
	var w string
	n := 0
	if strings.HasPrefix(rest, `"`) {
		q, err := strconv.QuotedPrefix(rest)
		if err == nil {
			w, err = strconv.Unquote(q)
		}
		if err != nil {
			p.fail(p.pos, "%v", errQuote)
			return ""
		}
		n = len(q)
	} else {
		n = strings.IndexAny(rest, ` "=`)
		if n < 0 {
			n = len(rest)
		}
		if w = rest[:n]; !plain(w) {
			p.fail(p.pos, "%s is missing", what)
			return ""
		}
	}
	p.pos += n
	switch rest = rest[n:]; {
	case rest == "", rest[0] == '=':
	case rest[0] == ' ' && len(rest) > 1 && rest[1] != ' ':
		p.pos++
	default:
		p.fail(p.pos, "one space should be between words")
	}
	return w
}
