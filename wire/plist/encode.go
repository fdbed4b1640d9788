package plist

import (
	"fmt"
	"hash/crc32"
	"reflect"
	"slices"
	"strings"
	"time"

	"howett.net/plist"
)

// AppendXML appends v as an XML list, indented by tabs, keys in order. v is built
// of the types that Decode gives, other integers, pointers, and structs with
// `plist` tags (the tag flag "omitempty" leaves zero fields out). Characters that XML
// cannot hold become U+FFFD. The error is an [*Error] of [ErrValue].
func AppendXML(dst []byte, v any) ([]byte, error) { return appendFormat(dst, v, XML) }

// AppendBinary appends v as a binary list, likewise.
func AppendBinary(dst []byte, v any) ([]byte, error) { return appendFormat(dst, v, Binary) }

// Append appends v in the given format.
func Append(dst []byte, f Format, v any) ([]byte, error) {
	if f != XML && f != Binary {
		return dst, &Error{Offset: -1, Err: ErrFormat, Detail: fmt.Sprintf("no such format: %d", f)}
	}
	return appendFormat(dst, v, f)
}

func appendFormat(dst []byte, v any, f Format) ([]byte, error) {
	c := writable{format: f}
	if err := c.value(reflect.ValueOf(v), "", 0); err != nil {
		return dst, err
	}
	b, err := marshal(v, f)
	if err != nil {
		return dst, &Error{Offset: -1, Err: ErrValue, Detail: err.Error()}
	}
	return append(dst, b...), nil
}

// marshal turns a panic of the library into an error.
func marshal(v any, f Format) (b []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errPanicked, r)
		}
	}()
	if f == Binary {
		return plist.Marshal(v, plist.BinaryFormat)
	}
	if b, err = plist.MarshalIndent(v, plist.XMLFormat, "\t"); err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// encodeDepth bounds values built in Go, where a cycle would never end.
const encodeDepth = 512

// writable looks for what the library writes wrongly or panics on: nil in an
// array or a struct, cycles, not-a-number and far dates in a binary list, and
// two different data with the same CRC-32, which it takes for the same.
type writable struct {
	format Format
	data   map[uint32][]byte
}

func refuse(path, format string, args ...any) error {
	return &Error{Offset: -1, Path: path, Err: ErrValue, Detail: fmt.Sprintf(format, args...)}
}

func (c *writable) value(v reflect.Value, path string, depth int) error {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		if depth++; depth > encodeDepth {
			break
		}
		v = v.Elem()
	}
	if depth > encodeDepth {
		return refuse(path, "more than %d levels deep, or a cycle", encodeDepth)
	}
	if !v.IsValid() {
		return refuse(path, "nil")
	}
	switch v.Type() {
	case timeType:
		return c.date(v.Interface().(time.Time), path)
	case uidType:
		return nil
	}
	switch {
	case v.Kind() == reflect.String, v.Kind() == reflect.Bool, v.CanInt(), v.CanUint():
		return nil
	case v.CanFloat():
		if f := v.Float(); f != f && c.format == Binary {
			return refuse(path, "not a number")
		}
		return nil
	}
	return c.compound(v, path, depth)
}

func (c *writable) compound(v reflect.Value, path string, depth int) error {
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return c.unique(v, path)
		}
		for i := range v.Len() {
			if err := c.value(v.Index(i), joinIndex(path, i), depth+1); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		if v.Type().Key().Kind() != reflect.String {
			return refuse(path, "%v: keys must be strings", v.Type())
		}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys { // in order, so that the same error comes first each time
			if err := c.value(v.MapIndex(key), joinKey(path, key.String()), depth+1); err != nil {
				return err
			}
		}
		return nil
	case reflect.Struct:
		return c.structure(v, path, depth)
	}
	return refuse(path, "no property list holds a %v", v.Type())
}

func (c *writable) structure(v reflect.Value, path string, depth int) error {
	for _, f := range reflect.VisibleFields(v.Type()) {
		name := fieldName(f)
		if name == "" {
			continue
		}
		field, err := v.FieldByIndexErr(f.Index)
		if err != nil {
			return refuse(joinKey(path, name), "in an embedded struct that is nil")
		}
		if omitted(f, field) {
			continue
		}
		if err := c.value(field, joinKey(path, name), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// omitted reports whether the library leaves a field out.
func omitted(f reflect.StructField, v reflect.Value) bool {
	_, flags, _ := cutTag(f)
	if flags != "omitempty" {
		return false
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Array, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

func (c *writable) date(t time.Time, path string) error {
	first, last := 1, 9999
	if c.format == Binary {
		first, last = 1678, 2261 // the library counts nanoseconds
	}
	if y := t.UTC().Year(); y < first || y > last {
		return refuse(path, "the year %d is outside of %d to %d", y, first, last)
	}
	return nil
}

func (c *writable) unique(v reflect.Value, path string) error {
	if c.format != Binary {
		return nil
	}
	b := make([]byte, v.Len())
	reflect.Copy(reflect.ValueOf(b), v)
	sum := crc32.ChecksumIEEE(b)
	if other, ok := c.data[sum]; ok && string(other) != string(b) {
		return refuse(path, "data with the CRC-32 of other data, %08x: write it as XML", sum)
	}
	if c.data == nil {
		c.data = map[uint32][]byte{}
	}
	c.data[sum] = b
	return nil
}
