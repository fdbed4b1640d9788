package link

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// with sets fault switches.
func with(f Faults) func(*Config) { return func(c *Config) { c.Faults = f } }

// Each case runs against an engine without the fault and one with it.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name      string
		fault     Faults
		up        func(testing.TB, ...func(*Config)) *solo
		do        func(s *solo)
		good, bad []string
	}{
		{"no retransmission", Faults{NoRetransmit: true}, upDevice, func(s *solo) {
			s.send("a")
			s.out()
			s.now = time.Second
			s.Tick(s.now)
		}, []string{`ACK seq=c9 ack=0a session=01 "a"`}, nil},
		{"no answer to EAK", Faults{NoRetransmit: true}, upDevice, func(s *solo) {
			s.send("a")
			s.send("b")
			s.out()
			s.feed(eak(10, 200, 201))
		}, []string{`ACK seq=c9 ack=0a session=01 "a"`}, nil},
		{"window", Faults{IgnoreWindow: true}, upDevice, func(s *solo) {
			for range 4 {
				s.send("x")
			}
			s.out()
			s.send("fifth")
		}, nil, []string{`ACK seq=cd ack=0a session=01 "fifth"`}},
		{"reset", Faults{IgnoreReset: true}, upDevice, func(s *solo) {
			s.feed(rst)
		}, []string{"marker"}, nil},
		{"garbage", Faults{ResetOnGarbage: true}, upDevice, func(s *solo) {
			s.Feed(0, []byte{0, 0x11})
			s.feed(data(11, 200, "x"), data(12, 200, "y"), data(13, 200, "z"))
		}, []string{"ACK seq=c8 ack=0d"}, []string{"RST seq=c8 ack=00"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			good, bad := tt.up(t), tt.up(t, with(tt.fault))
			tt.do(good)
			require.Equal(t, tt.good, good.out())
			tt.do(bad)
			require.Equal(t, tt.bad, bad.out())
		})
	}
}

func TestNoChecksum(t *testing.T) {
	b := packetBytes(t, data(11, 200, "x"))
	b[len(b)-1] ^= 0xFF
	good, bad := upDevice(t), upDevice(t, with(Faults{NoChecksum: true}))
	good.Feed(0, b)
	require.Equal(t, []string{"violated: bad frame"}, good.events())
	bad.Start(0) // survives a restart
	bad.feed(synOf(10, testTerms()), ack(10, 200))
	bad.events()
	bad.Feed(0, b)
	require.Equal(t, []string{`01 "x"`}, bad.events())
}

func TestIgnoreMaxLength(t *testing.T) {
	long := strings.Repeat("x", 300) // the peer takes 256 bytes
	good, bad := upDevice(t), upDevice(t, with(Faults{IgnoreMaxLength: true}))
	require.Equal(t, 256-Overhead, good.MaxPayload())
	good.send(long)
	require.Len(t, good.out(), 2)
	require.Equal(t, MaxPayload, bad.MaxPayload())
	bad.send(long)
	require.Len(t, bad.out(), 1)
}

func TestIgnoreNegative(t *testing.T) {
	for _, ignore := range []bool{false, true} {
		s := newSolo(t, Accessory, Config{Faults: Faults{IgnoreNegative: ignore}})
		require.Equal(t, []string{"marker"}, s.out())
		s.Feed(0, AppendNegative(nil))
		s.Tick(DefaultDetectInterval)
		if ignore {
			require.Equal(t, []string{"marker"}, s.out())
		} else {
			require.Empty(t, s.out())
		}
	}
}

func TestAlwaysAck(t *testing.T) {
	for _, always := range []bool{false, true} {
		c := CarkitZeroAck()
		s := newSolo(t, Device, Config{InitialSeq: func() uint8 { return 200 }, Faults: Faults{AlwaysAck: always}})
		s.feed(synOf(10, c.Syn))
		s.out()
		s.feed(ack(10, 200), Packet{Control: ControlACK, Seq: 11, Ack: 200, Session: 0x0a, Payload: []byte("x")})
		if always {
			require.Equal(t, []string{"ACK seq=c8 ack=0b"}, s.out())
		} else {
			require.Empty(t, s.out())
		}
	}
}
