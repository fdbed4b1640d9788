package plist

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/plugfest/plugfest/wire/plist/plisttest"
)

// FuzzDecode: what passes Check is decoded by the library without a complaint or
// a panic, is within the limits, and survives being written and read again.
func FuzzDecode(f *testing.F) {
	for _, b := range plisttest.Bombs() {
		if doc := b.Doc(); len(doc) < 4<<10 {
			f.Add(doc)
		}
	}
	f.Add([]byte(deviceList))
	f.Add(sharedBomb(3, 4))
	f.Add(chainBomb(100))
	f.Add(overlapBomb(50))
	f.Add(contentBomb(1000, 500))
	f.Add(deepXML(100))
	f.Add(inPlist("<dict><key>CF$UID</key><integer>-7</integer></dict>"))
	for _, v := range []any{"text", "🚗", -1, uint64(math.MaxUint64), 0.5, float32(0.5), []byte{1}, UID(300), []any{true, "a", "a"},
		map[string]any{"a": map[string]any{"b": []any{}}}, time.Unix(1e9, 0)} {
		doc, err := AppendBinary(nil, v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	limits := Limits{Size: 1 << 20, Depth: 32, Objects: 2000, Content: 1 << 18}
	f.Fuzz(func(t *testing.T, doc []byte) {
		format, err := Check(doc, limits)
		v, decodeErr := Decode(doc, limits)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Offset > int64(len(doc)) {
				t.Fatalf("%#v", err)
			}
			if decodeErr == nil || decodeErr.Error() != err.Error() {
				t.Fatalf("Check: %v, Decode: %v", err, decodeErr)
			}
			return
		}
		if decodeErr != nil {
			t.Fatalf("passed Check as %v, then %v", format, decodeErr)
		}
		if n, deep := measure(v); n > limits.Objects || deep > limits.Depth {
			t.Fatalf("%d objects, %d deep", n, deep)
		}
		again, err := AppendBinary(nil, v)
		if err != nil {
			if strings.Contains(err.Error(), errPanicked.Error()) {
				t.Fatal(err)
			}
			return // not a number, a far date
		}
		back, err := Decode(again, Limits{})
		if err != nil {
			t.Fatalf("written again: %v", err)
		}
		if !same(v, back) {
			t.Fatalf("%#v\nbecame %#v", v, back)
		}
	})
}

// measure counts values and keys, and levels.
func measure(v any) (n, deep int) {
	n = 1
	add := func(e any) {
		m, d := measure(e)
		n += m
		deep = max(deep, d)
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			add(e)
		}
		deep++
	case map[string]any:
		for _, e := range v {
			n++
			add(e)
		}
		deep++
	}
	return n, deep
}

// same compares values; dates lose nanoseconds on the way.
func same(a, b any) bool {
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k := range a {
			if !same(a[k], b[k]) {
				return false
			}
		}
		return true
	case time.Time:
		b, ok := b.(time.Time)
		return ok && a.Sub(b).Abs() < time.Millisecond
	}
	return reflect.DeepEqual(a, b)
}
