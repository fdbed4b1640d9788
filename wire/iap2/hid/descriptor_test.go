package hid

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRemoteDescriptor(t *testing.T) {
	assert.Equal(t, vector(t, "hid-media-descriptor"), RemoteDescriptor())
	d, err := ParseDescriptor(RemoteDescriptor())
	require.NoError(t, err)
	assert.Equal(t, []DescribedReport{{Kind: Input, Bits: 8}}, d.Reports, "one report of one byte, without an id")
	_, err = d.Layout()
	require.ErrorIs(t, err, ErrLayout)
}

func TestDescriptorItems(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		want []DescribedReport
	}{
		{"nothing", nil, nil},
		{"feature", []byte{0x75, 8, 0x95, 3, 0xB1, 2}, []DescribedReport{{Kind: Feature, Bits: 24}}},
		{"fields add up", []byte{0x75, 1, 0x95, 6, 0x81, 2, 0x75, 2, 0x95, 1, 0x81, 3}, []DescribedReport{{Kind: Input, Bits: 8}}},
		{"kinds and ids are apart", []byte{0x75, 8, 0x95, 1, 0x85, 1, 0x81, 2, 0x91, 2, 0x85, 2, 0x81, 2},
			[]DescribedReport{{Input, 1, 8}, {Output, 1, 8}, {Input, 2, 8}}},
		{"push and pop", []byte{0x75, 8, 0x95, 1, 0xA4, 0x95, 9, 0x81, 2, 0xB4, 0x91, 2}, []DescribedReport{{Input, 0, 72}, {Output, 0, 8}}},
		{"4-byte item", []byte{0x77, 8, 0, 0, 0, 0x97, 0, 1, 0, 0, 0x81, 2}, []DescribedReport{{Input, 0, 2048}}},
		{"item without data", []byte{0x75, 8, 0x95, 1, 0x80}, []DescribedReport{{Input, 0, 8}}},
		{"long item", []byte{0xFE, 2, 0x10, 0xAA, 0xBB, 0x75, 8, 0x95, 1, 0x81, 2}, []DescribedReport{{Input, 0, 8}}},
	} {
		d, err := ParseDescriptor(c.in)
		require.NoError(t, err, c.name)
		assert.Equal(t, c.want, d.Reports, c.name)
	}
}

func TestMalformedDescriptors(t *testing.T) {
	pushes := make([]byte, 17)
	for i := range pushes {
		pushes[i] = 0xA4
	}
	for _, c := range []struct {
		name string
		in   []byte
		want Error
	}{
		{"item cut short", []byte{0x75}, Error{Offset: 0, Field: "item", Value: 0x75}},
		{"2-byte item cut short", []byte{0x75, 8, 0x26, 0xFF}, Error{Offset: 2, Field: "item", Value: 0x26}},
		{"long item cut short", []byte{0xFE, 1}, Error{Offset: 0, Field: "long item", Value: 2}},
		{"long item without its data", []byte{0xFE, 5, 0, 1}, Error{Offset: 1, Field: "long item size", Value: 5}},
		{"collection left open", []byte{0xA1, 1}, Error{Offset: 2, Field: "open collections", Value: 1}},
		{"collection not open", []byte{0xC0}, Error{Offset: 0, Field: "end of collection"}},
		{"report id 0", []byte{0x85, 0}, Error{Offset: 0, Field: "report id"}},
		{"report id 256", []byte{0x86, 0, 1}, Error{Offset: 0, Field: "report id", Value: 256}},
		{"pop of nothing", []byte{0xB4}, Error{Offset: 0, Field: "pop"}},
		{"pushes without end", pushes, Error{Offset: 16, Field: "push", Value: 16}},
		{"huge report", []byte{0x77, 0, 0, 1, 0, 0x97, 0, 0, 1, 0, 0x81, 2}, Error{Offset: 10, Field: "report bits", Value: 1 << 32}},
		{"huge count", []byte{0x75, 1, 0x97, 0xFF, 0xFF, 0xFF, 0xFF, 0x81, 2}, Error{Offset: 7, Field: "report bits", Value: 0xFFFFFFFF}},
		{"huge in sum", []byte{0x75, 8, 0x97, 0xFF, 0xFF, 0, 0, 0x81, 2, 0x95, 1, 0x81, 2}, Error{Offset: 11, Field: "report bits", Value: 8 * 65536}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseDescriptor(c.in)
			require.ErrorIs(t, err, ErrDescriptor)
			c.want.Err = ErrDescriptor
			assert.Equal(t, &c.want, err)
		})
	}
	_, err := ParseDescriptor([]byte{0x85, 0})
	assert.EqualError(t, err, "hid: offset 0: report id = 0: malformed report descriptor")
}

func TestLayoutIsOrderedByLength(t *testing.T) {
	l, err := Descriptor{Reports: []DescribedReport{{Input, 1, 160}, {Output, 3, 80}, {Input, 2, 40}, {Output, 4, 64}, {Feature, 9, 8}}}.Layout()
	require.NoError(t, err)
	assert.Equal(t, Layout{Input: Reports{{2, 5}, {1, 20}}, Output: Reports{{4, 8}, {3, 10}}}, l)
}

func TestKindNames(t *testing.T) {
	assert.Equal(t, "output", Output.String())
	assert.Equal(t, "unknown", Kind(9).String())
}
