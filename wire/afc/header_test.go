package afc_test

import (
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/afc"
)

// unhex reads hexadecimal with spaces.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return b
}

// The first packet of libimobiledevice, as observed.
const deviceInfoRequest = "434641364c504141 2800000000000000 2800000000000000 0100000000000000 0b00000000000000"

func TestHeaderVector(t *testing.T) {
	b := unhex(t, deviceInfoRequest)
	h, err := afc.ParseHeader(b)
	require.NoError(t, err)
	require.Equal(t, afc.Header{EntireLength: 40, ThisLength: 40, PacketNum: 1, Op: afc.OpGetDeviceInfo}, h)
	require.Equal(t, b, h.AppendTo(nil))
	require.Equal(t, h, afc.NewHeader(afc.OpGetDeviceInfo, 1, 0, 0))
	require.Zero(t, h.ArgsLen())
	require.Zero(t, h.DataLen())
}

func TestHeaderLengths(t *testing.T) {
	h := afc.NewHeader(afc.OpFileRefWrite, 7, 8, 1<<30)
	require.Equal(t, uint64(48), h.ThisLength)
	require.Equal(t, uint64(48+1<<30), h.EntireLength)
	require.Equal(t, uint64(8), h.ArgsLen())
	require.Equal(t, uint64(1<<30), h.DataLen())
}

func TestParseHeaderErrors(t *testing.T) {
	header := func(entire, this uint64) []byte {
		return afc.Header{EntireLength: entire, ThisLength: this, PacketNum: 9, Op: 3}.AppendTo(nil)
	}
	for _, c := range []struct {
		name string
		in   []byte
		want *afc.FrameError
		text string
	}{
		{"nothing", nil, &afc.FrameError{Field: "packet", Limit: 40, Err: afc.ErrTruncated},
			"afc: offset 0: packet 0 (want 40): stream ended inside a packet"},
		{"cut", header(40, 40)[:39], &afc.FrameError{Field: "packet", Value: 39, Limit: 40, Err: afc.ErrTruncated},
			"afc: offset 0: packet 39 (want 40): stream ended inside a packet"},
		{"garbage", []byte("GET / HTTP/1.1"), &afc.FrameError{Field: "magic", Value: 'G', Limit: 'C', Err: afc.ErrMagic},
			"afc: offset 0: magic 47 (want 43): not an AFC packet (wrong service, or a wrong length before?)"},
		{"other magic", []byte("CFA6LPAB"), &afc.FrameError{Offset: 7, Field: "magic", Value: 'B', Limit: 'A', Err: afc.ErrMagic},
			"afc: offset 7: magic 42 (want 41): not an AFC packet (wrong service, or a wrong length before?)"},
		{"short", header(40, 39), &afc.FrameError{Offset: 16, Field: "this length", Value: 39, Limit: 40, PacketNum: 9, Err: afc.ErrTooShort},
			"afc: offset 16: this length 39 (want 40): no room for the header"},
		{"mismatch", header(47, 48), &afc.FrameError{Offset: 8, Field: "entire length", Value: 47, Limit: 48, PacketNum: 9, Err: afc.ErrMismatch},
			"afc: offset 8: entire length 47 (want 48): entire length is below this length"},
		{"zero", header(0, 0), &afc.FrameError{Offset: 16, Field: "this length", Limit: 40, PacketNum: 9, Err: afc.ErrTooShort},
			"afc: offset 16: this length 0 (want 40): no room for the header"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := afc.ParseHeader(c.in)
			require.Equal(t, c.want, err)
			require.EqualError(t, err, c.text)
			require.ErrorIs(t, err, c.want.Err)
			require.Equal(t, afc.StatusHeaderInvalid, c.want.Status())
		})
	}
	_, err := afc.ParseHeader(header(math.MaxUint64, math.MaxUint64))
	require.NoError(t, err, "a header by itself knows no limits")
}
