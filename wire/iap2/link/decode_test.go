package link

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func packetBytes(t testing.TB, p Packet) []byte {
	t.Helper()
	b, err := p.AppendTo(nil)
	require.NoError(t, err)
	return b
}

func TestDecoderResynchronises(t *testing.T) {
	good := Packet{Control: ControlACK, Seq: 7, Ack: 3, Session: 1, Payload: []byte("payload")}
	raw := packetBytes(t, good)
	with := func(at int, v byte) []byte {
		b := bytes.Clone(raw)
		b[at] = v
		return b
	}
	short := []byte{0xff, 0x5a, 0, 8, 0x40, 0, 0, 0}
	short = append(short, Checksum(short))

	for _, tt := range []struct {
		name string
		junk []byte
		want []FrameError
	}{
		{"nothing", nil, nil},
		{"one byte", []byte{0}, []FrameError{{FieldStart, 0, 0, 0xff, 1}}},
		{"a run", []byte("rubbish"), []FrameError{{FieldStart, 0, 'r', 0xff, 7}}},
		{"start byte twice", []byte{0xff}, []FrameError{{FieldStart, 0, 0xff, 0xff, 1}}},
		{"start byte and other", []byte{0xff, 0x00}, []FrameError{{FieldStart, 0, 0xff, 0xff, 2}}},
		{"cut marker", []byte{0xff, 0x55, 0x02, 0x00}, []FrameError{{FieldStart, 0, 0xff, 0xff, 4}}},
		{"other iAP1 packet", []byte{0xff, 0x55, 0x03, 0x00, 0x01, 0x02, 0xfa}, []FrameError{{FieldStart, 0, 0xff, 0xff, 7}}},
		{"bad header checksum", with(8, raw[8]+1), []FrameError{
			{FieldHeaderChecksum, 0, int(raw[8]) + 1, int(raw[8]), 1}, {FieldStart, 1, 0x5a, 0xff, len(raw) - 1}}},
		{"bad length field", with(2, 0x7f), []FrameError{
			{FieldHeaderChecksum, 0, int(raw[8]), int(raw[8]) - 0x7f + 256, 1}, {FieldStart, 1, 0x5a, 0xff, len(raw) - 1}}},
		{"length below 9", short, []FrameError{{FieldLength, 0, 8, 9, 1}, {FieldStart, 1, 0x5a, 0xff, 8}}},
		{"bad payload checksum", with(9, 'P'), []FrameError{
			{FieldPayloadChecksum, 0, int(raw[16]), int(raw[16] + 'p' - 'P'), len(raw)}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var errs []FrameError
			items := decodeAll(new(Decoder), append(bytes.Clone(tt.junk), raw...))
			for _, it := range items[:len(items)-1] {
				require.Equal(t, ItemError, it.Kind)
				require.Equal(t, it.Offset, it.Err.Offset)
				errs = append(errs, it.Err)
			}
			require.Equal(t, tt.want, errs)
			require.Equal(t, Item{Kind: ItemPacket, Offset: int64(len(tt.junk)), Packet: good}, items[len(items)-1])
		})
	}
}

func TestDecoderMaxLength(t *testing.T) {
	long := Packet{Control: ControlACK, Payload: make([]byte, 91)}
	next := Packet{Control: ControlACK, Seq: 1}
	stream := append(packetBytes(t, long), packetBytes(t, next)...)

	require.Len(t, decodeAll(&Decoder{MaxLength: 101}, stream), 2, "the limit itself is allowed")

	items := decodeAll(&Decoder{MaxLength: 100}, stream)
	require.Equal(t, FrameError{FieldLength, 0, 101, 100, 1}, items[0].Err)
	require.Equal(t, next, items[len(items)-1].Packet)
}

// An empty payload with its checksum, length 10, was never seen on a wire. It is
// taken for a packet without payload if the checksum agrees.
func TestDecoderLengthTen(t *testing.T) {
	b := []byte{0xff, 0x5a, 0, 10, 0x40, 1, 2, 0}
	b = append(b, Checksum(b), 0)
	items := decodeAll(new(Decoder), b)
	require.Len(t, items, 1)
	require.Empty(t, items[0].Packet.Payload)
	require.Equal(t, ItemPacket, items[0].Kind)

	b[9] = 1
	require.Equal(t, FieldPayloadChecksum, decodeAll(new(Decoder), b)[0].Err.Field)
}

func TestDecoderFlushTail(t *testing.T) {
	ack := Packet{Control: ControlACK, Seq: 9}
	report := append(packetBytes(t, ack), make([]byte, 4)...)
	data := Packet{Control: ControlACK, Seq: 10, Session: 1, Payload: make([]byte, 20)}
	raw := packetBytes(t, data)
	d := &Decoder{FlushTail: true}

	require.Equal(t, []Item{{Kind: ItemPacket, Packet: ack}}, decodeAll(d, report))
	require.Equal(t, []Item{{Kind: ItemMarker, Offset: 13}}, decodeAll(d, append(AppendMarker(nil), 0, 0, 0)))
	require.Empty(t, decodeAll(d, raw[:13]), "the first report of a long packet")
	last := append(bytes.Clone(raw[13:]), 0xff, 0x5a, 0xff) // padding need not be zero
	require.Equal(t, []Item{{Kind: ItemPacket, Offset: 22, Packet: data}}, decodeAll(d, last))
	require.Equal(t, []Item{{Kind: ItemPacket, Offset: 55, Packet: ack}}, decodeAll(d, report), "nothing is left over")

	raw[12]++
	items := decodeAll(d, append(raw, 1, 2, 3))
	require.Len(t, items, 1, "a packet dropped for its payload checksum ends its report too")
	require.Equal(t, FieldPayloadChecksum, items[0].Err.Field)
}

// randomStream returns packets, markers, garbage and damaged packets.
func randomStream(rng *rand.Rand) (stream []byte) {
	for range 1 + rng.IntN(12) {
		switch rng.IntN(6) {
		case 0:
			stream = AppendMarker(stream)
		case 1:
			stream = AppendNegative(stream)
		case 2:
			for range rng.IntN(12) {
				stream = append(stream, []byte{0xff, 0x5a, 0x55, 0, 9, byte(rng.Uint32())}[rng.IntN(6)])
			}
		default:
			p := Packet{Control: ControlACK, Seq: byte(rng.Uint32()), Payload: make([]byte, rng.IntN(40))}
			for i := range p.Payload {
				p.Payload[i] = byte(rng.Uint32())
			}
			at := len(stream)
			stream, _ = p.AppendTo(stream)
			if rng.IntN(3) == 0 {
				stream[at+rng.IntN(len(stream)-at)] ^= 1 << rng.IntN(8)
			}
		}
	}
	return AppendMarker(AppendMarker(stream)) // long enough for a false start before it
}

// What a decoder finds does not depend on how the stream is cut.
func TestDecoderCuts(t *testing.T) {
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 1))
		stream := randomStream(rng)
		whole := decodeAll(new(Decoder), stream)

		var single, cut []Item
		one, random := new(Decoder), new(Decoder)
		for i := range stream {
			single = append(single, decodeAll(one, stream[i:i+1])...)
		}
		for rest := stream; len(rest) > 0; {
			n := 1 + rng.IntN(len(rest))
			cut = append(cut, decodeAll(random, rest[:n])...)
			rest = rest[n:]
		}
		require.Equal(t, whole, single, "seed %d, byte by byte", seed)
		require.Equal(t, whole, cut, "seed %d, random cuts", seed)
		require.Equal(t, int64(len(stream)), one.Offset())
	}
}

// Bytes given up and bytes taken add up to the stream.
func TestDecoderAccountsForEveryByte(t *testing.T) {
	for seed := range uint64(500) {
		stream := randomStream(rand.New(rand.NewPCG(seed, 2)))
		at := int64(0)
		for _, it := range decodeAll(new(Decoder), stream) {
			require.Equal(t, at, it.Offset, "seed %d", seed)
			switch it.Kind {
			case ItemPacket:
				at += int64(it.Packet.Len())
			case ItemMarker:
				at += int64(len(markerBytes))
			case ItemNegative:
				at += int64(len(negativeBytes))
			case ItemError:
				at += int64(it.Err.Skipped)
			}
		}
		require.Equal(t, int64(len(stream)), at, "seed %d", seed)
	}
}

func TestDecoderMemoryFollowsWhatCame(t *testing.T) {
	header := packetBytes(t, Packet{Control: ControlACK, Payload: make([]byte, MaxPayload)})[:HeaderLen]
	d := new(Decoder)
	require.Empty(t, decodeAll(d, header))
	require.LessOrEqual(t, cap(d.buf), 64, "a promised length costs nothing")
}

func TestDecoderAllocatesNothing(t *testing.T) {
	raw := packetBytes(t, Packet{Control: ControlACK, Payload: make([]byte, 300)})
	d := new(Decoder)
	parts := [][]byte{raw, raw[:100], raw[100:], {0, 0}, raw}
	feed := func() {
		for _, part := range parts {
			d.Feed(part)
			for _, ok := d.Next(); ok; _, ok = d.Next() {
			}
		}
	}
	feed()
	require.Zero(t, testing.AllocsPerRun(100, feed))
}

func TestDecoderReset(t *testing.T) {
	raw := packetBytes(t, Packet{Control: ControlACK, Payload: []byte("abc")})
	d := &Decoder{MaxLength: 50, FlushTail: true}
	require.Empty(t, decodeAll(d, raw[:10]))
	d.Reset()
	require.Zero(t, d.Offset())
	require.Len(t, decodeAll(d, raw), 1)
	require.Equal(t, 50, d.MaxLength)
	require.True(t, d.FlushTail)
}

func FuzzDecoder(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v, uint8(3))
	}
	f.Fuzz(func(t *testing.T, stream []byte, cut uint8) {
		whole := decodeAll(new(Decoder), stream)
		var parts []Item
		d := new(Decoder)
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), int(cut)+1)
			parts = append(parts, decodeAll(d, rest[:n])...)
			rest = rest[n:]
		}
		require.Equal(t, whole, parts)
		for _, it := range whole {
			if it.Kind == ItemPacket && len(it.Packet.Payload) > 0 {
				at := it.Offset
				require.Equal(t, stream[at:at+int64(it.Packet.Len())], packetBytes(t, it.Packet))
			}
		}
		if len(d.buf)-d.start > MaxPacket {
			t.Fatalf("%d bytes kept", len(d.buf)-d.start)
		}
	})
}
