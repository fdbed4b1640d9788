package link

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const ms = time.Millisecond

func TestAckIsDelayed(t *testing.T) {
	s := upDevice(t)
	s.feed(data(11, 200, "a"))
	require.Empty(t, s.out())
	s.now = 50 * ms
	s.feed(data(12, 200, "b"))
	require.Empty(t, s.out())
	s.pass(100 * ms) // after the first of them
	require.Equal(t, []string{"ACK seq=c8 ack=0c"}, s.out(), "one acknowledgement for both")
	require.Equal(t, []string{`01 "a"`, `01 "b"`}, s.events())
	s.quiet()
}

func TestAckAfterMaxCumulative(t *testing.T) {
	s := upDevice(t)
	s.feed(data(11, 200, "a"), data(12, 200, "b"))
	require.Empty(t, s.out())
	s.feed(data(13, 200, "c"))
	require.Equal(t, []string{"ACK seq=c8 ack=0d"}, s.out())
	require.Len(t, s.events(), 3)
	s.quiet()
	s.feed(data(14, 200, "d"))
	require.Empty(t, s.out(), "the count begins anew")
}

func TestAckRidesOnData(t *testing.T) {
	s := upDevice(t)
	s.feed(data(11, 200, "question"))
	s.send("answer")
	require.Equal(t, []string{`ACK seq=c9 ack=0b session=01 "answer"`}, s.out())
	require.Equal(t, []string{`01 "question"`}, s.events())
	s.feed(ack(11, 201))
	s.quiet()
	require.Zero(t, s.Counters().AcksSent)
}

func TestAckAtOnceWithoutTimeout(t *testing.T) {
	syn := testTerms()
	syn.AckTimeout = 0
	s := newSolo(t, Device, Config{})
	s.feed(synOf(10, syn))
	s.out()
	s.feed(ack(10, 0), data(11, 0, "a"))
	require.Equal(t, []string{"ACK seq=00 ack=0b"}, s.out())
}

func TestAckTimeoutOverride(t *testing.T) {
	s := upDevice(t, func(c *Config) { c.AckTimeout = 700 * ms })
	s.feed(data(11, 200, "a"))
	s.pass(700 * ms)
	require.Equal(t, []string{"ACK seq=c8 ack=0b"}, s.out())
}

func TestBareAckRepeatsTheLastNumber(t *testing.T) {
	s := upDevice(t)
	s.send("x")
	s.out()
	s.feed(data(11, 201, "a"), data(12, 201, "b"), data(13, 201, "c"))
	require.Equal(t, []string{"ACK seq=c9 ack=0d"}, s.out())
	s.send("y")
	require.Equal(t, []string{`ACK seq=ca ack=0d session=01 "y"`}, s.out(), "and uses none up")
}

func TestAckIsTheLastInSequence(t *testing.T) {
	s := upDevice(t)
	s.feed(data(11, 200, "1"), data(12, 200, "2"), data(13, 200, "3"))
	s.out()
	s.feed(data(15, 200, "5"))
	require.Equal(t, []string{"EAK|ACK seq=c8 ack=0d missing 0e"}, s.out(), "after 1, 2, 3 and 5 it is 3")
}

func TestWindow(t *testing.T) {
	s := upDevice(t) // the accessory takes 4
	for _, v := range []string{"a", "b", "c", "d", "e", "f"} {
		s.send(v)
	}
	require.Len(t, s.out(), 4)
	require.Equal(t, 6, s.Pending())
	s.feed(ack(10, 201))
	require.Equal(t, 5, s.Pending())
	require.Equal(t, []string{`ACK seq=cd ack=0a session=01 "e"`}, s.out())
	s.feed(ack(10, 205))
	require.Equal(t, []string{`ACK seq=ce ack=0a session=01 "f"`}, s.out(), "one ack drains four")
	s.feed(ack(10, 206))
	s.quiet()
}

func TestOldAcksDoNothing(t *testing.T) {
	s := upDevice(t)
	s.send("a")
	s.send("b")
	s.out()
	s.feed(ack(10, 202))
	s.send("c")
	s.out()
	s.feed(ack(10, 201), ack(10, 202), ack(10, 200))
	require.Empty(t, s.events(), "late acknowledgements are no violation")
	require.Equal(t, 1, s.snd.inflight)
}

func TestAckOfANumberNeverSent(t *testing.T) {
	s := upDevice(t)
	s.send("a")
	s.out()
	s.feed(ack(10, 202), data(11, 250, "not taken"))
	require.Equal(t, []string{"violated: acknowledgement of a number never sent",
		"violated: acknowledgement of a number never sent"}, s.events())
	require.Equal(t, 1, s.snd.inflight)
	require.Empty(t, s.out())
}

func TestDataWithoutAckBit(t *testing.T) {
	s := upDevice(t)
	s.send("a")
	s.out()
	p := data(11, 201, "taken")
	p.Control = 0
	s.feed(p)
	require.Equal(t, []string{"violated: acknowledgement missing", `01 "taken"`}, s.events())
	require.Equal(t, 1, s.snd.inflight, "the acknowledgement number says nothing")
}

func TestLateAck(t *testing.T) {
	silent := upDevice(t)
	silent.send("a")
	silent.out()
	silent.now = 999 * ms
	silent.feed(ack(10, 201))
	require.Empty(t, silent.events(), "not reported unless asked for")

	s := upDevice(t, func(c *Config) { c.LateAck = 50 * ms })
	s.send("a")
	s.out()
	s.now = 150 * ms
	s.feed(ack(10, 201))
	require.Empty(t, s.events())
	s.send("b")
	s.out()
	s.now = 301 * ms
	s.feed(ack(10, 202))
	ev, _ := s.Poll()
	require.Equal(t, Violation{Kind: AckLate, Control: ControlACK, Seq: 10, Ack: 202, Value: 151, Want: 150}, ev.Violation)
}

// A data packet repeated byte for byte brings an acknowledgement that may be
// hundreds of numbers old and look like a fresh one. Only a packet's first
// sight tells how to read it.
func TestStaleAckOnARepeatedPacket(t *testing.T) {
	s := upDevice(t)
	next, acked := uint8(201), uint8(200)
	exchange := func(n int, control uint8) { // n packets, acknowledged by bare acks of number seq
		for range n {
			s.send("x")
			s.out()
			acked++
			s.feed(ack(control, acked))
			next++
		}
	}
	// The accessory's number 11 with ack 200 is lost; its bare acks, which
	// repeat 11, are not. 254 packets later, the window holds numbers that begin
	// just before 200 again.
	exchange(254, 11)
	s.send("in the window")
	s.send("in the window too")
	s.out()
	require.Equal(t, uint8(199), next)
	require.Equal(t, 2, s.snd.inflight)

	s.feed(data(11, 200, "repeated"))
	require.Equal(t, []string{`01 "repeated"`}, s.events(), "the data is good")
	require.Equal(t, 2, s.snd.inflight, "the acknowledgement is not")
	s.feed(ack(11, 200))
	require.Equal(t, 0, s.snd.inflight, "a fresh one is")
}

func TestUnknownSessionIsAcknowledged(t *testing.T) {
	s := upDevice(t)
	p := data(11, 200, "lost")
	p.Session = 9
	s.feed(p, data(12, 200, "kept"))
	require.Equal(t, []string{"violated: unknown session", `01 "kept"`}, s.events())
	s.pass(100 * ms)
	require.Equal(t, []string{"ACK seq=c8 ack=0c"}, s.out())
}

func TestIdleLinkIsSilent(t *testing.T) {
	s := upDevice(t)
	s.Tick(24 * time.Hour)
	s.quiet()
}

func TestNoAckFault(t *testing.T) {
	s := upDevice(t, func(c *Config) { c.NoAck = true })
	s.feed(data(11, 200, "a"), data(12, 200, "b"), data(13, 200, "c"), data(11, 200, "a"))
	require.Len(t, s.events(), 4, "three and an early repetition")
	s.quiet()
	s.feed(data(15, 200, "e"), data(14, 200, "d"))
	require.Len(t, s.events(), 3, "two, and too many outstanding as nothing is acknowledged")
	s.quiet()
	s.send("x")
	require.Equal(t, []string{`ACK seq=c9 ack=0a session=01 "x"`}, s.out(), "nor on its own data")
}
