package trace

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// MaxLine is the longest line that a [JSONLReader] accepts, in bytes.
const MaxLine = 64 << 20

// A LineError says where a stored stream of events cannot be read.
type LineError struct {
	Line  int    // from 1
	Field string // "at", "fields.seq"; "" for the line as a whole
	Err   error
}

func (e *LineError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("trace: line %d: %v", e.Line, e.Err)
	}
	return fmt.Sprintf("trace: line %d: field %s: %v", e.Line, e.Field, e.Err)
}

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

var errLineTooLong = fmt.Errorf("longer than %d bytes", MaxLine)

// A JSONLReader reads what a [JSONLWriter] wrote. Empty lines are skipped; a
// key that it does not know is an error. Of data that was cut, an event has the
// beginning.
type JSONLReader struct {
	r    *bufio.Reader
	line int
	buf  []byte
}

// NewJSONLReader returns a reader of r.
func NewJSONLReader(r io.Reader) *JSONLReader {
	return &JSONLReader{r: bufio.NewReaderSize(r, 64<<10)}
}

// Next returns the next event, and io.EOF after the last. Any other error is a
// [*LineError], or from the reader; after one about a line's contents the next
// line can still be read.
func (j *JSONLReader) Next() (sim.Event, error) {
	for {
		b, err := j.readLine()
		if err != nil {
			return sim.Event{}, err
		}
		if b = bytes.TrimSpace(b); len(b) == 0 {
			continue
		}
		e, field, err := parseJSON(b)
		if err != nil {
			return sim.Event{}, &LineError{Line: j.line, Field: field, Err: err}
		}
		return e, nil
	}
}

func (j *JSONLReader) readLine() ([]byte, error) {
	j.buf = j.buf[:0]
	j.line++
	for {
		part, err := j.r.ReadSlice('\n')
		j.buf = append(j.buf, part...)
		switch {
		case err == nil, errors.Is(err, io.EOF) && len(j.buf) > 0:
			return j.buf, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(j.buf) > MaxLine:
			return nil, &LineError{Line: j.line, Err: errLineTooLong}
		}
	}
}

// parseJSON reads the object token by token, because a map would lose the order
// of the fields.
func parseJSON(b []byte) (e sim.Event, field string, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := want(d, json.Delim('{')); err != nil {
		return e, "", err
	}
	for d.More() {
		key, err := text(d)
		if err != nil {
			return e, "", err
		}
		var n int64
		switch key {
		case "seq":
			e.Seq, err = unsigned(d)
		case "at":
			n, err = number(d)
			e.At = time.Duration(n)
		case "who":
			e.Who, err = text(d)
		case "layer":
			e.Layer, err = text(d)
		case "kind":
			e.Kind, err = text(d)
		case "data":
			var s string
			if s, err = text(d); err == nil {
				e.Data, err = hex.DecodeString(s)
			}
		case "data_len":
			_, err = unsigned(d)
		case "data_sha256":
			_, err = text(d)
		case "fields":
			if err := want(d, json.Delim('{')); err != nil {
				return e, key, err
			}
			for d.More() {
				name, err := text(d)
				if err != nil {
					return e, key, err
				}
				f, err := value(d)
				if err != nil {
					return e, key + "." + name, err
				}
				f.Key = name
				e.Fields = append(e.Fields, f)
			}
			err = want(d, json.Delim('}'))
		default:
			err = errors.New("unknown key")
		}
		if err != nil {
			return e, key, err
		}
	}
	if err := want(d, json.Delim('}')); err != nil {
		return e, "", err
	}
	if _, err := d.Token(); err != io.EOF {
		return e, "", errors.New("text after the event")
	}
	return e, "", nil
}

func token(d *json.Decoder) (json.Token, error) {
	t, err := d.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return t, err
}

func want(d *json.Decoder, delim json.Delim) error {
	t, err := token(d)
	if err == nil && t != delim {
		err = fmt.Errorf("%v where %v should be", t, delim)
	}
	return err
}

func number(d *json.Decoder) (int64, error) {
	t, err := token(d)
	if err != nil {
		return 0, err
	}
	n, ok := t.(json.Number)
	if !ok {
		return 0, fmt.Errorf("%v where a number should be", t)
	}
	return strconv.ParseInt(n.String(), 10, 64)
}

func unsigned(d *json.Decoder) (uint64, error) {
	t, err := token(d)
	if err != nil {
		return 0, err
	}
	n, ok := t.(json.Number)
	if !ok {
		return 0, fmt.Errorf("%v where a number should be", t)
	}
	return strconv.ParseUint(n.String(), 10, 64)
}

func text(d *json.Decoder) (string, error) {
	f, err := value(d)
	if err == nil && f.IsNum {
		err = fmt.Errorf("%d where a text should be", f.Num)
	}
	return f.Text, err
}

// value reads a number, a text, or {"hex":"..."}.
func value(d *json.Decoder) (f sim.Field, err error) {
	t, err := token(d)
	if err != nil {
		return f, err
	}
	switch t := t.(type) {
	case string:
		f.Text = t
		return f, nil
	case json.Number:
		f.IsNum = true
		f.Num, err = strconv.ParseInt(t.String(), 10, 64)
		return f, err
	case json.Delim:
		if t != '{' {
			break
		}
		if k, err := token(d); err != nil || k != "hex" {
			return f, errors.Join(errors.New(`an object where {"hex":...} should be`), err)
		}
		v, err := token(d)
		if err != nil {
			return f, err
		}
		s, ok := v.(string)
		if !ok {
			return f, fmt.Errorf("%v where hexadecimal text should be", v)
		}
		b, err := hex.DecodeString(s)
		if err != nil {
			return f, err
		}
		f.Text = string(b)
		return f, want(d, json.Delim('}'))
	}
	return f, fmt.Errorf("%v where a number or text should be", t)
}
