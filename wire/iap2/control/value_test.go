package control

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func param(value string) Param { return Param{ID: 2, Value: []byte(value), Offset: 20} }

// read turns a typed read into one that a table can hold.
func read[T any](f func(Param) (T, error)) func(Param) (any, error) {
	return func(p Param) (any, error) { return f(p) }
}

func TestTypedReads(t *testing.T) {
	for _, c := range []struct {
		name  string
		read  func(Param) (any, error)
		value string
		want  any
		err   error
	}{
		{"uint8", read(Param.Uint8), "\xFE", uint8(0xFE), nil},
		{"uint8 of 2 bytes", read(Param.Uint8), "\x00\x01", uint8(0), ErrValueSize},
		{"uint16", read(Param.Uint16), "\x12\x34", uint16(0x1234), nil},
		{"uint16 of 1 byte", read(Param.Uint16), "\x12", uint16(0), ErrValueSize},
		{"uint32", read(Param.Uint32), "\x12\x34\x56\x78", uint32(0x12345678), nil},
		{"uint32 empty", read(Param.Uint32), "", uint32(0), ErrValueSize},
		{"uint64", read(Param.Uint64), "\x01\x02\x03\x04\x05\x06\x07\x08", uint64(0x0102030405060708), nil},
		{"uint64 of 4 bytes", read(Param.Uint64), "\x00\x00\x00\x00", uint64(0), ErrValueSize},
		{"int8", read(Param.Int8), "\xC4", int8(-60), nil},
		{"int16", read(Param.Int16), "\xFE\x98", int16(-360), nil},
		{"int64", read(Param.Int64), "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE", int64(-2), nil},
		{"any unsigned, 1", read(Param.Uint), "\xFF", uint64(255), nil},
		{"any unsigned, 2", read(Param.Uint), "\xFF\xFF", uint64(65535), nil},
		{"any unsigned, 4", read(Param.Uint), "\xFF\xFF\xFF\xFF", uint64(4294967295), nil},
		{"any unsigned, 3", read(Param.Uint), "\xFF\xFF\xFF", uint64(0), ErrValueSize},
		{"any signed, 1", read(Param.Int), "\xFF", int64(-1), nil},
		{"any signed, 2", read(Param.Int), "\x80\x00", int64(-32768), nil},
		{"any signed, 4", read(Param.Int), "\x7F\xFF\xFF\xFF", int64(2147483647), nil},
		{"any signed, 8", read(Param.Int), "\x80\x00\x00\x00\x00\x00\x00\x00", int64(-1 << 63), nil},
		{"any signed, 0", read(Param.Int), "", int64(0), ErrValueSize},
		{"bool 0", read(Param.Bool), "\x00", false, nil},
		{"bool 1", read(Param.Bool), "\x01", true, nil},
		{"bool 255 is true", read(Param.Bool), "\xFF", true, nil},
		{"empty bool is true", read(Param.Bool), "", true, nil},
		{"bool of 2 bytes", read(Param.Bool), "\x00\x00", false, ErrValueSize},
		{"text", read(Param.Text), "en\x00", "en", nil},
		{"empty text", read(Param.Text), "\x00", "", nil},
		{"text without NUL", read(Param.Text), "en", "", ErrNoTerminator},
		{"text of no bytes", read(Param.Text), "", "", ErrNoTerminator},
		{"text with NUL inside", read(Param.Text), "a\x00b\x00", "", ErrInnerNUL},
		{"text ending in two NULs", read(Param.Text), "a\x00\x00", "", ErrInnerNUL},
		{"texts", read(Param.Texts), "en\x00de\x00", []string{"en", "de"}, nil},
		{"texts, one", read(Param.Texts), "en\x00", []string{"en"}, nil},
		{"texts, empty ones", read(Param.Texts), "\x00\x00", []string{"", ""}, nil},
		{"texts without NUL", read(Param.Texts), "en\x00de", []string(nil), ErrNoTerminator},
		{"texts of no bytes", read(Param.Texts), "", []string(nil), ErrNoTerminator},
		{"blob", read(Param.Blob), "\x00\x01", []byte{0, 1}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.read(param(c.value))
			assert.Equal(t, c.want, got)
			if c.err == nil {
				require.NoError(t, err)
				return
			}
			var at *Error
			require.ErrorAs(t, err, &at)
			assert.Equal(t, &Error{Offset: 24, Field: "parameter 0x0002 value size", Value: uint64(len(c.value)), Err: c.err}, at)
		})
	}
}

func TestMissingParameterFailsEveryRead(t *testing.T) {
	var none Params
	p := none.Find(7)
	assert.False(t, p.Present())
	for name, read := range map[string]func() error{
		"uint8":  func() error { _, err := p.Uint8(); return err },
		"uint16": func() error { _, err := p.Uint16(); return err },
		"uint":   func() error { _, err := p.Uint(); return err },
		"int":    func() error { _, err := p.Int(); return err },
		"bool":   func() error { _, err := p.Bool(); return err },
		"text":   func() error { _, err := p.Text(); return err },
		"texts":  func() error { _, err := p.Texts(); return err },
		"blob":   func() error { _, err := p.Blob(); return err },
		"ids":    func() error { _, err := p.IDs(); return err },
		"group":  func() error { _, err := p.Group(); return err },
		"flag":   p.Flag,
	} {
		assert.ErrorIs(t, read(), ErrMissing, name)
	}
}

func TestFlag(t *testing.T) {
	require.NoError(t, param("").Flag())
	require.ErrorIs(t, param("\x01").Flag(), ErrValueSize)
	assert.True(t, param("\x01").Present())
}

func TestPackedIDs(t *testing.T) {
	ids, err := param("\xAE\x00\xAE\x02").IDs()
	require.NoError(t, err)
	assert.Equal(t, []uint16{0xAE00, 0xAE02}, slices.Collect(ids.All()))
	assert.Equal(t, 2, ids.Len())
	assert.Equal(t, uint16(0xAE02), ids.At(1))
	for range ids.All() {
		break
	}

	list, err := param("").AppendIDs([]uint16{1})
	require.NoError(t, err)
	assert.Equal(t, []uint16{1}, list)

	list, err = param("\xAE\x00\xAE").AppendIDs(nil)
	require.ErrorIs(t, err, ErrValueSize)
	assert.Empty(t, list)
}

func TestGroupKnowsItsPlaceInTheMessage(t *testing.T) {
	m, err := Parse(unhex(t, "40400016"+"4300"+"00040001"+"000c0000"+"0005000001"+"00000007"[:6]))
	require.NoError(t, err)
	_, err = m.Params.Find(0).Group()
	var at *Error
	require.ErrorAs(t, err, &at)
	assert.Equal(t, int64(19), at.Offset)
	require.ErrorIs(t, err, ErrTrailing)

	m, err = Parse(unhex(t, "40400013"+"4300"+"00040001"+"00090000"+"0005000001"))
	require.NoError(t, err)
	g, err := m.Params.Find(0).Group()
	require.NoError(t, err)
	p := g.Find(0)
	assert.Equal(t, 14, p.Offset)
	available, err := p.Bool()
	require.NoError(t, err)
	assert.True(t, available)
}
