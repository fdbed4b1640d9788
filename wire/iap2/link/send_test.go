package link

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSendErrors(t *testing.T) {
	s := newSolo(t, Accessory, Config{})
	require.ErrorIs(t, s.Send(0, 1, []byte("x")), ErrNotUp)
	require.EqualError(t, s.Send(0, 1, []byte("x")), "iap2 link: not up but detecting")
	require.False(t, s.Writable())
	require.Zero(t, s.MaxPayload())

	s = upAccessory(t)
	require.ErrorIs(t, s.Send(0, 1, nil), ErrEmpty)
	require.ErrorIs(t, s.Send(0, 3, []byte("x")), ErrUnknownSession)
	require.ErrorIs(t, s.Send(0, 0, []byte("x")), ErrUnknownSession)
	require.ErrorIs(t, s.Send(0, 2, make([]byte, 247)), ErrTooLong)
	require.NoError(t, s.Send(0, 2, make([]byte, 246)), "a datagram as long as can be")
	require.Equal(t, 246, s.MaxPayload())
	require.Len(t, s.out(), 1, "errors queue nothing")
}

// A long control message is cut at the peer's maximum packet length less 10.
func TestLongControlMessageIsSplit(t *testing.T) {
	s := upAccessory(t)
	long := bytes.Repeat([]byte("0123456789"), 60)
	require.NoError(t, s.Send(0, 1, long))
	var got []byte
	var sizes []int
	for b, ok := s.NextOutput(); ok; b, ok = s.NextOutput() {
		p := decodeAll(new(Decoder), b)[0].Packet
		require.Equal(t, uint8(1), p.Session)
		sizes = append(sizes, len(b))
		got = append(got, p.Payload...)
	}
	require.Equal(t, []int{256, 256, 118}, sizes)
	require.Equal(t, long, got)
}

func TestSendCopies(t *testing.T) {
	s := upAccessory(t)
	b := []byte("before")
	require.NoError(t, s.Send(0, 1, b))
	copy(b, "after!")
	require.Equal(t, []string{`ACK seq=0b ack=c8 session=01 "before"`}, s.out())
}

func TestWritable(t *testing.T) {
	s := upAccessory(t, func(c *Config) { c.QueueBytes = 100 })
	for range 4 { // fill the window
		s.send("x")
	}
	s.out()
	require.True(t, s.Writable(), "packets outstanding do not count")
	s.send(strings.Repeat("x", 89)) // 99 bytes
	require.True(t, s.Writable())
	s.send(strings.Repeat("x", 600)) // one message may go beyond
	require.False(t, s.Writable())
	require.ErrorIs(t, s.Send(0, 1, []byte("x")), ErrQueueFull)
	s.feed(ack(200, 14))
	require.Len(t, s.out(), 4)
	require.True(t, s.Writable())
}

// The bytes handed out stay, even if the packet is acknowledged and its memory
// wanted before they are written.
func TestOutputStaysUntilTheNext(t *testing.T) {
	s := upAccessory(t)
	s.send("first")
	b, _ := s.NextOutput()
	want := bytes.Clone(b)
	s.feed(ack(200, 11))
	s.send("other")
	s.feed(data(201, 11, "third"))
	require.Equal(t, want, b)

	s.send("again")
	b, _ = s.NextOutput()
	want = bytes.Clone(b)
	s.Close(0)
	s.Start(0)
	require.Equal(t, want, b)
}

func TestPolledPayloadStaysUntilTheNext(t *testing.T) {
	s := upAccessory(t)
	s.feed(data(201, 10, "first"), data(202, 10, "other"))
	ev, _ := s.Poll()
	s.feed(data(203, 10, "third"))
	require.Equal(t, "first", string(ev.Payload))
}
