package link

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPacketLimits(t *testing.T) {
	p := Packet{Control: ControlACK, Payload: make([]byte, MaxPayload)}
	b, err := p.AppendTo(nil)
	require.NoError(t, err)
	require.Len(t, b, MaxPacket)
	require.Equal(t, []Item{{Kind: ItemPacket, Packet: p}}, decodeAll(new(Decoder), b))

	p.Payload = make([]byte, MaxPayload+1)
	b, err = p.AppendTo([]byte("kept"))
	require.EqualError(t, err, "iap2 link: payload of 65526 bytes exceeds 65525, split it")
	require.Equal(t, "kept", string(b))
}

// The checksum of many bytes at a time is that of the bytes one by one.
func TestChecksum(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	b := make([]byte, 5000)
	for i := range b {
		b[i] = 0xff - byte(rng.IntN(3)) // large, so that lanes would overflow
	}
	for n := range b {
		var sum uint8
		for _, v := range b[:n] {
			sum += v
		}
		require.Zero(t, sum+Checksum(b[:n]), "%d bytes", n)
	}
}

// Every change within one byte is noticed, wherever it is: the packet does not
// come out.
func TestChecksumCatchesEveryWrongByte(t *testing.T) {
	raw := packetBytes(t, Packet{Control: ControlACK, Seq: 1, Ack: 2, Session: 1, Payload: []byte("payload")})
	for at := range raw {
		for x := 1; x < 256; x++ {
			raw[at] ^= byte(x)
			for _, it := range decodeAll(new(Decoder), raw) {
				require.NotEqual(t, ItemPacket, it.Kind, "byte %d changed by %02x", at, x)
			}
			raw[at] ^= byte(x)
		}
	}
}

// The limit of an 8-bit sum: changes that cancel out go unnoticed.
func TestChecksumLimit(t *testing.T) {
	raw := packetBytes(t, Packet{Control: ControlACK, Session: 1, Payload: []byte("ab")})
	raw[HeaderLen]++
	raw[HeaderLen+1]--
	require.Equal(t, "ba", string(decodeAll(new(Decoder), raw)[0].Packet.Payload))
}

func TestPacketString(t *testing.T) {
	for _, tt := range []struct {
		packet Packet
		want   string
	}{
		{Packet{Control: ControlSYN | ControlACK, Seq: 0xac, Payload: make([]byte, 13)}, "SYN|ACK seq=ac ack=00 13 bytes"},
		{Packet{Control: ControlACK, Session: 10, Payload: []byte{1}}, "ACK seq=00 ack=00 session=0a 1 bytes"},
		{Packet{Control: ControlEAK | ControlRST | ControlSLP}, "EAK|RST|SLP seq=00 ack=00"},
		{Packet{Control: 0x43}, "ACK|03 seq=00 ack=00"},
		{Packet{}, "00 seq=00 ack=00"},
	} {
		require.Equal(t, tt.want, tt.packet.String())
	}
}

func TestFrameErrorText(t *testing.T) {
	for _, tt := range []struct {
		err  FrameError
		want string
	}{
		{FrameError{FieldStart, 5, 'x', 0xff, 3}, "offset 5: no packet start, 3 bytes skipped from 78"},
		{FrameError{FieldLength, 5, 8, 9, 1}, "offset 5: length 8 is below 9, skipped a byte"},
		{FrameError{FieldLength, 5, 2000, 1024, 1}, "offset 5: length 2000 is above the limit 1024, skipped a byte"},
		{FrameError{FieldHeaderChecksum, 5, 0x62, 0xc9, 1}, "offset 5: header checksum is 62, want c9, skipped a byte"},
		{FrameError{FieldPayloadChecksum, 5, 0x0d, 0xd0, 16}, "offset 5: payload checksum is 0d, want d0, dropped the packet of 16 bytes"},
	} {
		require.EqualError(t, tt.err, "iap2 link: "+tt.want)
	}
}
