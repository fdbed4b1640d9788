package plist

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// xmlChecker reads an XML list with the same tokenizer that will decode it, so
// that both see the same document.
type xmlChecker struct {
	data    []byte
	limits  Limits
	dec     *xml.Decoder
	shift   int64 // bytes left out before what dec reads
	at      int64 // where the current token begins
	objects int
	content int
	path    []level
	text    []byte // of the current leaf
}

// level is a container that is open.
type level struct {
	dict  bool
	keyed bool // a key waits for its value
	key   string
	index int
}

func (c *xmlChecker) document() error {
	body := trailing(c.data)
	skip := len(body) - len(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	c.shift = int64(skip)
	c.dec = xml.NewDecoder(bytes.NewReader(body[skip:]))
	root := false
	for {
		tok, err := c.token()
		if err == io.EOF && root {
			return nil
		}
		if err != nil {
			return c.syntax(err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if root || t.Name.Local != "plist" {
				return c.fail(ErrSyntax, "<%s> where one <plist> is wanted", t.Name.Local)
			}
			root = true
			if err := c.root(); err != nil {
				return err
			}
		case xml.CharData:
			if !blank(t) {
				return c.fail(ErrSyntax, "text outside of <plist>")
			}
		case xml.Directive:
			if err := c.directive(t, root); err != nil {
				return err
			}
		}
	}
}

func (c *xmlChecker) token() (xml.Token, error) {
	c.at = c.dec.InputOffset() + c.shift
	return c.dec.Token()
}

func (c *xmlChecker) fail(sentinel error, format string, args ...any) error {
	return &Error{Offset: c.at, Path: c.where(), Err: sentinel, Detail: fmt.Sprintf(format, args...)}
}

// syntax reports an error of the tokenizer, which knows where it stopped.
func (c *xmlChecker) syntax(err error) error {
	c.at = c.dec.InputOffset() + c.shift
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return c.fail(ErrSyntax, "%v", err)
}

// directive allows the usual document type, and no declarations of its own:
// entities have no place in a property list.
func (c *xmlChecker) directive(d xml.Directive, late bool) error {
	if !late && bytes.HasPrefix(d, []byte("DOCTYPE")) && !bytes.ContainsAny(d, "[<") {
		return nil
	}
	return c.fail(ErrSyntax, "declaration <!%.20s...>: only a plain DOCTYPE is allowed", d)
}

func blank(b []byte) bool { return len(bytes.TrimLeft(b, " \t\r\n")) == 0 }

// root reads what <plist> holds: one value.
func (c *xmlChecker) root() error {
	filled := false
	for {
		tok, err := c.token()
		if err != nil {
			return c.syntax(err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if filled {
				return c.fail(ErrSyntax, "<%s>: a second value in <plist>", t.Name.Local)
			}
			filled = true
			if err := c.value(t.Name.Local); err != nil {
				return err
			}
		case xml.EndElement:
			if !filled {
				return c.fail(ErrSyntax, "<plist> holds no value")
			}
			return nil
		case xml.CharData:
			if !blank(t) {
				return c.fail(ErrSyntax, "text where a value is wanted")
			}
		case xml.Directive:
			return c.directive(t, true)
		}
	}
}

// value reads the element that was just opened, up to its end. It goes deeper
// only as far as the limit.
func (c *xmlChecker) value(name string) error {
	if err := c.count(1, 0); err != nil {
		return err
	}
	switch name {
	case "dict", "array":
		if len(c.path) == c.limits.Depth {
			return c.fail(ErrLimit, "%d levels deep, limit %d", len(c.path)+1, c.limits.Depth)
		}
		c.path = append(c.path, level{dict: name == "dict", index: -1})
		err := c.container()
		if err == nil {
			c.path = c.path[:len(c.path)-1]
		}
		return err
	case "string", "data", "integer", "real", "date", "true", "false":
		return c.leaf(name)
	}
	return c.fail(ErrSyntax, "<%s> is no property list element", name)
}

func (c *xmlChecker) count(objects, content int) error {
	c.objects += objects
	c.content += content
	if c.objects > c.limits.Objects {
		return c.fail(ErrLimit, "%d objects so far, limit %d", c.objects, c.limits.Objects)
	}
	if c.content > c.limits.Content {
		return c.fail(ErrLimit, "%d bytes of strings and data so far, limit %d", c.content, c.limits.Content)
	}
	return nil
}

func (c *xmlChecker) container() error {
	for {
		tok, err := c.token()
		if err != nil {
			return c.syntax(err)
		}
		l := &c.path[len(c.path)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			if err := c.child(l, t.Name.Local); err != nil {
				return err
			}
		case xml.EndElement:
			if l.keyed {
				return c.fail(ErrSyntax, "key without a value")
			}
			return nil
		case xml.CharData:
			if !blank(t) {
				return c.fail(ErrSyntax, "text where a value is wanted")
			}
		case xml.Directive:
			return c.directive(t, true)
		}
	}
}

func (c *xmlChecker) child(l *level, name string) error {
	if !l.dict {
		l.index++
		return c.value(name)
	}
	if name != "key" {
		if !l.keyed {
			return c.fail(ErrSyntax, "<%s> without a key", name)
		}
		l.keyed = false
		return c.value(name)
	}
	if l.keyed {
		return c.fail(ErrSyntax, "a second key where a value is wanted")
	}
	l.key = ""
	if err := c.count(1, 0); err != nil {
		return err
	}
	if err := c.leaf(name); err != nil {
		return err
	}
	l.key, l.keyed = string(c.text), true
	return nil
}

// leaf collects the text of an element without children and tries it.
func (c *xmlChecker) leaf(name string) error {
	start := c.at
	c.text = c.text[:0]
	for {
		tok, err := c.token()
		if err != nil {
			return c.syntax(err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			return c.fail(ErrSyntax, "<%s> within <%s>", t.Name.Local, name)
		case xml.CharData:
			c.text = append(c.text, t...)
		case xml.Directive:
			return c.directive(t, true)
		case xml.EndElement:
			c.at = start
			if err := c.count(0, len(c.text)); err != nil {
				return err
			}
			if err := tryText(name, c.text); err != nil {
				return c.fail(ErrSyntax, "<%s>%.40s</%s>: %v", name, c.text, name, err)
			}
			return nil
		}
	}
}

// tryText reads the text of a leaf as decoding will.
func tryText(name string, text []byte) (err error) {
	switch name {
	case "integer":
		return tryInteger(string(text))
	case "real":
		_, err = strconv.ParseFloat(string(text), 64)
	case "date":
		_, err = time.Parse(time.RFC3339, string(text))
	case "data":
		return tryBase64(text)
	case "true", "false":
		if !blank(text) {
			err = fmt.Errorf("not empty")
		}
	}
	return cause(err)
}

func tryInteger(s string) error {
	digits, negative := strings.CutPrefix(s, "-")
	base := 10
	if len(digits) > 1 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X') {
		digits, base = digits[2:], 16
	}
	var err error
	if negative {
		_, err = strconv.ParseInt("-"+digits, base, 64)
	} else {
		_, err = strconv.ParseUint(digits, base, 64)
	}
	return cause(err)
}

var noSpace = strings.NewReplacer("\t", "", "\n", "", " ", "", "\r", "")

func tryBase64(text []byte) error {
	_, err := base64.StdEncoding.DecodeString(noSpace.Replace(string(text)))
	return err
}

// cause drops the name of the function that failed and the text, which the
// caller shows.
func cause(err error) error {
	if n, ok := err.(*strconv.NumError); ok {
		return n.Err
	}
	if t, ok := err.(*time.ParseError); ok {
		return fmt.Errorf("want RFC 3339%s", t.Message)
	}
	return err
}

// where names the place that is being read.
func (c *xmlChecker) where() string {
	path := ""
	for _, l := range c.path {
		switch {
		case l.dict && l.key != "":
			path = joinKey(path, l.key)
		case !l.dict && l.index >= 0:
			path = joinIndex(path, l.index)
		}
	}
	return path
}
