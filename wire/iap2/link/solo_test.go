package link

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// solo is one engine whose peer is the test: it feeds packets and reads what
// the engine says, each packet as one line of text.
type solo struct {
	*Engine
	t   testing.TB
	now time.Duration
}

func newSolo(t testing.TB, role Role, c Config) *solo {
	s := &solo{Engine: New(role, c), t: t}
	s.Start(0)
	return s
}

// testTerms are round numbers: window 4, retransmission after 1 s, at most 2 of
// them, acknowledgement after 100 ms or 3 packets.
func testTerms() Syn {
	return terms(4, 256, 1000, 100, 2, 3, Session{1, SessionControl, 1}, Session{2, SessionExternalAccessory, 1})
}

// upDevice returns a device whose link has just come up: accessory's SYN 10,
// its own SYN 200.
func upDevice(t testing.TB, change ...func(*Config)) *solo {
	c := Config{InitialSeq: func() uint8 { return 200 }, Syn: Syn{MaxOutstanding: 4, MaxLength: 256}}
	for _, f := range change {
		f(&c)
	}
	s := newSolo(t, Device, c)
	s.feed(synOf(10, testTerms()))
	require.Equal(t, "SYN|ACK seq=c8 ack=0a 16 bytes", s.out()[0])
	s.feed(Packet{Control: ControlACK, Seq: 10, Ack: 200})
	require.Equal(t, StateUp, s.State())
	require.Equal(t, []string{"detected", "up"}, s.events())
	return s
}

// upAccessory returns an accessory whose link has just come up: its own SYN 10,
// the device's SYN 200.
func upAccessory(t testing.TB, change ...func(*Config)) *solo {
	c := Config{InitialSeq: func() uint8 { return 10 }, Syn: testTerms()}
	for _, f := range change {
		f(&c)
	}
	s := newSolo(t, Accessory, c)
	s.Feed(0, AppendMarker(nil))
	require.Equal(t, []string{"marker", "SYN seq=0a ack=00 16 bytes"}, s.out())
	s.feed(synAckOf(200, 10, testTerms()))
	require.Equal(t, []string{"ACK seq=0a ack=c8"}, s.out())
	require.Equal(t, []string{"detected", "up"}, s.events())
	return s
}

func synOf(seq uint8, syn Syn) Packet {
	b, err := syn.AppendTo(nil)
	if err != nil {
		panic(err)
	}
	return Packet{Control: ControlSYN, Seq: seq, Payload: b}
}

func synAckOf(seq, ack uint8, syn Syn) Packet {
	p := synOf(seq, syn)
	p.Control |= ControlACK
	p.Ack = ack
	return p
}

func ack(seq, ack uint8) Packet { return Packet{Control: ControlACK, Seq: seq, Ack: ack} }

func eak(seq, ack uint8, missing ...uint8) Packet {
	return Packet{Control: ControlEAK | ControlACK, Seq: seq, Ack: ack, Payload: missing}
}

// data is a packet of the control session.
func data(seq, ack uint8, payload string) Packet {
	return Packet{Control: ControlACK, Seq: seq, Ack: ack, Session: 1, Payload: []byte(payload)}
}

func (s *solo) feed(packets ...Packet) {
	s.t.Helper()
	var b []byte
	for _, p := range packets {
		b = append(b, packetBytes(s.t, p)...)
	}
	s.Feed(s.now, b)
}

func (s *solo) send(payload string) {
	s.t.Helper()
	require.NoError(s.t, s.Send(s.now, 1, []byte(payload)))
}

// out returns what the engine has to say now.
func (s *solo) out() (lines []string) {
	for b, ok := s.NextOutput(); ok; b, ok = s.NextOutput() {
		lines = append(lines, render(b))
	}
	return lines
}

// render returns transport bytes as text; the payload is spelled out, except
// that of a SYN.
func render(b []byte) string {
	var parts []string
	for _, it := range decodeAll(new(Decoder), b) {
		switch p := it.Packet; it.Kind {
		case ItemMarker:
			parts = append(parts, "marker")
		case ItemNegative:
			parts = append(parts, "negative")
		case ItemError:
			parts = append(parts, "bad "+string(it.Err.Field))
		case ItemPacket:
			switch {
			case p.Control&ControlEAK != 0:
				p.Payload = nil
				parts = append(parts, fmt.Sprintf("%v missing %x", p, it.Packet.Payload))
			case p.Control&ControlSYN == 0 && len(p.Payload) > 0:
				p.Payload = nil
				parts = append(parts, fmt.Sprintf("%v %q", p, it.Packet.Payload))
			default:
				parts = append(parts, p.String())
			}
		}
	}
	return strings.Join(parts, "; ")
}

// events returns what the engine reports, data with its content.
func (s *solo) events() (lines []string) {
	for ev, ok := s.Poll(); ok; ev, ok = s.Poll() {
		switch ev.Kind {
		case Data:
			lines = append(lines, fmt.Sprintf("%02x %q", ev.Session, ev.Payload))
		case Violated:
			lines = append(lines, "violated: "+ev.Violation.Kind.String())
		default:
			lines = append(lines, ev.String())
		}
	}
	return lines
}

// pass lets time pass up to the next deadline, which must be at the given time
// after the start of the test.
func (s *solo) pass(until time.Duration) {
	s.t.Helper()
	at, ok := s.Deadline()
	require.True(s.t, ok, "a deadline")
	require.Equal(s.t, until, at)
	s.now = at
	s.Tick(at)
}

// quiet asserts that there is nothing to say, to report or to wait for.
func (s *solo) quiet() {
	s.t.Helper()
	require.Empty(s.t, s.out())
	require.Empty(s.t, s.events())
	at, ok := s.Deadline()
	require.False(s.t, ok, "deadline at %v", at)
}
