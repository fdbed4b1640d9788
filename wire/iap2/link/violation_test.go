package link

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFrameViolations(t *testing.T) {
	d := upDevice(t)
	bad := packetBytes(t, data(11, 200, "a"))
	bad[len(bad)-1]++
	d.Feed(0, bad)
	ev, ok := d.Poll()
	require.True(t, ok)
	require.Equal(t, BadFrame, ev.Violation.Kind)
	var frame FrameError
	require.True(t, errors.As(ev.Violation, &frame))
	require.Equal(t, FieldPayloadChecksum, frame.Field)
	require.Equal(t, int64(26+9), frame.Offset, "in the stream: after SYN and ACK")
	d.quiet() // neither delivered nor acknowledged

	long := packetBytes(t, Packet{Control: ControlACK, Seq: 11, Ack: 200, Session: 1, Payload: make([]byte, 247)})
	d.Feed(0, long)
	d.Feed(0, packetBytes(t, data(11, 200, "fits")))
	ev, _ = d.Poll()
	require.Equal(t, PacketTooLong, ev.Violation.Kind)
	require.Equal(t, [2]int{257, 256}, [2]int{ev.Violation.Value, ev.Violation.Want})
	require.Contains(t, d.events(), `01 "fits"`)
}

func TestReservedBits(t *testing.T) {
	d := upDevice(t)
	p := data(11, 200, "a")
	p.Control |= 0x05
	d.feed(p)
	require.Equal(t, []string{"violated: reserved control bits", `01 "a"`}, d.events(), "reported and otherwise ignored")
}

func TestNoiseBetweenLinksIsNotReported(t *testing.T) {
	s := &solo{Engine: New(Device, Config{}), t: t}
	s.Feed(0, []byte("noise\xff\x5a\x00\x00\x00\x00\x00\x00\x00"))
	require.Empty(t, s.events())
}

func TestViolationText(t *testing.T) {
	for kind := BadFrame; kind <= Unexpected; kind++ {
		require.NotContains(t, "0123456789", kind.String()[:1], "kind %d has a name", kind)
	}
	require.Equal(t, "99", ViolationKind(99).String())
	v := Violation{Kind: AckNeverSent, Control: ControlACK, Seq: 1, Ack: 9, Value: 9, Want: 4}
	require.EqualError(t, v, "iap2 link: acknowledgement of a number never sent: value 9, want 4, in ACK seq=01 ack=09")
}

func TestEventText(t *testing.T) {
	require.Equal(t, "data session=0a (control) 3 bytes", Event{Kind: Data, Session: 10, Payload: []byte("abc")}.String())
	require.Equal(t, "up", Event{Kind: Up}.String())
	require.Equal(t, "violated: unknown session: x", Event{Kind: Violated,
		Violation: Violation{Kind: UnknownSession, Cause: errors.New("x")}}.String())
	for k := Detected; k <= Violated; k++ {
		require.NotEmpty(t, k.String())
	}
	for s := StateIdle; s <= StatePausing; s++ {
		require.NotContains(t, "0123456789", s.String()[:1])
	}
	require.Equal(t, []string{"control", "file transfer", "external accessory", "type 3"}, []string{
		SessionControl.String(), SessionFileTransfer.String(), SessionExternalAccessory.String(), SessionType(3).String()})
	require.Equal(t, "accessory device", Accessory.String()+" "+Device.String())
}

// An application that does not poll costs bounded memory.
func TestUnpolledViolationsAreBounded(t *testing.T) {
	d := upDevice(t)
	for range 3 * maxViolations {
		d.feed(ack(10, 250))
	}
	require.Equal(t, maxViolations, len(d.events()))
	require.Equal(t, uint64(3*maxViolations), d.Counters().Violations, "all are counted")
	d.feed(ack(10, 250))
	require.Len(t, d.events(), 1, "polling makes room")
}

func TestUnpolledDataIsNotAcknowledged(t *testing.T) {
	d := upDevice(t, func(c *Config) { c.ReceiveBytes = 10 })
	d.feed(data(11, 200, "12345"), data(12, 200, "67890"), data(13, 200, "x"), data(14, 200, "y"))
	d.now = 100 * ms
	d.Tick(d.now)
	require.Equal(t, []string{"ACK seq=c8 ack=0c"}, d.out())
	require.Equal(t, uint64(2), d.Counters().Overruns)
	require.Equal(t, []string{`01 "12345"`, `01 "67890"`}, d.events())
	d.feed(data(13, 200, "x"))
	require.Equal(t, []string{`01 "x"`}, d.events(), "the peer repeats it")
}

func TestUnpolledEventsAreBounded(t *testing.T) {
	d := upDevice(t)
	seq := uint8(10)
	for range 2 * maxEvents {
		seq++
		d.feed(data(seq, 200, "x"))
		d.out()
	}
	require.Equal(t, maxEvents, len(d.events()))
	require.Equal(t, uint64(maxEvents), d.Counters().Overruns)
}
