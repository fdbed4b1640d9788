package control

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		wire string
		want Error
	}{
		{"nothing", "", Error{Field: "message header", Err: ErrIncomplete}},
		{"half a header", "404000", Error{Field: "message header", Value: 3, Err: ErrIncomplete}},
		{"no start mark", "40410006aa00", Error{Field: "start mark", Value: 0x4041, Err: ErrStartMark}},
		{"link packet", "ff5a0009400000005e", Error{Field: "start mark", Value: 0xFF5A, Err: ErrStartMark}},
		{"length 0", "40400000aa00", Error{Message: 0xAA00, Offset: 2, Field: "message length", Err: ErrMessageLength}},
		{"length 5", "40400005aa00", Error{Message: 0xAA00, Offset: 2, Field: "message length", Value: 5, Err: ErrMessageLength}},
		{"longer than stated", "40400006aa0000", Error{Message: 0xAA00, Offset: 2, Field: "message length", Value: 6, Err: ErrMessageLength}},
		{"shorter than stated", "4040000aaa03", Error{Message: 0xAA03, Offset: 2, Field: "message length", Value: 10, Err: ErrIncomplete}},
		{"parameter length 0", "4040000aaa0300000000", Error{Message: 0xAA03, Offset: 6, Field: "parameter 0x0000 length", Err: ErrParamLength}},
		{"parameter length 3", "4040000aaa0300030007", Error{Message: 0xAA03, Offset: 6, Field: "parameter 0x0007 length", Value: 3, Err: ErrParamLength}},
		{"parameter too long", "4040000aaa0300050000", Error{Message: 0xAA03, Offset: 6, Field: "parameter 0x0000 length", Value: 5, Err: ErrParamOverrun}},
		{"second parameter too long", "4040000fae010005000401ffff0002", Error{Message: 0xAE01, Offset: 11, Field: "parameter 0x0002 length", Value: 0xFFFF, Err: ErrParamOverrun}},
		{"1 trailing byte", "4040000bae0100040000ff", Error{Message: 0xAE01, Offset: 10, Field: "trailing bytes", Value: 1, Err: ErrTrailing}},
		{"3 trailing bytes", "4040000dae0100040000000400", Error{Message: 0xAE01, Offset: 10, Field: "trailing bytes", Value: 3, Err: ErrTrailing}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(unhex(t, c.wire))
			var at *Error
			require.ErrorAs(t, err, &at)
			assert.Equal(t, &c.want, at)
			require.ErrorIs(t, err, c.want.Err)
		})
	}
}

func TestErrorSaysWhatAndWhere(t *testing.T) {
	_, err := Parse(unhex(t, "40410006aa00"))
	assert.EqualError(t, err, "control: offset 0: start mark = 0x4041: start mark 40 40 missing")
	_, err = Parse(unhex(t, "4040000bae0100040000ff"))
	assert.EqualError(t, err, "control: message AE01, offset 10: trailing bytes = 1: bytes after the last parameter")
}

func TestParamsOfAMessage(t *testing.T) {
	m, err := Parse(unhex(t, "40400019ae01"+"0005000a01"+"00040003"+"0005000a02"+"0005000b03"))
	require.NoError(t, err)
	assert.Equal(t, 25, m.Len())
	assert.Equal(t, 4, m.Params.Len())

	var ids, offsets []int
	for p := range m.Params.All() {
		ids, offsets = append(ids, int(p.ID)), append(offsets, p.Offset)
	}
	assert.Equal(t, []int{10, 3, 10, 11}, ids)
	assert.Equal(t, []int{6, 11, 15, 20}, offsets)

	first, ok := m.Params.Get(10)
	require.True(t, ok)
	assert.Equal(t, []byte{1}, first.Value, "the first of two counts")
	var repeated []byte
	for p := range m.Params.Each(10) {
		repeated = append(repeated, p.Value...)
	}
	assert.Equal(t, []byte{1, 2}, repeated)
	assert.True(t, m.Params.Has(3))
	assert.False(t, m.Params.Has(4))
}

func TestIterationStopsWhenAsked(t *testing.T) {
	m, err := Parse(vector(t, "ae00-dji"))
	require.NoError(t, err)
	seen := 0
	for range m.Params.All() {
		seen++
		break
	}
	for range m.Params.Each(1) {
		seen++
		break
	}
	assert.Equal(t, 2, seen)
}

func TestCloneOutlivesItsBuffer(t *testing.T) {
	wire := vector(t, "ae01-dji")
	m, err := Parse(wire)
	require.NoError(t, err)
	kept := m.Clone()
	clear(wire)
	level, err := kept.Params.Find(6).Uint16()
	require.NoError(t, err)
	assert.Equal(t, uint16(90), level)
}

func TestAppendToRefusesTooLong(t *testing.T) {
	list, err := ParseParams(append(append(unhex(t, "fffb0000"), make([]byte, 0xFFF7)...), unhex(t, "00040001")...))
	require.NoError(t, err)
	m := Message{ID: 1, Params: list}
	dst := []byte{9}
	dst, err = m.AppendTo(dst)
	require.ErrorIs(t, err, ErrTooLong)
	assert.Equal(t, []byte{9}, dst)
}
