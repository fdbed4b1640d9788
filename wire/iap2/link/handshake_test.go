package link

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDeviceMirrorsTheAccessory(t *testing.T) {
	s := newSolo(t, Device, Config{})
	s.feed(synOf(0, DJIGoggles().Syn))
	b, ok := s.NextOutput()
	require.True(t, ok)
	got, err := DecodeSyn(decodeAll(new(Decoder), b)[0].Packet.Payload)
	require.NoError(t, err)
	want := DJIGoggles().Syn
	want.MaxOutstanding, want.MaxLength = 127, 65535
	require.Equal(t, want, got)

	s.feed(ack(0, 0))
	limits := DJIGoggles().Syn
	require.Equal(t, limits, s.Params(), "what bounds the device are the accessory's limits")
	require.Equal(t, want, s.Local())
	require.Equal(t, 1014, s.MaxPayload())
}

func TestAccessoryAdoptsTheAnswer(t *testing.T) {
	s := newSolo(t, Accessory, Config{Syn: testTerms()})
	s.Feed(0, AppendMarker(nil))
	s.out()
	answer := testTerms()
	answer.MaxOutstanding, answer.MaxLength = 127, 65535
	answer.RetransmitTimeout = 3 * time.Second
	s.feed(synAckOf(9, 0, answer))
	require.Equal(t, []string{"ACK seq=00 ack=09"}, s.out())
	require.Equal(t, answer, s.Params())
	require.Equal(t, 65525, s.MaxPayload())
}

func TestSynAckRepeatedUntilAck(t *testing.T) {
	s := newSolo(t, Device, Config{})
	s.feed(synOf(7, testTerms()))
	first := s.out()
	s.pass(time.Second)
	require.Equal(t, first, s.out())
	s.feed(synOf(7, testTerms()))
	require.Equal(t, first, s.out(), "a repeated SYN gets the same answer")
	s.feed(ack(7, 0))
	require.Equal(t, []string{"detected", "up"}, s.events())
	s.quiet()
}

func TestHandshakeAckMayBeLost(t *testing.T) {
	s := newSolo(t, Device, Config{})
	s.feed(synOf(7, testTerms()))
	s.out()
	s.feed(data(8, 0, "first"))
	require.Equal(t, []string{"detected", "up", `01 "first"`}, s.events(), "data completes the handshake too")

	a := upAccessory(t)
	a.feed(synAckOf(200, 10, testTerms()))
	require.Equal(t, []string{"ACK seq=0a ack=c8"}, a.out(), "the device asks for the ACK again")
	require.Empty(t, a.events())
}

func TestHandshakeIgnoresWhatDoesNotBelongToIt(t *testing.T) {
	d := newSolo(t, Device, Config{InitialSeq: func() uint8 { return 200 }})
	d.feed(synOf(10, testTerms()))
	d.out()
	d.feed(
		ack(10, 199),                  // of another SYN|ACK
		data(11, 201, "x"),            // likewise
		data(10+128, 200, "x"),        // number beyond any window
		Packet{Seq: 10, Ack: 200},     // no ACK bit
		synOf(9, testTerms()),         // an older SYN on its way
		synAckOf(9, 200, testTerms()), // a device's packet
		Packet{Control: ControlSYN | ControlACK | ControlEAK, Payload: []byte{1}},
	)
	require.Equal(t, StateSynReceived, d.State())
	require.Empty(t, d.out())
	require.Equal(t, []string{"detected", "violated: unexpected packet", "violated: impossible control bits"}, d.events())

	a := newSolo(t, Accessory, Config{InitialSeq: func() uint8 { return 10 }})
	a.Feed(0, AppendMarker(nil))
	a.out()
	a.feed(
		synAckOf(200, 9, testTerms()), // answers an older SYN
		data(201, 10, "x"),
		synOf(200, testTerms()), // another accessory
	)
	require.Equal(t, StateSynSent, a.State())
	require.Empty(t, a.out())
	require.Equal(t, []string{"detected", "violated: unexpected packet"}, a.events())
}

// A SYN that differs and comes later than anything under way replaces the first.
func TestDeviceTakesANewSyn(t *testing.T) {
	d := newSolo(t, Device, Config{})
	d.feed(synOf(10, testTerms()))
	require.Equal(t, []string{"SYN|ACK seq=00 ack=0a 16 bytes"}, d.out())
	d.now = DefaultStaleGrace
	d.feed(synOf(50, testTerms()))
	require.Equal(t, []string{"SYN|ACK seq=01 ack=32 16 bytes"}, d.out(), "with a number of its own")
	d.feed(ack(10, 0))
	require.Equal(t, StateSynReceived, d.State(), "the first is forgotten")
	d.feed(ack(50, 1))
	require.Equal(t, StateUp, d.State())
}

func TestSynWhileUp(t *testing.T) {
	d := upDevice(t)
	d.feed(synOf(10, testTerms()), synOf(99, testTerms()))
	d.quiet() // late ones

	d.now = time.Minute
	d.feed(synOf(10, testTerms()))
	require.Equal(t, []string{"down: peer restarted", "detected"}, d.events(), "even the very same SYN")
	require.Equal(t, []string{"SYN|ACK seq=08 ack=0a 16 bytes"}, d.out(), "the number is drawn from the 64 after the last")
	d.feed(ack(10, 8))
	require.Equal(t, []string{"up"}, d.events())

	d = upDevice(t, func(c *Config) { c.SynWhileUp = Ignore })
	d.now = time.Minute
	d.feed(synOf(99, testTerms()))
	d.quiet()
}

// A SYN|ACK that answers another SYN shows that the device is in another
// handshake; when it is not a late one, the link is gone.
func TestOtherSynAckWhileUp(t *testing.T) {
	a := upAccessory(t)
	a.feed(synAckOf(200, 9, testTerms()), synAckOf(3, 10, testTerms()))
	a.quiet()
	a.now = time.Minute
	a.feed(synAckOf(200, 9, testTerms()))
	require.Equal(t, []string{"down: peer restarted"}, a.events())
	require.Equal(t, []string{"RST seq=0a ack=00"}, a.out())
}

func TestUnacceptableSyn(t *testing.T) {
	bad := testTerms()
	bad.Version = 2

	d := newSolo(t, Device, Config{})
	d.feed(synOf(10, bad))
	require.Equal(t, []string{"RST seq=00 ack=00"}, d.out())
	require.Equal(t, []string{"detected", "violated: unacceptable SYN", "down: unacceptable"}, d.events())
	d.feed(synOf(11, testTerms()))
	require.Equal(t, []string{"SYN|ACK seq=00 ack=0b 16 bytes"}, d.out(), "and listens on")

	a := newSolo(t, Accessory, Config{Syn: testTerms()})
	a.Feed(0, AppendMarker(nil))
	a.out()
	a.feed(synAckOf(5, 0, bad))
	require.Equal(t, []string{"RST seq=00 ack=00"}, a.out())
	require.Equal(t, []string{"detected", "violated: unacceptable SYN", "down: unacceptable"}, a.events())
	a.pass(DefaultResetPause)
	require.Equal(t, []string{"marker"}, a.out())
}

func TestRefusedSyn(t *testing.T) {
	a := newSolo(t, Accessory, Config{Syn: testTerms()})
	a.Feed(0, AppendMarker(nil))
	a.out()
	a.feed(Packet{Control: ControlRST})
	require.Equal(t, []string{"detected", "down: refused"}, a.events())
	a.pass(DefaultResetPause)
	require.Equal(t, []string{"marker"}, a.out(), "it tries again")
	a.Feed(a.now, AppendMarker(nil))
	require.Equal(t, []string{"SYN seq=01 ack=00 16 bytes"}, a.out())

	d := newSolo(t, Device, Config{Faults: Faults{RefuseSyn: true}})
	d.feed(synOf(10, testTerms()))
	require.Equal(t, []string{"RST seq=00 ack=00"}, d.out())
	require.Equal(t, []string{"detected", "down: unacceptable"}, d.events())

	d = newSolo(t, Device, Config{Faults: Faults{NoSynAck: true}})
	d.feed(synOf(10, testTerms()))
	require.Empty(t, d.out())
}

// A device may insist on a session, as an iPhone over Bluetooth was seen to do.
func TestNegotiateRefuses(t *testing.T) {
	errEA := errors.New("no external accessory session")
	d := newSolo(t, Device, Config{Negotiate: func(p Syn) (Syn, error) {
		if _, ok := p.SessionOf(SessionExternalAccessory); !ok {
			return Syn{}, errEA
		}
		return p, nil
	}})
	d.feed(synOf(0, DJIGoggles().Syn))
	require.Equal(t, []string{"RST seq=00 ack=00"}, d.out())
	ev, _ := d.Poll()
	require.Equal(t, Detected, ev.Kind)
	ev, _ = d.Poll()
	require.ErrorIs(t, ev.Violation, errEA)
	require.EqualError(t, ev.Violation, "unacceptable SYN: no external accessory session")
}

// slower is a device's counter-proposal.
func slower(p Syn) (Syn, error) {
	p.RetransmitTimeout, p.AckTimeout = 5*time.Second, 500*time.Millisecond
	return p, nil
}

func TestCounterProposal(t *testing.T) {
	t.Run("adopted", func(t *testing.T) {
		p := newPipe(t, Config{Syn: testTerms()}, Config{Negotiate: slower})
		for _, e := range p.ends {
			require.Equal(t, StateUp, e.State())
			got := e.Params()
			require.Equal(t, 5*time.Second, got.RetransmitTimeout)
			require.Equal(t, 500*time.Millisecond, got.AckTimeout)
		}
		require.Equal(t, uint8(127), p.ends[0].Params().MaxOutstanding, "limits are the device's own")
		require.Equal(t, "SYN seq=00 ack=00 16 bytes", render(p.wire[0][1]))
		require.Equal(t, "ACK seq=00 ack=00", render(p.wire[0][2]))
	})
	t.Run("confirmed", func(t *testing.T) {
		p := newPipe(t, Config{Syn: testTerms(), Confirm: true}, Config{Negotiate: slower})
		var said []string
		for _, b := range p.wire[0] {
			said = append(said, render(b))
		}
		require.Equal(t, []string{"marker", "SYN seq=00 ack=00 16 bytes", "SYN seq=01 ack=00 16 bytes", "ACK seq=01 ack=01"}, said)
		local := p.ends[0].Local()
		answer := p.ends[1].Local()
		require.True(t, local.SameTerms(&answer))
		require.Equal(t, uint8(4), local.MaxOutstanding, "limits are not negotiated")
	})
	t.Run("by the accessory in turn", func(t *testing.T) {
		accessory := Config{Syn: testTerms(), Negotiate: func(p Syn) (Syn, error) {
			p.RetransmitTimeout = min(p.RetransmitTimeout, 2*time.Second)
			return p, nil
		}}
		device := Config{Negotiate: func(p Syn) (Syn, error) { // insists once
			if p.RetransmitTimeout == time.Second {
				p.RetransmitTimeout = 5 * time.Second
			}
			return p, nil
		}}
		p := newPipe(t, accessory, device)
		require.Equal(t, StateUp, p.ends[1].State())
		require.Equal(t, 2*time.Second, p.ends[1].Params().RetransmitTimeout)
	})
	t.Run("without end", func(t *testing.T) {
		n := time.Duration(0)
		device := Config{Negotiate: func(p Syn) (Syn, error) {
			n += time.Millisecond
			p.RetransmitTimeout += n
			return p, nil
		}}
		p := newPipe(t, Config{Syn: testTerms(), Confirm: true}, device)
		require.Equal(t, 5*time.Millisecond, n, "five SYNs, then no more")
		require.Equal(t, StatePausing, p.ends[0].State())
		require.Contains(t, p.events[0], Event{Kind: Down, Reason: Unacceptable})
		require.Contains(t, p.events[1], Event{Kind: Down, Reason: PeerReset})
		p.run(DefaultResetPause)
		require.Equal(t, 10*time.Millisecond, n, "and five more in the next attempt")
	})
}

// A device that takes fewer packets than may share an acknowledgement says so.
func TestDeviceLowersCumulativeAcks(t *testing.T) {
	p := newPipe(t, Config{Syn: testTerms()}, Config{Syn: Syn{MaxOutstanding: 2}})
	require.Equal(t, uint8(2), p.ends[0].Params().MaxCumulativeAcks)
	require.Equal(t, uint8(2), p.ends[1].Params().MaxCumulativeAcks)
}

func TestInitialSeqFolds(t *testing.T) {
	for _, draw := range []uint8{0, 1, 63, 64, 77, 128, 200, 255} {
		d := upDevice(t, func(c *Config) { // first link begins at 200
			first := true
			c.InitialSeq = func() uint8 {
				if first {
					first = false
					return 200
				}
				return draw
			}
		})
		d.now = time.Minute
		d.feed(synOf(10, testTerms()))
		it := decodeAll(new(Decoder), must(d.NextOutput()))[0]
		ahead := it.Packet.Seq - 201
		require.Less(t, ahead, uint8(64), "begins shortly after the numbers of the old link")
		require.Equal(t, (draw-201)%64, ahead, "draw %d", draw)
	}
}

func must(b []byte, ok bool) []byte {
	if !ok {
		panic("no output")
	}
	return b
}
