package afc_test

import (
	"bytes"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/afc"
)

// packet is what a test expects of a whole packet.
type packet struct {
	head afc.Header
	args string
	data string
}

// collect feeds b in pieces of step bytes and joins the items.
func collect(t testing.TB, d *afc.Decoder, b []byte, step int) (out []packet, err error) {
	t.Helper()
	for len(b) > 0 {
		n := min(step, len(b))
		piece := bytes.Clone(b[:n])
		b = b[n:]
		d.Feed(piece)
		for {
			it, ok, err := d.Next()
			if err != nil {
				return out, err
			}
			if !ok {
				break
			}
			if it.Head() {
				out = append(out, packet{head: it.Header, args: string(it.Args)})
				continue
			}
			p := &out[len(out)-1]
			require.Equal(t, p.head, it.Header)
			p.data += string(it.Data)
			require.Equal(t, p.head.DataLen()-uint64(len(p.data)), it.Left)
		}
		clear(piece) // borrowed no longer
	}
	return out, nil
}

// three is a write with data, a listing, and a reply with nothing.
func three(t testing.TB) ([]byte, []packet) {
	data := "some bytes for the file"
	w := &afc.Request{Op: afc.OpFileRefWrite, Handle: 3}
	b, err := w.AppendTo(nil, 1, uint64(len(data)))
	require.NoError(t, err)
	b = append(b, data...)
	r := &afc.Request{Op: afc.OpReadDir, Path: "/DCIM"}
	b, err = r.AppendTo(b, 2, 0)
	require.NoError(t, err)
	b = afc.AppendData(b, 3, 0)
	return b, []packet{
		{afc.NewHeader(afc.OpFileRefWrite, 1, 8, uint64(len(data))), "\x03\x00\x00\x00\x00\x00\x00\x00", data},
		{afc.NewHeader(afc.OpReadDir, 2, 6, 0), "/DCIM\x00", ""},
		{afc.NewHeader(afc.OpData, 3, 0, 0), "", ""},
	}
}

func TestDecoderCutAnywhere(t *testing.T) {
	b, want := three(t)
	for step := 1; step <= len(b); step++ {
		d := afc.NewDecoder(afc.DefaultLimits)
		got, err := collect(t, d, b, step)
		require.NoError(t, err)
		require.Equal(t, want, got, "in pieces of %d", step)
		require.EqualValues(t, len(b), d.Offset())
		require.False(t, d.Partial())
		require.NoError(t, d.Finish())
	}
}

func TestDecoderFedWithoutDraining(t *testing.T) {
	b, want := three(t)
	d := afc.NewDecoder(afc.DefaultLimits)
	d.Feed(b[:30])
	d.Feed(b[30:50])
	got, err := collect(t, d, b[50:], 1000)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// go-ios writes header, arguments and data apart, and leaves out the NUL:
// ReadDir of the root comes as 41 bytes.
func TestDecoderThreeWrites(t *testing.T) {
	d := afc.NewDecoder(afc.DefaultLimits)
	d.Feed(afc.NewHeader(afc.OpReadDir, 1, 1, 0).AppendTo(nil))
	_, ok, err := d.Next()
	require.NoError(t, err)
	require.False(t, ok)
	require.True(t, d.Partial())
	d.Feed([]byte("/"))
	it, ok, err := d.Next()
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "/", string(it.Args))
	require.EqualValues(t, 41, d.Offset())
}

func TestDecoderLimits(t *testing.T) {
	for _, c := range []struct {
		name         string
		entire, this uint64
		want         *afc.FrameError
		status       afc.Status
	}{
		{"largest", 40 + 100 + 1000, 140, nil, 0},
		{"arguments", 141, 141, &afc.FrameError{Offset: 16, Field: "this length", Value: 141, Limit: 140, PacketNum: 5, Err: afc.ErrTooLong}, afc.StatusTooMuchData},
		{"data", 1141, 140, &afc.FrameError{Offset: 8, Field: "entire length", Value: 1141, Limit: 1140, PacketNum: 5, Err: afc.ErrTooLong}, afc.StatusTooMuchData},
		{"every bit", math.MaxUint64, 40, &afc.FrameError{Offset: 8, Field: "entire length", Value: math.MaxUint64, Limit: 1040, PacketNum: 5, Err: afc.ErrTooLong}, afc.StatusTooMuchData},
		{"every bit twice", math.MaxUint64, math.MaxUint64, &afc.FrameError{Offset: 16, Field: "this length", Value: math.MaxUint64, Limit: 140, PacketNum: 5, Err: afc.ErrTooLong}, afc.StatusTooMuchData},
		{"sign bit", 1 << 63, 40, &afc.FrameError{Offset: 8, Field: "entire length", Value: 1 << 63, Limit: 1040, PacketNum: 5, Err: afc.ErrTooLong}, afc.StatusTooMuchData},
		{"short", 48, 8, &afc.FrameError{Offset: 16, Field: "this length", Value: 8, Limit: 40, PacketNum: 5, Err: afc.ErrTooShort}, afc.StatusHeaderInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := afc.NewDecoder(afc.Limits{Args: 100, Data: 1000})
			d.Feed(afc.Header{EntireLength: c.entire, ThisLength: c.this, PacketNum: 5, Op: afc.OpFileRefWrite}.AppendTo(nil))
			_, ok, err := d.Next()
			require.False(t, ok)
			if c.want == nil {
				require.NoError(t, err)
				return
			}
			require.Equal(t, c.want, err)
			require.Equal(t, c.status, c.want.Status())
			d.Feed(afc.AppendStatus(nil, 1, 0))
			_, _, again := d.Next()
			require.Equal(t, err, again, "an error is final")
			require.Equal(t, err, d.Finish())
		})
	}
}

// A header that announces much costs nothing before the bytes are there.
func TestDecoderAllocatesForWhatItHasSeen(t *testing.T) {
	h := afc.Header{EntireLength: 40 + 1<<30, ThisLength: 40 + 1<<30, Op: afc.OpReadDir}.AppendTo(nil)
	d := afc.NewDecoder(afc.Limits{Args: 1 << 30, Data: 1 << 62})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d.Feed(h)
	_, ok, err := d.Next()
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.False(t, ok)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<10))
}

func TestDecoderGarbageInMidStream(t *testing.T) {
	b, want := three(t)
	d := afc.NewDecoder(afc.DefaultLimits)
	got, err := collect(t, d, append(b, "CFA7"...), 7)
	require.Equal(t, want, got, "what came before is kept")
	require.Equal(t, &afc.FrameError{Offset: int64(len(b)) + 3, Field: "magic", Value: '7', Limit: '6', Err: afc.ErrMagic}, err)
}

func TestDecoderFinish(t *testing.T) {
	b, _ := three(t)
	write := 48 + len("some bytes for the file")
	for _, c := range []struct {
		n    int
		want *afc.FrameError
	}{
		{10, &afc.FrameError{Field: "packet", Value: 10, Limit: 40, Err: afc.ErrTruncated}},
		{44, &afc.FrameError{Field: "packet", Value: 44, Limit: uint64(write), PacketNum: 1, Err: afc.ErrTruncated}},
		{50, &afc.FrameError{Offset: 50, Field: "packet", Value: 50, Limit: uint64(write), PacketNum: 1, Err: afc.ErrTruncated}},
		{write + 1, &afc.FrameError{Offset: int64(write), Field: "packet", Value: 1, Limit: 40, Err: afc.ErrTruncated}},
	} {
		d := afc.NewDecoder(afc.DefaultLimits)
		_, err := collect(t, d, b[:c.n], 11)
		require.NoError(t, err)
		require.True(t, d.Partial())
		require.Equal(t, c.want, d.Finish(), "after %d bytes", c.n)
	}
}

// The way of file data does not allocate: neither a write that arrives, nor
// one that is cut in its head, nor the requests and replies around it.
func TestNoAllocations(t *testing.T) {
	d := afc.NewDecoder(afc.DefaultLimits)
	data := make([]byte, 64<<10)
	buf := make([]byte, 0, 128<<10)
	w := &afc.Request{Op: afc.OpFileRefWrite, Handle: 1}
	r := &afc.Request{Op: afc.OpFileRefRead, Handle: 1, Length: 4096}
	n := testing.AllocsPerRun(100, func() {
		out, err := w.AppendTo(buf[:0], 1, uint64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, data...)
		if out, err = r.AppendTo(out, 2, 0); err != nil {
			t.Fatal(err)
		}
		out = afc.AppendStatus(out, 1, afc.StatusSuccess)
		out = afc.AppendData(out, 2, 0)
		for rest := out; len(rest) > 0; {
			k := min(len(rest), 4099)
			d.Feed(rest[:k])
			rest = rest[k:]
			for {
				it, ok, err := d.Next()
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				if !it.Head() {
					continue
				}
				if s, _ := afc.Lookup(it.Header.Op); s.IsRequest() {
					_, err = afc.ParseRequest(it.Header.Op, it.Args)
				} else {
					_, err = afc.ParseReply(it.Header.Op, it.Args)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	})
	require.Zero(t, n)
}
