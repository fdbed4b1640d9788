package scenarios

import (
	"encoding/hex"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/plugfest/plugfest/sim"
)

// Op says how a [Value] compares.
type Op uint8

// The forms of a value.
const (
	Text    Op = iota // ok, "role switch": this text
	Number            // 12, 0x1F4: this number
	Between           // 10..20, 10.., ..20, ..: a number from From to To
	Glob              // abc*, *: text with * standing for any characters; * alone asks only that the field is there
	Ref               // $s, $s+1: the value that $s stands for
	Bytes             // data=ff5a0009..619: bytes that begin so, of that length in all
)

// A Value is what a field, or the kind, of an event is compared with.
type Value struct {
	Op       Op
	Text     string // Text, Glob; Number and Between as written; Bytes: the beginning in hexadecimal
	Num      int64  // Number; Bytes: the length
	From, To int64  // Between, both included; open ends are MinInt64 and MaxInt64
	Name     string // Ref, without the $
	Plus     int    // Ref: added modulo 256, as sequence numbers count
}

// Vars are the values that references stand for, by name.
type Vars map[string]sim.Field

var (
	numberForm = regexp.MustCompile(`^-?(0x[0-9A-Fa-f]+|[0-9]+)$`)
	rangeForm  = regexp.MustCompile(`^(-?(?:0x[0-9A-Fa-f]+|[0-9]+))?\.\.(-?(?:0x[0-9A-Fa-f]+|[0-9]+))?$`)
	hexForm    = regexp.MustCompile(`^[0-9A-Fa-f]+$`)
	bytesForm  = regexp.MustCompile(`^((?:[0-9A-Fa-f]{2})+)\.\.([0-9]{1,9})$`)
	refForm    = regexp.MustCompile(`^\$([A-Za-z_][A-Za-z0-9_]*)([+-][0-9]{1,3})?$`)
)

// parseNumber reads a decimal or 0x number.
func parseNumber(s string) (int64, bool) {
	if !numberForm.MatchString(s) {
		return 0, false
	}
	digits, base := strings.TrimPrefix(s, "-"), 10
	if rest, ok := strings.CutPrefix(digits, "0x"); ok {
		digits, base = rest, 16
	}
	if strings.HasPrefix(s, "-") {
		digits = "-" + digits
	}
	n, err := strconv.ParseInt(digits, base, 64)
	return n, err == nil
}

// parseValue reads one value that stands without quotes.
func parseValue(s string) (Value, error) {
	if strings.HasPrefix(s, "$") {
		m := refForm.FindStringSubmatch(s)
		if m == nil {
			return Value{}, fmt.Errorf("%s is no reference: write $name, $name+1 or, for the text itself, quotes", s)
		}
		plus, _ := strconv.Atoi(m[2])
		return Value{Op: Ref, Name: m[1], Plus: plus}, nil
	}
	if n, ok := parseNumber(s); ok {
		return Value{Op: Number, Num: n, Text: s}, nil
	}
	if m := rangeForm.FindStringSubmatch(s); m != nil {
		v := Value{Op: Between, Text: s, From: math.MinInt64, To: math.MaxInt64}
		var okFrom, okTo = true, true
		if m[1] != "" {
			v.From, okFrom = parseNumber(m[1])
		}
		if m[2] != "" {
			v.To, okTo = parseNumber(m[2])
		}
		if !okFrom || !okTo {
			return Value{}, fmt.Errorf("range %s does not fit into 64 bits", s)
		}
		if v.From > v.To && len(m[1]) >= 8 {
			return Value{Op: Text, Text: s}, nil // HEX..LENGTH, as a trace shows the bytes of a parameter
		}
		if v.From > v.To {
			return Value{}, fmt.Errorf("range %s is empty: its first number is the larger one", s)
		}
		return v, nil
	}
	if strings.Contains(s, "*") {
		return Value{Op: Glob, Text: s}, nil
	}
	return Value{Op: Text, Text: s}, nil
}

// String formats the value so that it parses back to itself.
func (v Value) String() string {
	switch v.Op {
	case Number:
		if n, ok := parseNumber(v.Text); ok && n == v.Num {
			return v.Text
		}
		return strconv.FormatInt(v.Num, 10)
	case Between:
		if w, err := parseValue(v.Text); err == nil && w == v {
			return v.Text
		}
		s := ".."
		if v.From != math.MinInt64 {
			s = strconv.FormatInt(v.From, 10) + s
		}
		if v.To != math.MaxInt64 {
			s += strconv.FormatInt(v.To, 10)
		}
		return s
	case Glob:
		return v.Text
	case Bytes:
		return fmt.Sprintf("%s..%d", v.Text, v.Num)
	case Ref:
		if v.Plus != 0 {
			return fmt.Sprintf("$%s%+d", v.Name, v.Plus)
		}
		return "$" + v.Name
	}
	return quoteText(v.Text)
}

// quoteText puts quotes around a text that would otherwise read as something
// else.
func quoteText(s string) string {
	if v, err := parseValue(s); err != nil || v.Op != Text || !bare(s) {
		return strconv.Quote(s)
	}
	return s
}

// bare reports whether a text can stand without quotes.
func bare(s string) bool {
	if s == "" || s == "--" || strings.HasSuffix(s, ":") || !utf8.ValidString(s) {
		return false
	}
	for _, c := range s {
		if c == '"' || c == '|' || c == '#' || unicode.IsSpace(c) || !unicode.IsPrint(c) {
			return false
		}
	}
	return true
}

// fits reports whether a field has the value. A reference that is not bound
// fits nothing; binding is the pattern's part.
func (v *Value) fits(f *sim.Field, vars Vars) bool {
	switch v.Op {
	case Number:
		if f.IsNum {
			return f.Num == v.Num
		}
		if f.Text == v.Text {
			return true
		}
		n, ok := plainNumber(f.Text)
		return ok && n == v.Num
	case Between:
		n, ok := f.Num, f.IsNum
		if !ok {
			if n, ok = plainNumber(f.Text); !ok {
				return v.Text != "" && f.Text == v.Text // bytes cut short look so
			}
		}
		return ok && n >= v.From && n <= v.To
	case Glob:
		return v.Text == "*" || globMatch(v.Text, f.Value())
	case Ref:
		bound, ok := vars[v.Name]
		if !ok {
			return false
		}
		if v.Plus == 0 {
			return sameValue(&bound, f)
		}
		n, ok := shifted(&bound, v.Plus)
		return ok && f.IsNum && f.Num == n
	}
	return f.Value() == v.Text
}

// parseData reads a value of the field data: hexadecimal, whole or, as a trace
// shows it where it is too long for a line, HEX..LENGTH.
func parseData(s string) (Value, error) {
	if m := bytesForm.FindStringSubmatch(s); m != nil {
		n, err := strconv.ParseInt(m[2], 10, 64)
		return Value{Op: Bytes, Text: strings.ToLower(m[1]), Num: n}, err
	}
	if hexForm.MatchString(s) {
		return Value{Op: Text, Text: strings.ToLower(s)}, nil
	}
	return parseValue(s)
}

func (v *Value) bytesFit(data []byte) bool {
	head := min(len(data), len(v.Text)/2)
	return int64(len(data)) == v.Num && hex.EncodeToString(data[:head]) == v.Text
}

func sameValue(a, b *sim.Field) bool {
	if a.IsNum && b.IsNum {
		return a.Num == b.Num
	}
	return a.Value() == b.Value()
}

// shifted adds to a sequence number, which counts modulo 256.
func shifted(f *sim.Field, plus int) (int64, bool) {
	return (f.Num + int64(plus)) & 0xFF, f.IsNum
}

// plainNumber reads a number out of a text field: decimal without leading
// zeros, or 0x.
func plainNumber(s string) (int64, bool) {
	if len(s) > 1 && s[0] == '0' && s[1] != 'x' {
		return 0, false // digits of an identifier rather than a number
	}
	if s == "" || len(s) > 20 {
		return 0, false
	}
	if c := s[0]; c != '-' && (c < '0' || c > '9') {
		return 0, false
	}
	return parseNumber(s)
}

// globMatch matches text against a pattern in which * stands for any
// characters, none included.
func globMatch(pattern, text string) bool {
	first, rest, more := strings.Cut(pattern, "*")
	if !more {
		return pattern == text
	}
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for {
		part, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, part)
		}
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text, rest = text[i+len(part):], next
	}
}
