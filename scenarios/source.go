package scenarios

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Error is a mistake in a scenario file: what is wrong, and where. Its text
// shows the line with a caret under the place.
type Error struct {
	File string
	Line int    // from 1
	Col  int    // in characters, from 1
	Text string // the line
	Msg  string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s%s", e.File, e.Line, e.Col, e.Msg, caret(e.Text, e.Col))
}

// A SyntaxError is a mistake in one line of a script.
type SyntaxError struct {
	Line   string
	Offset int // in bytes
	Msg    string
}

func (e *SyntaxError) Error() string {
	col := utf8.RuneCountInString(e.Line[:min(e.Offset, len(e.Line))]) + 1
	return e.Msg + caret(e.Line, col)
}

// shownBefore and shownAfter are how many characters of a long line an error
// shows on either side of the caret.
const (
	shownBefore = 70
	shownAfter  = 50
)

// caret renders a line and, below it, a caret under character col.
func caret(line string, col int) string {
	runes := []rune(strings.TrimRight(line, "\r\n"))
	at := min(max(col-1, 0), len(runes))
	from, to := 0, len(runes)
	head, tail := "", ""
	if at > shownBefore+3 {
		from, head = at-shownBefore, "..."
	}
	if to-at > shownAfter+3 {
		to, tail = at+shownAfter, "..."
	}
	var text, under strings.Builder
	for i := from; i < to; i++ {
		c, blank := runes[i], ' '
		switch {
		case c == '\t':
			blank = '\t' // keeps the caret in place whatever the tab's width
		case !unicode.IsPrint(c):
			c = unicode.ReplacementChar
		}
		text.WriteRune(c)
		if i < at {
			under.WriteRune(blank)
		}
	}
	return "\n    " + head + text.String() + tail + "\n    " + strings.Repeat(" ", len(head)) + under.String() + "^"
}

// A source is the text of a file, for errors that show a line of it.
type source struct {
	name  string
	lines []string
}

func newSource(name string, text []byte) *source {
	return &source{name: name, lines: strings.Split(string(text), "\n")}
}

func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return strings.TrimSuffix(s.lines[n-1], "\r")
}

func (s *source) errorf(line, col int, format string, args ...any) *Error {
	return &Error{File: s.name, Line: line, Col: max(col, 1), Text: s.line(line), Msg: fmt.Sprintf(format, args...)}
}

// find returns the column of a word in the line of a script that stands at m:
// after the sender where it stands there, else anywhere. Without the word it is
// that of the line.
func (s *source) find(m mark, word string) int {
	runes := []rune(s.line(m.line))
	if !m.exact || m.col-1 > len(runes) {
		return m.col
	}
	line := string(runes[m.col-1:])
	from := strings.Index(line, "> ") + 1
	at := strings.Index(line[from:], word)
	if at >= 0 {
		at += from
	} else if at = strings.LastIndex(line[:from], word); at < 0 {
		return m.col
	}
	return m.col + utf8.RuneCountInString(line[:at])
}

// A Position is a place in a scenario file; the zero value is nowhere.
type Position struct {
	File      string
	Line, Col int
}

func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}
