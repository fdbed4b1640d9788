package plist

import (
	"bytes"
	"fmt"
	"slices"

	"howett.net/plist"
)

// UID is a reference within an NSKeyedArchiver document.
type UID = plist.UID

// Decode checks a document and returns its value, in the types that the package
// comment lists. Errors are [*Error]. The value holds nothing of data.
func Decode(data []byte, l Limits) (any, error) {
	f, err := Check(data, l)
	if err != nil {
		return nil, err
	}
	if f == XML {
		data = bytes.TrimPrefix(trailing(data), []byte("\xef\xbb\xbf"))
	}
	var v any
	if err := unmarshal(data, &v); err != nil {
		return nil, &Error{Offset: -1, Err: ErrSyntax, Detail: err.Error()}
	}
	return own(v), nil
}

// DecodeDict is Decode of a document whose value must be a dictionary, as that
// of nearly every message is.
func DecodeDict(data []byte, l Limits) (map[string]any, error) {
	v, err := Decode(data, l)
	if err != nil {
		return nil, err
	}
	d, ok := v.(map[string]any)
	if !ok {
		return nil, &Error{Offset: -1, Err: ErrType, Detail: fmt.Sprintf("is %s, want dictionary", TypeName(v))}
	}
	return d, nil
}

// unmarshal turns a panic of the library into an error. Check leaves none to
// come; the fuzz target looks for one.
func unmarshal(data []byte, v any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errPanicked, r)
		}
	}()
	_, err = plist.Unmarshal(data, v)
	return err
}

var errPanicked = fmt.Errorf("howett.net/plist panicked")

// own gives data their own memory: in a binary list they are slices of one
// buffer, and strings lie in the same one.
func own(v any) any {
	switch v := v.(type) {
	case []byte:
		return slices.Clone(v)
	case []any:
		for i := range v {
			v[i] = own(v[i])
		}
	case map[string]any:
		for k := range v { // each by itself: the order is of no matter
			v[k] = own(v[k])
		}
	}
	return v
}
