package link

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOutOfOrderIsKept(t *testing.T) {
	s := upDevice(t)
	s.feed(data(12, 200, "b"))
	require.Empty(t, s.events())
	require.Equal(t, []string{"EAK|ACK seq=c8 ack=0a missing 0b"}, s.out())
	s.feed(data(13, 200, "c"))
	require.Empty(t, s.out(), "no new hole")
	s.feed(data(11, 200, "a"))
	require.Equal(t, []string{`01 "a"`, `01 "b"`, `01 "c"`}, s.events())
	require.Equal(t, []string{"ACK seq=c8 ack=0d"}, s.out(), "a filled hole is told at once")
	s.quiet()
}

func TestEAKListsAllHoles(t *testing.T) {
	s := upDevice(t)
	s.feed(data(12, 200, "b"))
	require.Equal(t, []string{"EAK|ACK seq=c8 ack=0a missing 0b"}, s.out())
	s.feed(data(14, 200, "d"))
	require.Equal(t, []string{"EAK|ACK seq=c8 ack=0a missing 0b0d"}, s.out())
	s.feed(data(11, 200, "a"))
	require.Equal(t, []string{"ACK seq=c8 ack=0c"}, s.out())
	s.feed(data(13, 200, "c"))
	require.Equal(t, []string{"ACK seq=c8 ack=0e"}, s.out())
	require.Equal(t, []string{`01 "a"`, `01 "b"`, `01 "c"`, `01 "d"`}, s.events())
}

// An EAK acknowledges, too.
func TestEAKTakesThePlaceOfAnAck(t *testing.T) {
	s := upDevice(t)
	s.feed(data(11, 200, "a"), data(13, 200, "c"))
	require.Equal(t, []string{"EAK|ACK seq=c8 ack=0b missing 0c"}, s.out())
	s.events()
	s.quiet()
}

// A hole that closes before the EAK leaves needs only an acknowledgement.
func TestEAKOvertaken(t *testing.T) {
	s := upDevice(t)
	s.feed(data(12, 200, "b"), data(11, 200, "a"))
	require.Equal(t, []string{"ACK seq=c8 ack=0c"}, s.out())
}

// The largest window: 127 ahead is a future packet, 128 an old one.
func TestLargestWindow(t *testing.T) {
	s := upDevice(t, func(c *Config) { c.Syn.MaxOutstanding = 255 })
	s.feed(data(10+128, 200, "old"))
	require.Equal(t, []string{"ACK seq=c8 ack=0a"}, s.out())
	s.feed(data(10+127, 200, "early"))
	require.Len(t, decodeAll(new(Decoder), must(s.NextOutput()))[0].Packet.Payload, 126, "all that is missing")
	require.Empty(t, s.events())
	require.Equal(t, [2]uint64{1, 1}, [2]uint64{s.Counters().Duplicates, s.Counters().OutOfOrder})
}

// Nothing of a hole goes over into the next link.
func TestHoleDoesNotOutliveTheLink(t *testing.T) {
	s := upDevice(t, func(c *Config) { c.ReceiveBytes = 10 })
	s.feed(data(12, 200, "123456789"), rst)
	s.events()
	s.out()
	s.feed(synOf(10, testTerms()))
	s.out()
	own := uint8(s.isn)
	s.feed(ack(10, own), data(11, own, "1234567890"))
	require.Equal(t, []string{"detected", "up", `01 "1234567890"`}, s.events())
	s.pass(100 * ms)
	require.Equal(t, []string{fmt.Sprintf("ACK seq=%02x ack=0b", own)}, s.out())
	s.quiet()
}

// Packets kept early count as received and not polled.
func TestEarlyPacketsAreBounded(t *testing.T) {
	s := upDevice(t, func(c *Config) { c.ReceiveBytes = 10 })
	s.feed(data(12, 200, "bbbb"), data(13, 200, "cccc"), data(14, 200, "dddd"))
	require.Equal(t, uint64(1), s.Counters().Overruns)
	s.feed(data(11, 200, "a"))
	require.Equal(t, []string{`01 "a"`, `01 "bbbb"`, `01 "cccc"`}, s.events())
	s.feed(data(14, 200, "dddddddddd"))
	require.Equal(t, []string{`01 "dddddddddd"`}, s.events(), "and no longer than they are kept")
}

func TestNoEAKFault(t *testing.T) {
	s := upDevice(t, func(c *Config) { c.NoEAK = true })
	s.feed(data(12, 200, "b"))
	s.quiet()
	s.feed(data(11, 200, "a"))
	require.Equal(t, []string{"ACK seq=c8 ack=0c"}, s.out())
}

func TestEAKResends(t *testing.T) {
	for name, control := range map[string]uint8{"20": ControlEAK, "60": ControlEAK | ControlACK} {
		t.Run(name, func(t *testing.T) {
			s := upDevice(t)
			for _, v := range []string{"a", "b", "c", "d"} {
				s.send(v)
			}
			first := s.out()
			p := eak(10, 201, 202, 204)
			p.Control = control
			s.feed(p)
			require.Equal(t, []string{first[1], first[3]}, s.out(), "byte for byte")
			require.Equal(t, 3, s.snd.inflight, "its acknowledgement counts")
			require.Empty(t, s.events())
			s.feed(eak(10, 201, 202))
			require.Equal(t, []string{first[1]}, s.out(), "again whenever asked")
			s.feed(ack(10, 203), eak(10, 201, 202))
			require.Empty(t, s.out(), "only what is still queued")
			require.Empty(t, s.events())
		})
	}
}

// An acknowledgement may come before a packet that is to be repeated leaves.
func TestAckOvertakesResend(t *testing.T) {
	s := upDevice(t)
	s.send("a")
	s.send("b")
	first := s.out()
	s.feed(eak(10, 200, 201, 202), ack(10, 201))
	require.Equal(t, first[1:], s.out())
	s.pass(1 * time.Second)
	s.feed(ack(10, 202))
	s.quiet()
	require.Zero(t, s.Counters().Retransmissions, "it did not leave")
	require.Equal(t, uint64(1), s.Counters().Resends)
	require.Zero(t, s.Pending())
}

func TestEAKViolations(t *testing.T) {
	s := upDevice(t)
	s.send("a")
	s.send("b")
	s.out()
	for _, tt := range []struct {
		name    string
		missing []uint8
		want    string
	}{
		{"none", nil, "violated: EAK without a gap"},
		{"the acknowledged number", []uint8{200}, "violated: EAK of an impossible number"},
		{"one before it", []uint8{199}, "violated: EAK of an impossible number"},
		{"one never sent", []uint8{203}, "violated: EAK of an impossible number"},
	} {
		s.feed(eak(10, 200, tt.missing...))
		require.Equal(t, []string{tt.want}, s.events(), tt.name)
		require.Empty(t, s.out(), tt.name)
	}
}

func TestDuplicates(t *testing.T) {
	s := upDevice(t)
	s.feed(data(11, 200, "a"))
	s.now = 1200 * ms
	s.Tick(s.now)
	require.Equal(t, []string{"ACK seq=c8 ack=0b"}, s.out())
	s.feed(data(11, 200, "other bytes"))
	require.Equal(t, []string{"ACK seq=c8 ack=0b"}, s.out(), "acknowledged again")
	require.Equal(t, []string{`01 "a"`}, s.events(), "but not delivered: the number decides, not the content")
	s.feed(data(10, 200, "as old as the SYN"), data(11+128, 200, "as old as can be"))
	require.Equal(t, []string{"ACK seq=c8 ack=0b"}, s.out())
	require.Empty(t, s.events())
	require.Equal(t, uint64(3), s.Counters().Duplicates)
}

func TestNoDedupFault(t *testing.T) {
	s := upDevice(t, func(c *Config) { c.NoDedup = true })
	s.feed(data(11, 200, "a"), data(11, 200, "a"))
	require.Equal(t, []string{`01 "a"`, `01 "a"`}, s.events()[:2])
}

func TestDuplicateOfAnEarlyPacket(t *testing.T) {
	s := upDevice(t)
	s.feed(data(12, 200, "b"))
	s.out()
	s.feed(data(12, 200, "b"))
	require.Equal(t, []string{"ACK seq=c8 ack=0a"}, s.out(), "no second EAK")
	require.Empty(t, s.events())
}

func TestEarlyRetransmission(t *testing.T) {
	s := upDevice(t)
	s.feed(data(11, 200, "a"))
	s.now = 400 * ms
	s.feed(data(11, 200, "a"))
	s.events()
	s.now = 1000 * ms
	s.feed(data(11, 200, "a"))
	require.Empty(t, s.events(), "in time")
	s.out()

	s.feed(data(13, 200, "c"), data(15, 200, "e"))
	s.out() // EAK of 12 and 14
	s.feed(data(12, 200, "b"), data(12, 200, "b"), data(13, 200, "c"))
	var got []string
	for ev, ok := s.Poll(); ok; ev, ok = s.Poll() {
		if ev.Kind == Violated {
			require.Equal(t, EarlyRetransmission, ev.Violation.Kind)
			got = append(got, ev.Violation.Error())
		}
	}
	require.Equal(t, []string{
		"iap2 link: retransmission before the timeout: value 0, want 1000, in ACK seq=0d ack=c8 session=01",
	}, got, "13 was not asked for, 12 was")
}

// Being asked for excuses one early repetition, not that of the same number
// 256 packets later.
func TestEarlyRetransmissionAfterWrapAround(t *testing.T) {
	s := upDevice(t)
	s.feed(data(12, 200, "b"))
	s.out() // EAK of 11
	for n := range 257 {
		s.now += 2 * time.Second
		s.Tick(s.now)
		s.feed(data(uint8(11+n), 200, "x"))
		s.out()
		s.events()
	}
	s.feed(data(11, 200, "x"))
	require.Equal(t, []string{"violated: retransmission before the timeout"}, s.events())
}

func TestBeyondTheWindow(t *testing.T) {
	s := upDevice(t) // takes 4
	s.feed(data(14, 200, "4th"))
	require.Equal(t, []string{"EAK|ACK seq=c8 ack=0a missing 0b0c0d"}, s.out())
	require.Empty(t, s.events())
	s.feed(data(15, 200, "5th"))
	require.Equal(t, []string{"ACK seq=c8 ack=0a"}, s.out())
	require.Equal(t, []string{"violated: too many outstanding packets"}, s.events())
	s.feed(data(11, 200, "1"), data(12, 200, "2"), data(13, 200, "3"))
	require.Equal(t, []string{`01 "1"`, `01 "2"`, `01 "3"`, `01 "4th"`}, s.events(), "the 5th was dropped")
	require.Equal(t, uint64(1), s.Counters().BeyondWindow)
}

// Outstanding is what the peer cannot know to be received, so it is counted
// from the acknowledgement sent last.
func TestTooManyOutstandingInSequence(t *testing.T) {
	syn := testTerms()
	syn.MaxCumulativeAcks = 4
	s := newSolo(t, Device, Config{Syn: Syn{MaxOutstanding: 4}})
	s.feed(synOf(10, syn))
	s.out()
	s.feed(ack(10, 0), data(11, 0, "a"), data(12, 0, "b"), data(13, 0, "c"), data(14, 0, "d"))
	require.Equal(t, []string{"detected", "up", `01 "a"`, `01 "b"`, `01 "c"`, `01 "d"`}, s.events())
	s.feed(data(15, 0, "e")) // the acknowledgement has not left yet
	require.Equal(t, []string{"violated: too many outstanding packets", `01 "e"`}, s.events())
}

func TestRetransmission(t *testing.T) {
	s := upDevice(t)
	s.send("a")
	s.now = 300 * ms
	s.send("b")
	first := s.out()
	require.Len(t, first, 2)
	s.feed(data(11, 200, "changes what would be acknowledged"))
	s.events()
	s.pass(400 * ms)
	s.out()
	s.pass(1300 * ms)
	require.Equal(t, first[:1], s.out(), "the oldest, as it was")
	s.now = 1400 * ms
	s.feed(ack(11, 201))
	s.Tick(s.now)
	require.Equal(t, first[1:], s.out(), "the next is due as well")
	s.feed(ack(11, 202))
	s.quiet()
	require.Equal(t, uint64(2), s.Counters().Retransmissions)
}

// The time runs from when the packet leaves, not from Send.
func TestRetransmissionTimeRunsFromOutput(t *testing.T) {
	s := upDevice(t)
	s.send("a")
	s.now = 300 * ms
	s.Tick(s.now)
	s.out()
	s.pass(1300 * ms)
	require.Len(t, s.out(), 1)
	s.Tick(2200 * ms)
	require.Empty(t, s.out())
	s.now = 2300 * ms
	s.Tick(s.now)
	_, waits := s.Deadline()
	require.False(t, waits, "no timer for a packet that waits to leave")
	s.now = 5 * time.Second
	s.Tick(s.now)
	require.Len(t, s.out(), 1)
	require.Equal(t, StateUp, s.State())
}

func TestLinkDead(t *testing.T) {
	s := upDevice(t)
	s.send("a")
	s.send("b")
	s.out()
	s.pass(1 * time.Second)
	require.Equal(t, []string{`ACK seq=c9 ack=0a session=01 "a"`}, s.out())
	s.pass(2 * time.Second)
	require.Equal(t, []string{`ACK seq=c9 ack=0a session=01 "a"`}, s.out())
	s.pass(3 * time.Second) // two retransmissions are the maximum
	require.Equal(t, []string{"RST seq=ca ack=00"}, s.out())
	require.Equal(t, []string{"down: link dead"}, s.events())
	require.Equal(t, StatePausing, s.State())

	s.Feed(s.now, AppendMarker(nil))
	s.feed(data(11, 202, "late"), synOf(50, testTerms()))
	require.Empty(t, s.out(), "deaf in the pause")
	s.pass(3*time.Second + DefaultResetPause)
	require.Equal(t, []string{"marker"}, s.out(), "the accessory may not know")
	s.feed(synOf(50, testTerms()))
	s.out()
	s.feed(ack(50, uint8(s.isn)))
	require.Equal(t, []string{"detected", "up"}, s.events())
	s.quiet() // nothing of the old queue
}

func TestRecoveryGivesUp(t *testing.T) {
	s := upAccessory(t, func(c *Config) { c.DetectInterval = time.Hour })
	s.now = time.Minute
	s.Reset(s.now)
	require.Equal(t, []string{"down: local reset"}, s.events())
	s.pass(time.Minute + DefaultResetPause)
	s.pass(time.Minute + DefaultDetectTimeout)
	require.Equal(t, []string{"down: gave up"}, s.events())
	require.Equal(t, StateIdle, s.State())
}
