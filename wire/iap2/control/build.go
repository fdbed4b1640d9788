package control

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Field is a parameter by name, with a Go value that suits its type:
//
//	uint8 ... int64   any Go integer that is in range
//	enum              the name of the value, or any Go integer in range
//	bool              bool
//	utf8              string, without the NUL
//	blob, unknown     []byte
//	none              true, or false for leaving it out
//	ids               []uint16 or []int
//	group             Values
//	any               Raw, the bytes of the value, right or wrong
//
// A repeated parameter takes one such value for each Field, or a slice for
// several: []string, []int, []Values, []any; Joined writes several strings into
// one parameter. A name of the form "#25" or "#0x19" stands for a parameter
// that the catalogue does not know; it takes []byte, Raw or true.
type Field struct {
	Name  string
	Value any
}

// Values is an ordered list of fields. They are written in this order.
type Values []Field

// Raw is a value as it stands on the wire. It is not checked.
type Raw []byte

// Joined is a list of strings that share one parameter, as some accessories
// write them; the protocol's own form is one parameter for each.
type Joined []string

// F makes a Field.
func F(name string, value any) Field { return Field{Name: name, Value: value} }

// BuildError says which field could not be written and why.
type BuildError struct {
	// Message is the name that was given.
	Message string
	// Path is the dotted name of the field, "" for the message itself.
	Path  string
	Value any
	// Err wraps ErrUnknownName, ErrValueType, ErrValueRange, ErrTooLong or
	// ErrInnerNUL.
	Err error
}

// Error gives message, field, value and reason in one line.
func (e *BuildError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("control: build %s: %v", e.Message, e.Err)
	}
	return fmt.Sprintf("control: build %s: %s = %.60q: %v", e.Message, e.Path, fmt.Sprint(e.Value), e.Err)
}

// Unwrap gives the reason.
func (e *BuildError) Unwrap() error { return e.Err }

// Build makes a message of the catalogue from names and values. Names, types
// and ranges are checked; whether everything required is there is the
// business of Validate, so that incomplete messages can be built on purpose.
// Errors are of type *BuildError.
func Build(message string, fields ...Field) ([]byte, error) {
	return AppendBuild(nil, message, fields...)
}

// AppendBuild is Build that appends to dst, which it returns unchanged on an
// error.
func AppendBuild(dst []byte, message string, fields ...Field) ([]byte, error) {
	m := ByName(message)
	if m == nil {
		return dst, &BuildError{Message: message, Err: ErrUnknownName}
	}
	return m.Append(dst, fields...)
}

// Append is AppendBuild for a message that was looked up before.
func (m *MessageSpec) Append(dst []byte, fields ...Field) ([]byte, error) {
	return appendMessage(dst, m.ID, m.Name, m.Params, fields)
}

func appendMessage(dst []byte, id uint16, name string, params []ParamSpec, fields Values) ([]byte, error) {
	var b Builder
	b.Begin(dst, id)
	w := writer{b: &b}
	w.fields(params, "", fields)
	out, err := b.Finish()
	if w.err != nil {
		w.err.Message = name
		return dst, w.err
	}
	if err != nil {
		return dst, &BuildError{Message: name, Err: err}
	}
	return out, nil
}

// writer turns fields into parameters. Its first error sticks.
type writer struct {
	b   *Builder
	err *BuildError
}

func (w *writer) fail(path string, value any, err error) {
	if w.err == nil {
		w.err = &BuildError{Path: path, Value: value, Err: err}
	}
}

func (w *writer) fields(params []ParamSpec, prefix string, fields Values) {
	for _, f := range fields {
		if w.err != nil {
			return
		}
		p := findParamName(params, f.Name)
		switch {
		case p == nil:
			w.unnamed(prefix+f.Name, f)
		case p.Repeated:
			w.list(p, prefix+f.Name, f.Value)
		default:
			w.value(p, prefix+f.Name, f.Value)
		}
		if err := w.b.err; err != nil {
			var at *Error
			if errors.As(err, &at) {
				err = at.Err
			}
			w.fail(prefix+f.Name, f.Value, err)
		}
	}
}

// unnamed writes a parameter given by number.
func (w *writer) unnamed(path string, f Field) {
	digits, ok := strings.CutPrefix(f.Name, "#")
	id, err := strconv.ParseUint(digits, 0, 16)
	if !ok || err != nil {
		w.fail(path, f.Value, ErrUnknownName)
		return
	}
	switch v := f.Value.(type) {
	case Raw:
		w.b.Blob(uint16(id), v)
	case []byte:
		w.b.Blob(uint16(id), v)
	case bool:
		if v {
			w.b.Flag(uint16(id))
		}
	default:
		w.fail(path, f.Value, ErrValueType)
	}
}

// list writes each element of a slice as a parameter of its own.
func (w *writer) list(p *ParamSpec, path string, value any) {
	switch list := value.(type) {
	case []string:
		writeEach(w, p, path, list)
	case []int:
		writeEach(w, p, path, list)
	case []Values:
		writeEach(w, p, path, list)
	case []any:
		writeEach(w, p, path, list)
	default:
		w.value(p, path, value)
	}
}

func writeEach[T any](w *writer, p *ParamSpec, path string, list []T) {
	for i, v := range list {
		w.value(p, fmt.Sprintf("%s[%d]", path, i), v)
	}
}

func (w *writer) value(p *ParamSpec, path string, value any) {
	switch v := value.(type) {
	case Raw:
		w.b.Blob(p.ID, v)
		return
	case Joined:
		if p.Type == TypeUTF8 {
			w.b.Blob(p.ID, joinTexts(v))
			return
		}
	case bool:
		if p.Type == TypeBool {
			w.b.Bool(p.ID, v)
			return
		}
		if p.Type == TypeNone {
			if v {
				w.b.Flag(p.ID)
			}
			return
		}
	case string:
		if p.Type == TypeUTF8 {
			w.b.Text(p.ID, v)
			return
		}
		if p.Type == TypeEnum {
			n, ok := p.Enum.ValueOf(v)
			if !ok {
				w.fail(path, v, fmt.Errorf("%w; it has %s", ErrUnknownName, p.Enum.names()))
			}
			w.b.Uint8(p.ID, n)
			return
		}
	case []byte:
		if p.Type == TypeBlob || p.Type == TypeUnknown {
			w.b.Blob(p.ID, v)
			return
		}
	case []uint16:
		if p.Type == TypeIDs {
			w.b.IDs(p.ID, v...)
			return
		}
	case []int:
		if p.Type == TypeIDs {
			w.idList(p, path, v)
			return
		}
	case Values:
		if p.Type == TypeGroup {
			w.b.Open(p.ID)
			w.fields(p.Group.Params, path+".", v)
			w.b.Close()
			return
		}
	default:
		if n, size, ok := integer(p, v); ok && size > 0 {
			w.integer(p, n, size)
			return
		} else if ok {
			w.fail(path, v, ErrValueRange)
			return
		}
	}
	w.fail(path, value, fmt.Errorf("%w: %s takes no %T", ErrValueType, p.Type, value))
}

func (w *writer) idList(p *ParamSpec, path string, list []int) {
	ids := make([]uint16, len(list))
	for i, v := range list {
		if v < 0 || v > math.MaxUint16 {
			w.fail(path, v, ErrValueRange)
		}
		ids[i] = uint16(v)
	}
	w.b.IDs(p.ID, ids...)
}

func (w *writer) integer(p *ParamSpec, n uint64, size int) {
	switch size {
	case 1:
		w.b.Uint8(p.ID, uint8(n))
	case 2:
		w.b.Uint16(p.ID, uint16(n))
	case 4:
		w.b.Uint32(p.ID, uint32(n))
	case 8:
		w.b.Uint64(p.ID, n)
	}
}

// integer converts any Go integer to the bits of an integer parameter. ok
// tells that both are integers; size is 0 when v is out of range.
func integer(p *ParamSpec, v any) (bits uint64, size int, ok bool) {
	size, fixed := p.Type.Size()
	if !fixed || p.Type == TypeBool || p.Type == TypeNone {
		return 0, 0, false
	}
	negative := false
	switch v := v.(type) {
	case int:
		bits, negative = uint64(v), v < 0
	case int8:
		bits, negative = uint64(v), v < 0
	case int16:
		bits, negative = uint64(v), v < 0
	case int32:
		bits, negative = uint64(v), v < 0
	case int64:
		bits, negative = uint64(v), v < 0
	case uint:
		bits = uint64(v)
	case uint8:
		bits = uint64(v)
	case uint16:
		bits = uint64(v)
	case uint32:
		bits = uint64(v)
	case uint64:
		bits = v
	default:
		return 0, 0, false
	}
	width := uint(8 * size)
	if p.Type.signed() {
		half := uint64(1) << (width - 1)
		if negative && -bits > half || !negative && bits >= half {
			return 0, 0, true
		}
	} else if negative || width < 64 && bits>>width != 0 {
		return 0, 0, true
	}
	return bits, size, true
}

// names lists the names of an enumeration for error messages.
func (e *EnumSpec) names() string {
	if e == nil {
		return "no named values"
	}
	var list []string
	for _, v := range e.Values {
		list = append(list, v.Name)
	}
	return strings.Join(list, ", ")
}
