package link

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func upZeroAck(t testing.TB, change ...func(*Config)) *solo {
	c := CarkitZeroAck()
	for _, f := range change {
		f(&c)
	}
	s := newSolo(t, Accessory, c)
	s.feed(synAckOf(50, 0, CarkitZeroAck().Syn))
	require.Equal(t, StateUp, s.State())
	s.out()
	s.events()
	return s
}

func TestZeroAckHasNoWindow(t *testing.T) {
	s := upZeroAck(t)
	for range 1000 {
		require.NoError(t, s.Send(0, 0x0a, []byte("x")))
	}
	require.Len(t, s.out(), 1000)
	require.Zero(t, s.Pending(), "written is acknowledged")
	s.quiet()
}

func TestZeroAckAcknowledgesNothing(t *testing.T) {
	s := upZeroAck(t)
	p := data(51, 0, "a")
	p.Session = 0x0a
	for range 20 {
		s.feed(p)
		p.Seq++
	}
	require.Len(t, s.events(), 20)
	s.quiet()
	require.NoError(t, s.Send(0, 0x0a, []byte("x")))
	require.Equal(t, []string{`ACK seq=01 ack=46 session=0a "x"`}, s.out(), "but its packets bring the current number")
}

func TestZeroAckGapAndDuplicate(t *testing.T) {
	s := upZeroAck(t)
	at := func(seq uint8, payload string) Packet {
		p := data(seq, 0, payload)
		p.Session = 0x0a
		return p
	}
	s.feed(at(51, "a"), at(53, "c"), at(53, "c"), at(52, "b"))
	require.Equal(t, []string{`0a "a"`, "violated: sequence gap", `0a "c"`}, s.events())
	require.Equal(t, uint64(2), s.Counters().Duplicates)
	s.quiet()
}

// What cannot be repeated must not be dropped in silence.
func TestZeroAckOverrun(t *testing.T) {
	s := upZeroAck(t, func(c *Config) { c.ReceiveBytes = 5 })
	for seq := uint8(51); seq < 53; seq++ {
		p := data(seq, 0, "abc")
		p.Session = 0x0a
		s.feed(p)
	}
	require.Equal(t, []string{`0a "abc"`, "down: overrun"}, s.events())
	require.Equal(t, []string{"RST seq=00 ack=00"}, s.out())
}

func TestZeroAckTooManyEvents(t *testing.T) {
	s := upZeroAck(t)
	p := data(50, 0, "x")
	p.Session = 0x0a
	for range maxEvents + 5 {
		p.Seq++
		s.feed(p)
	}
	events := s.events()
	require.Len(t, events, maxEvents+1)
	require.Equal(t, "down: overrun", events[maxEvents])
}

// A device that does not confirm the zeros gets the acknowledged mode.
func TestZeroAckFallback(t *testing.T) {
	device := Config{Negotiate: func(p Syn) (Syn, error) {
		if p.ZeroAck() {
			p.RetransmitTimeout, p.AckTimeout = time.Second, 100*time.Millisecond
			p.MaxRetransmissions, p.MaxCumulativeAcks = 5, 3
		}
		return p, nil
	}}
	for _, confirm := range []bool{false, true} {
		accessory := CarkitZeroAck()
		accessory.Confirm = confirm
		p := newPipe(t, accessory, device)
		require.NoError(t, p.ends[0].Send(0, 0x0a, []byte("x")))
		p.run(time.Second)
		require.Equal(t, []string{"x"}, p.received(1))
		for _, e := range p.ends {
			got := e.Params()
			require.False(t, got.ZeroAck())
		}
		require.Equal(t, uint64(1), p.ends[1].Counters().AcksSent)
	}
}
