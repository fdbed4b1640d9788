package plist

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// Fields reads a dictionary field by field. A field that is not there reads as
// the zero value; one of the wrong type does, too, and the first such error
// stays in Err.
type Fields struct {
	Dict map[string]any
	Path string // of the dictionary, for errors
	err  error
}

// Err returns the first error, an [*Error].
func (f *Fields) Err() error { return f.err }

// Has reports whether a field is there.
func (f *Fields) Has(key string) bool {
	_, ok := f.Dict[key]
	return ok
}

// Need makes a field that is not there an error of [ErrMissing].
func (f *Fields) Need(keys ...string) {
	for _, key := range keys {
		if !f.Has(key) {
			f.fail(key, ErrMissing, "missing")
		}
	}
}

func (f *Fields) fail(key string, sentinel error, detail string) {
	if f.err == nil {
		f.err = &Error{Offset: -1, Path: joinKey(f.Path, key), Err: sentinel, Detail: detail}
	}
}

func get[T any](f *Fields, key, want string) (value T) {
	v, ok := f.Dict[key]
	if !ok {
		return value
	}
	value, ok = v.(T)
	if !ok {
		f.fail(key, ErrType, fmt.Sprintf("is %s, want %s", TypeName(v), want))
	}
	return value
}

// String returns a string.
func (f *Fields) String(key string) string { return get[string](f, key, "string") }

// Data returns data.
func (f *Fields) Data(key string) []byte { return get[[]byte](f, key, "data") }

// Bool returns a boolean.
func (f *Fields) Bool(key string) bool { return get[bool](f, key, "boolean") }

// Array returns an array.
func (f *Fields) Array(key string) []any { return get[[]any](f, key, "array") }

// Map returns a dictionary.
func (f *Fields) Map(key string) map[string]any { return get[map[string]any](f, key, "dictionary") }

// Sub returns the fields of a dictionary. Its errors are its own.
func (f *Fields) Sub(key string) *Fields {
	return &Fields{Dict: f.Map(key), Path: joinKey(f.Path, key)}
}

// Int returns an integer within low and high.
func (f *Fields) Int(key string, low, high int64) int64 {
	v, ok := f.Dict[key]
	if !ok {
		return 0
	}
	n := int64(0)
	switch v := v.(type) {
	case int64:
		n = v
	case uint64:
		if n = int64(v); v > math.MaxInt64 {
			f.fail(key, ErrType, fmt.Sprintf("is %d, want %d to %d", v, low, high))
			return 0
		}
	default:
		f.fail(key, ErrType, fmt.Sprintf("is %s, want integer", TypeName(v)))
		return 0
	}
	if n < low || n > high {
		f.fail(key, ErrType, fmt.Sprintf("is %d, want %d to %d", n, low, high))
		return 0
	}
	return n
}

// Uint32 returns an integer of 32 bits without sign.
func (f *Fields) Uint32(key string) uint32 { return uint32(f.Int(key, 0, math.MaxUint32)) }

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
