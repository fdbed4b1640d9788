package plist

import (
	"hash/crc32"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"howett.net/plist"
	"pgregory.net/rapid"
)

func TestAppendXML(t *testing.T) {
	b, err := AppendXML([]byte("head|"), map[string]any{"MessageType": "Result", "Number": 3, "Data": []byte("hi"), "Empty": []string{}})
	require.NoError(t, err)
	require.Equal(t, `head|<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
	<dict>
		<key>Data</key>
		<data>aGk=</data>
		<key>Empty</key>
		<array>
		</array>
		<key>MessageType</key>
		<string>Result</string>
		<key>Number</key>
		<integer>3</integer>
	</dict>
</plist>
`, string(b))
}

func TestAppendBinary(t *testing.T) {
	b, err := AppendBinary(nil, map[string]any{"Command": "Polo"})
	require.NoError(t, err)
	require.Equal(t, "bplist00\xd1\x01\x02\x57Command\x54Polo\x08\x0b\x13"+
		"\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x18", string(b))
}

// The same value gives the same bytes: maps are written in order.
func TestEncodingIsDeterministic(t *testing.T) {
	v := map[string]any{}
	for i := range 50 {
		v[string(rune('A'+i))] = i
	}
	for _, f := range []Format{XML, Binary} {
		first, err := Append(nil, f, v)
		require.NoError(t, err)
		for range 10 {
			again, _ := Append(nil, f, v)
			require.Equal(t, first, again)
		}
	}
}

// collision returns two different texts with the same CRC-32.
func collision() (a, b []byte) {
	seen := map[uint32][]byte{}
	for i := uint64(0); ; i++ {
		x := []byte{byte(i), byte(i >> 8), byte(i >> 16), byte(i >> 24), byte(i * 31), byte(i * 31 >> 8), byte(i * 7 >> 4), byte(i * 13 >> 9)}
		sum := crc32.ChecksumIEEE(x)
		if y, ok := seen[sum]; ok {
			return y, x
		}
		seen[sum] = x
	}
}

func TestValuesThatCannotBeWritten(t *testing.T) {
	a, b := collision()
	require.NotEqual(t, a, b)
	cycle := map[string]any{}
	cycle["self"] = cycle
	loop := []any{nil}
	loop[0] = loop
	var pointer any
	pointer = &pointer
	type withPointer struct{ P *int }
	type flagged struct {
		P *int `plist:"P,omitempty"`
		T string
	}
	for _, c := range []struct {
		name   string
		value  any
		format Format
		want   string
	}{
		{"nothing", nil, XML, "plist: nil"},
		{"nil in an array", []any{1, nil}, XML, "plist: [1]: nil"},
		{"nil in an array, binary", []any{1, nil}, Binary, "plist: [1]: nil"},
		{"nil in a struct", withPointer{}, XML, "plist: P: nil"},
		{"nil, left out", flagged{}, XML, ""},
		{"nil in a map", map[string]any{"b": nil, "a": nil}, XML, "plist: a: nil"},
		{"cycle of maps", cycle, XML, "more than 512 levels deep, or a cycle"},
		{"cycle of slices", loop, Binary, "more than 512 levels deep, or a cycle"},
		{"cycle of pointers", pointer, XML, "more than 512 levels deep, or a cycle"},
		{"function", []any{func() {}}, XML, "plist: [0]: no property list holds a func()"},
		{"keys of numbers", map[int]int{}, XML, "plist: map[int]int: keys must be strings"},
		{"nil embedded struct", outer{}, XML, "plist: Label: in an embedded struct that is nil"},
		{"not a number, XML", math.NaN(), XML, ""},
		{"not a number, binary", []float64{math.NaN()}, Binary, "plist: [0]: not a number"},
		{"year 3000, XML", time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC), XML, ""},
		{"year 3000, binary", time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC), Binary, "plist: the year 3000 is outside of 1678 to 2261"},
		{"year 10000", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), XML, "plist: the year 10000 is outside of 1 to 9999"},
		{"equal CRC-32, XML", [][]byte{a, b}, XML, ""},
		{"equal CRC-32, binary", [][]byte{a, b}, Binary, "plist: [1]: data with the CRC-32 of other data"},
		{"equal data, binary", [][]byte{a, a}, Binary, ""},
		{"arrays of bytes", [][4]byte{{1}, {2}}, Binary, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dst := []byte("kept")
			out, err := Append(dst, c.format, c.value)
			if c.want == "" {
				require.NoError(t, err)
				_, err = Check(out[len(dst):], Limits{})
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrValue)
			require.ErrorContains(t, err, c.want)
			require.Equal(t, dst, out)
		})
	}
	_, err := Append(nil, 9, true)
	require.ErrorIs(t, err, ErrFormat)
}

// Why values are refused: what the library alone does with them. When one of
// these fails, the refusal can go.
func TestWhatTheLibraryGetsWrong(t *testing.T) {
	a, b := collision()
	doc, err := plist.Marshal([][]byte{a, b}, plist.BinaryFormat)
	require.NoError(t, err)
	var back [][]byte
	_, err = plist.Unmarshal(doc, &back)
	require.NoError(t, err)
	assert.Equal(t, [][]byte{a, a}, back, "two data became one")

	assert.Panics(t, func() { _, _ = plist.Marshal([]any{nil}, plist.BinaryFormat) })
	var v any
	wraps := binaryDoc{refSize: 2, objects: [][]byte{{tagArray | 0xF, 0x13, 0x80, 0, 0, 0, 0, 0, 0, 0}}}.bytes()
	assert.Panics(t, func() { _, _ = plist.Unmarshal(wraps, &v) }, "an array of 2^63 references of 2 bytes")
	_, err = plist.Unmarshal(binaryDoc{refSize: 8, objects: [][]byte{{0x09}}}.bytes(), &v)
	assert.Error(t, err, "references of 8 bytes")
	_, err = plist.Unmarshal(sharedBomb(3, 100), &v)
	require.NoError(t, err)
	assert.Len(t, v.([]any)[0].([]any)[0], 100, "a million values from 700 bytes")
}

func TestOmitEmpty(t *testing.T) {
	type all struct {
		S string         `plist:"s,omitempty"`
		L []byte         `plist:"l,omitempty"`
		M map[string]int `plist:"m,omitempty"`
		A [0]int         `plist:"a,omitempty"`
		B bool           `plist:"b,omitempty"`
		I any            `plist:"i,omitempty"`
		N int            `plist:"n"`
		T struct{}       `plist:"t,omitempty"`
	}
	doc, err := AppendXML(nil, all{})
	require.NoError(t, err)
	v, err := Decode(doc, Limits{})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"n": uint64(0), "t": map[string]any{}}, v)
}

// genValue draws values that both formats can hold.
func genValue(depth int) *rapid.Generator[any] {
	text := rapid.StringOf(rapid.RuneFrom([]rune("aZ09 <&>\"'äß漢🚗\n\t")))
	leaf := []*rapid.Generator[any]{
		text.AsAny(),
		rapid.Bool().AsAny(),
		rapid.Uint64().AsAny(),
		rapid.Int64Range(math.MinInt64, -1).AsAny(),
		rapid.Float64().AsAny(),
		rapid.SliceOfN(rapid.Byte(), 0, 40).AsAny(),
		rapid.Custom(func(t *rapid.T) any {
			return time.Unix(rapid.Int64Range(-9e9, 9e9).Draw(t, "seconds"), 0).UTC()
		}),
		rapid.Custom(func(t *rapid.T) any { return UID(rapid.Uint64().Draw(t, "uid")) }),
	}
	if depth == 0 {
		return rapid.OneOf(leaf...)
	}
	inner := rapid.Deferred(func() *rapid.Generator[any] { return genValue(depth - 1) })
	return rapid.OneOf(append(leaf, rapid.SliceOfN(inner, 0, 20).AsAny(), rapid.MapOfN(text, inner, 0, 20).AsAny())...)
}

// What is written is read back, in both formats.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := genValue(4).Draw(t, "value")
		for _, f := range []Format{XML, Binary} {
			doc, err := Append(nil, f, v)
			require.NoError(t, err)
			back, err := Decode(doc, Limits{})
			require.NoError(t, err, "%s", doc)
			require.True(t, same(v, back), "%v: %#v\nbecame %#v", f, v, back)
		}
	})
}
