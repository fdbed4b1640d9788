package control

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drain collects what an Assembler gives until it needs more.
func drain(a *Assembler) (ids []uint16, errs []error) {
	for m, err := range a.Messages() {
		if err != nil {
			errs = append(errs, err)
		} else {
			ids = append(ids, m.ID)
		}
	}
	return ids, errs
}

func TestSeveralMessagesInOnePacket(t *testing.T) {
	var a Assembler
	a.Push(unhex(t, "40400006aa05"+"404000061d00"))
	ids, errs := drain(&a)
	assert.Equal(t, []uint16{0xAA05, 0x1D00}, ids)
	assert.Empty(t, errs)
	assert.Zero(t, a.Pending())
}

func TestOneMessageOverSeveralPackets(t *testing.T) {
	wire := vector(t, "4155-worked-example")
	for cut := 1; cut < len(wire); cut++ {
		var a Assembler
		a.Push(wire[:cut])
		_, err := a.Next()
		require.Equal(t, ErrIncomplete, err)
		assert.Equal(t, cut, a.Pending())
		a.Push(wire[cut:])
		m, err := a.Next()
		require.NoError(t, err)
		again, err := m.AppendTo(nil)
		require.NoError(t, err)
		assert.Equal(t, wire, again)
	}
}

func TestAssemblerReportsAndGoesOn(t *testing.T) {
	good := "40400006aa05"
	for _, c := range []struct {
		name string
		wire string
		want Error
	}{
		{"garbage before", "000102" + good, Error{Field: "start mark", Err: ErrStartMark}},
		{"a single 40 before garbage", "4001" + good, Error{Field: "start mark", Value: 0x40, Err: ErrStartMark}},
		{"length 0", "40400000" + good, Error{Offset: 2, Field: "message length", Err: ErrMessageLength}},
		{"length 5", "40400005aa00" + good, Error{Offset: 2, Field: "message length", Value: 5, Err: ErrMessageLength}},
		{"length 5, mark at once", "40400005" + good, Error{Offset: 2, Field: "message length", Value: 5, Err: ErrMessageLength}},
		{"garbage that ends in 40", "ff40" + good, Error{Field: "start mark", Value: 0xFF, Err: ErrStartMark}},
		{"bad parameter", "4040000aaa0300030000" + good, Error{Message: 0xAA03, Offset: 6, Field: "parameter 0x0000 length", Value: 3, Err: ErrParamLength}},
		{"trailing byte", "40400007aa05ff" + good, Error{Message: 0xAA05, Offset: 6, Field: "trailing bytes", Value: 1, Err: ErrTrailing}},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Offsets count from the start of the stream, not of the packet.
			var a Assembler
			a.Push(unhex(t, good))
			ids, errs := drain(&a)
			assert.Equal(t, []uint16{0xAA05}, ids)
			assert.Empty(t, errs)

			a.Push(unhex(t, c.wire))
			ids, errs = drain(&a)
			assert.Equal(t, []uint16{0xAA05}, ids, "the message after the damage is read")
			want := c.want
			want.Offset += int64(len(good) / 2)
			require.Len(t, errs, 1)
			assert.Equal(t, &want, errs[0])
			assert.Zero(t, a.Pending())
		})
	}
}

func TestResynchronisationAcrossPackets(t *testing.T) {
	wire := unhex(t, "ff40ff4040"+"00"+"40400006aa05")
	for cut := range wire {
		var a Assembler
		var ids []uint16
		for _, part := range [][]byte{wire[:cut], wire[cut:]} {
			a.Push(part)
			got, _ := drain(&a)
			ids = append(ids, got...)
		}
		// 40 40 00 40 reads as a message of 64 bytes: it waits for them.
		assert.Empty(t, ids)
		a.Push(make([]byte, 64))
		_, errs := drain(&a)
		require.NotEmpty(t, errs)
	}
}

func TestLimitBoundsWhatIsAwaited(t *testing.T) {
	a := Assembler{Limit: 100}
	a.Push(unhex(t, "40400065aa01"+"40400006aa05"))
	_, err := a.Next()
	require.ErrorIs(t, err, ErrMessageLength)
	m, err := a.Next()
	require.NoError(t, err)
	assert.Equal(t, uint16(0xAA05), m.ID)
}

func TestResetForgets(t *testing.T) {
	a := Assembler{Limit: 50}
	a.Push(unhex(t, "ff"+"4040000aaa"))
	_, err := a.Next()
	require.ErrorIs(t, err, ErrStartMark)
	a.Reset()
	assert.Zero(t, a.Pending())
	assert.Equal(t, 50, a.Limit)
	a.Push(unhex(t, "ee"))
	_, err = a.Next()
	var at *Error
	require.ErrorAs(t, err, &at)
	assert.Zero(t, at.Offset, "the stream starts again")
}

// A stated length costs no memory before the bytes are there.
func TestAssemblerDoesNotAllocateForPromises(t *testing.T) {
	var a Assembler
	a.Push(unhex(t, "4040ffffaa01"))
	_, err := a.Next()
	require.Equal(t, ErrIncomplete, err)
	assert.LessOrEqual(t, cap(a.buf), 64)
}

// However the stream is cut, the same messages come out.
func TestCutsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		var want []Message
		for range rapid.IntRange(1, 8).Draw(t, "messages") {
			wire := drawMessage(t)
			m, err := Parse(wire)
			require.NoError(t, err)
			stream, want = append(stream, wire...), append(want, m)
		}
		var a Assembler
		var got []Message
		for len(stream) > 0 {
			n := rapid.IntRange(1, len(stream)).Draw(t, "cut")
			a.Push(stream[:n])
			stream = stream[n:]
			for m, err := range a.Messages() {
				require.NoError(t, err)
				got = append(got, m.Clone())
			}
		}
		require.Len(t, got, len(want))
		for i := range want {
			require.Equal(t, want[i].ID, got[i].ID)
			require.True(t, bytes.Equal(want[i].Params.Bytes(), got[i].Params.Bytes()))
		}
	})
}

// Whatever stands between two messages, the second is found, unless the
// garbage itself looks like the head of a message.
func TestGarbageCostsOnlyItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		garbage := rapid.SliceOfN(rapid.ByteRange(0x41, 0xFF), 1, 50).Draw(t, "garbage")
		wire := drawMessage(t)
		stream := slices.Concat(garbage, wire)
		var a Assembler
		var got []Message
		var faults int
		for len(stream) > 0 {
			n := rapid.IntRange(1, len(stream)).Draw(t, "cut")
			a.Push(stream[:n])
			stream = stream[n:]
			for m, err := range a.Messages() {
				if errors.Is(err, ErrStartMark) {
					faults++
					continue
				}
				require.NoError(t, err)
				got = append(got, m)
			}
		}
		require.Equal(t, 1, faults)
		require.Len(t, got, 1)
		require.Equal(t, len(wire), got[0].Len())
	})
}

// drawMessage draws any message of the catalogue.
func drawMessage(t *rapid.T) []byte {
	m := &catalogue[rapid.IntRange(0, len(catalogue)-1).Draw(t, "message")]
	wire, err := m.Append(nil, m.Random(seeded(rapid.Uint64().Draw(t, "seed")))...)
	require.NoError(t, err)
	return wire
}
