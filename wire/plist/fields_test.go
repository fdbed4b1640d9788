package plist

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func fieldsOfTest() *Fields {
	return &Fields{Path: "Request", Dict: map[string]any{
		"s": "text", "d": []byte{1}, "b": true, "a": []any{"x"}, "i": int64(-5), "u": uint64(70000),
		"huge": uint64(math.MaxUint64), "m": map[string]any{"k": "v", "n": uint64(1)},
	}}
}

func TestFields(t *testing.T) {
	f := fieldsOfTest()
	assert.Equal(t, "text", f.String("s"))
	assert.Equal(t, []byte{1}, f.Data("d"))
	assert.True(t, f.Bool("b"))
	assert.Equal(t, []any{"x"}, f.Array("a"))
	assert.Equal(t, int64(-5), f.Int("i", -10, 10))
	assert.Equal(t, uint32(70000), f.Uint32("u"))
	assert.Equal(t, "v", f.Sub("m").String("k"))
	assert.True(t, f.Has("s"))
	f.Need("s", "m")
	require.NoError(t, f.Err())

	assert.Zero(t, f.String("none"))
	assert.Zero(t, f.Int("none", 1, 2))
	assert.Zero(t, f.Sub("none").Uint32("none"))
	assert.False(t, f.Has("none"))
	require.NoError(t, f.Err(), "what is not there is no error")
}

func TestFieldsNameWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		read func(*Fields)
		want string
		kind error
	}{
		{func(f *Fields) { f.String("d") }, "plist: Request.d: is data, want string", ErrType},
		{func(f *Fields) { f.Data("s") }, "plist: Request.s: is string, want data", ErrType},
		{func(f *Fields) { f.Bool("u") }, "plist: Request.u: is integer, want boolean", ErrType},
		{func(f *Fields) { f.Array("m") }, "plist: Request.m: is dictionary, want array", ErrType},
		{func(f *Fields) { f.Map("a") }, "plist: Request.a: is array, want dictionary", ErrType},
		{func(f *Fields) { f.Int("s", 0, 1) }, "plist: Request.s: is string, want integer", ErrType},
		{func(f *Fields) { f.Int("i", 0, 65535) }, "plist: Request.i: is -5, want 0 to 65535", ErrType},
		{func(f *Fields) { f.Int("u", 0, 65535) }, "plist: Request.u: is 70000, want 0 to 65535", ErrType},
		{func(f *Fields) { f.Uint32("huge") }, "plist: Request.huge: is 18446744073709551615, want 0 to 4294967295", ErrType},
		{func(f *Fields) { f.Need("s", "x", "y") }, "plist: Request.x: missing", ErrMissing},
	} {
		f := fieldsOfTest()
		c.read(f)
		f.Need("later") // the first error stays
		assert.EqualError(t, f.Err(), c.want)
		assert.ErrorIs(t, f.Err(), c.kind)
	}
	sub := fieldsOfTest().Sub("m")
	sub.String("n")
	assert.EqualError(t, sub.Err(), "plist: Request.m.n: is integer, want string")
}
