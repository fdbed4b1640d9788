package control

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBuilderWritesEveryType(t *testing.T) {
	var b Builder
	wire, err := b.Begin(nil, 0x1234).
		Uint8(0, 0xFE).Uint16(1, 0x1234).Uint32(2, 0x12345678).Uint64(3, 0x0102030405060708).
		Int8(4, -60).Int16(5, -360).Int64(6, -2).Bool(7, true).Bool(8, false).Flag(9).
		Text(10, "en").Text(11, "").Blob(12, []byte{1, 2, 3}).IDs(13, 0xAE00, 0xAE02).IDs(14).
		Open(15).Uint8(0, 1).Open(1).Flag(0).Close().Close().
		Finish()
	require.NoError(t, err)
	assert.Equal(t, strings.Join([]string{
		"4040007a1234",
		"00050000fe", "000600011234", "0008000212345678", "000c00030102030405060708",
		"00050004c4", "00060005fe98", "000c0006fffffffffffffffe", "0005000701", "0005000800", "00040009",
		"0007000a656e00", "0005000b00", "0007000c010203", "0008000dae00ae02", "0004000e",
		"0011000f" + "0005000001" + "00080001" + "00040000",
	}, ""), hex.EncodeToString(wire))
	_, err = Parse(wire)
	require.NoError(t, err)
}

func TestBuilderAppends(t *testing.T) {
	buf := []byte("before")
	var b Builder
	buf, err := b.Begin(buf, MsgAuthenticationSucceeded).Finish()
	require.NoError(t, err)
	buf, err = b.Begin(buf, MsgStartIdentification).Finish()
	require.NoError(t, err)
	assert.Equal(t, "before\x40\x40\x00\x06\xaa\x05\x40\x40\x00\x06\x1d\x00", string(buf))
}

func TestBuilderWritesBareLists(t *testing.T) {
	var b Builder
	list, err := b.BeginParams(nil).Open(0).Text(1, "One").Close().Open(1).Text(1, "Two").Close().Finish()
	require.NoError(t, err)
	p, err := ParseParams(list)
	require.NoError(t, err)
	var titles []string
	for item := range p.All() {
		g, err := item.Group()
		require.NoError(t, err)
		title, err := g.Find(1).Text()
		require.NoError(t, err)
		titles = append(titles, title)
	}
	assert.Equal(t, []string{"One", "Two"}, titles)
}

func TestBuilderRefuses(t *testing.T) {
	big := make([]byte, 40000)
	for _, c := range []struct {
		name  string
		build func(b *Builder)
		want  error
	}{
		{"value too long", func(b *Builder) { b.Blob(0, make([]byte, 65532)) }, ErrTooLong},
		{"message too long", func(b *Builder) { b.Blob(0, big).Blob(1, big) }, ErrTooLong},
		{"group too long", func(b *Builder) { b.Open(3).Blob(0, big).Blob(1, big).Close() }, ErrTooLong},
		{"text with NUL", func(b *Builder) { b.Text(0, "a\x00b") }, ErrInnerNUL},
		{"group left open", func(b *Builder) { b.Open(0).Flag(1) }, ErrGroupNesting},
		{"group not open", func(b *Builder) { b.Flag(1).Close() }, ErrGroupNesting},
		{"groups too deep", func(b *Builder) {
			for range MaxGroupDepth + 1 {
				b.Open(0)
			}
		}, ErrGroupNesting},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b Builder
			b.Begin([]byte("kept"), 0x5001)
			c.build(&b)
			b.Flag(99) // the first mistake sticks
			buf, err := b.Finish()
			require.ErrorIs(t, err, c.want)
			assert.Equal(t, "kept", string(buf))
			var at *Error
			require.ErrorAs(t, err, &at)
			assert.Equal(t, uint16(0x5001), at.Message)
		})
	}
}

func TestLargestMessage(t *testing.T) {
	var b Builder
	wire, err := b.Begin(nil, 1).Blob(0, make([]byte, MaxValueLen)).Finish()
	require.NoError(t, err)
	assert.Len(t, wire, MaxMessageLen)
	m, err := Parse(wire)
	require.NoError(t, err)
	assert.Len(t, m.Params.Find(0).Value, MaxValueLen)

	_, err = b.Begin(nil, 1).Blob(0, make([]byte, MaxValueLen+1)).Finish()
	require.ErrorIs(t, err, ErrTooLong)
}
