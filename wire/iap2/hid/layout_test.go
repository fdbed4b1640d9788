package hid

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// vector gives the bytes of one of the shared test vectors.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("../testdata/iap2.json")
	require.NoError(t, err)
	var list []struct{ Name, Hex string }
	require.NoError(t, json.Unmarshal(text, &list))
	for _, v := range list {
		if v.Name == name {
			b, err := hex.DecodeString(v.Hex)
			require.NoError(t, err)
			return b
		}
	}
	t.Fatalf("no vector %q", name)
	return nil
}

// The table of report sizes is what the captured descriptor says, and the
// descriptor is what the table gives.
func TestHighSpeedLayoutIsThatOfTheDescriptor(t *testing.T) {
	captured := vector(t, "usb-hid-report-descriptor-hs")
	require.Len(t, captured, 208)
	d, err := ParseDescriptor(captured)
	require.NoError(t, err)
	require.Len(t, d.Reports, 21)
	assert.Equal(t, DescribedReport{Kind: Input, ID: 1, Bits: 40}, d.Reports[0])
	assert.Equal(t, DescribedReport{Kind: Output, ID: 21, Bits: 2040}, d.Reports[20])

	l, err := d.Layout()
	require.NoError(t, err)
	assert.Equal(t, HighSpeed(), l)
	assert.Equal(t, captured, HighSpeed().AppendDescriptor(nil))
}

func TestLayoutsCarryPackets(t *testing.T) {
	for name, l := range map[string]Layout{"high speed": HighSpeed(), "full speed": FullSpeed()} {
		require.NoError(t, l.Check(), name)
		d, err := ParseDescriptor(l.AppendDescriptor([]byte{}))
		require.NoError(t, err, name)
		again, err := d.Layout()
		require.NoError(t, err, name)
		assert.Equal(t, l, again, name)
	}
	assert.Equal(t, 768, HighSpeed().Input.Largest())
	assert.Equal(t, 256, HighSpeed().Output.Largest())
	assert.Equal(t, 64, FullSpeed().Input.Largest(), "a full-speed interrupt packet")
	assert.Zero(t, Reports{}.Largest())
}

func TestSmallestReportThatFits(t *testing.T) {
	for _, c := range []struct {
		reports Reports
		bytes   int
		want    uint8
	}{
		{HighSpeed().Input, 1, 1}, {HighSpeed().Input, 4, 1}, {HighSpeed().Input, 5, 2}, {HighSpeed().Input, 8, 2},
		{HighSpeed().Input, 9, 3}, {HighSpeed().Input, 192, 8}, {HighSpeed().Input, 193, 9}, {HighSpeed().Input, 256, 9},
		{HighSpeed().Input, 766, 12}, {HighSpeed().Input, 767, 12}, {HighSpeed().Input, 5000, 12},
		{HighSpeed().Output, 4, 13}, {HighSpeed().Output, 254, 21}, {HighSpeed().Output, 255, 21},
		{FullSpeed().Input, 11, 1}, {FullSpeed().Input, 12, 2}, {FullSpeed().Input, 62, 4}, {FullSpeed().Input, 63, 4},
		{FullSpeed().Output, 7, 5}, {FullSpeed().Output, 9, 6}, {FullSpeed().Output, 62, 9},
	} {
		assert.Equal(t, c.want, c.reports.Fit(c.bytes).ID, "%d bytes", c.bytes)
	}
	r, ok := HighSpeed().Input.Find(12)
	assert.True(t, ok)
	assert.Equal(t, Report{ID: 12, Len: 767}, r)
	assert.Equal(t, 766, r.Room())
	_, ok = HighSpeed().Input.Find(13)
	assert.False(t, ok, "13 is an output report")
}

func TestUnfitLayouts(t *testing.T) {
	good := Reports{{1, 5}}
	for _, c := range []struct {
		layout Layout
		want   string
	}{
		{Layout{}, "hid: no input report: reports cannot carry link packets"},
		{Layout{Input: good}, "hid: no output report: reports cannot carry link packets"},
		{Layout{Input: Reports{{0, 5}}, Output: good}, "hid: input report 0 has no id: reports cannot carry link packets"},
		{Layout{Input: good, Output: Reports{{3, 1}}}, "hid: output report 3 has 1 bytes, no room beyond the link control byte: reports cannot carry link packets"},
		{Layout{Input: Reports{{1, 9}, {2, 5}}, Output: good}, "hid: input report 2 is out of order: reports cannot carry link packets"},
	} {
		err := c.layout.Check()
		require.ErrorIs(t, err, ErrLayout)
		assert.EqualError(t, err, c.want)
	}
}
