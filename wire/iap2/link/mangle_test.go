package link

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMangle(t *testing.T) {
	for _, tt := range []struct {
		name   string
		mangle func(p *Packet, n int) Action
		want   []string
	}{
		{"send", func(*Packet, int) Action { return Send },
			[]string{"marker", "SYN seq=00 ack=00 16 bytes", "ACK seq=00 ack=09", `ACK seq=01 ack=09 session=01 "a"`, `ACK seq=02 ack=09 session=01 "b"`}},
		{"drop the 3rd", func(_ *Packet, n int) Action {
			if n == 3 {
				return Drop
			}
			return Send
		}, []string{"marker", "SYN seq=00 ack=00 16 bytes", "ACK seq=00 ack=09", `ACK seq=02 ack=09 session=01 "b"`}},
		{"corrupt headers of data", onData(CorruptHeader),
			[]string{"marker", "SYN seq=00 ack=00 16 bytes", "ACK seq=00 ack=09", "bad header checksum", "bad header checksum"}},
		{"corrupt payloads of data", onData(CorruptPayload),
			[]string{"marker", "SYN seq=00 ack=00 16 bytes", "ACK seq=00 ack=09", "bad payload checksum", "bad payload checksum"}},
		{"corrupt payloads that are not there", func(p *Packet, _ int) Action {
			if len(p.Payload) == 0 {
				return CorruptPayload
			}
			return Send
		}, []string{"marker", "SYN seq=00 ack=00 16 bytes", "ACK seq=00 ack=09", `ACK seq=01 ack=09 session=01 "a"`, `ACK seq=02 ack=09 session=01 "b"`}},
		{"duplicate data", onData(Duplicate),
			[]string{"marker", "SYN seq=00 ack=00 16 bytes", "ACK seq=00 ack=09", `ACK seq=01 ack=09 session=01 "a"`,
				`ACK seq=01 ack=09 session=01 "a"`, `ACK seq=02 ack=09 session=01 "b"`, `ACK seq=02 ack=09 session=01 "b"`}},
		{"wrong acknowledgement", func(p *Packet, _ int) Action { p.Ack++; return Send },
			[]string{"marker", "SYN seq=00 ack=01 16 bytes", "ACK seq=00 ack=0a", `ACK seq=01 ack=0a session=01 "a"`, `ACK seq=02 ack=0a session=01 "b"`}},
		{"other payload", func(p *Packet, n int) Action {
			if n == 4 {
				p.Payload = []byte("other")
			}
			return Send
		}, []string{"marker", "SYN seq=00 ack=00 16 bytes", "ACK seq=00 ack=09", `ACK seq=01 ack=09 session=01 "a"`, `ACK seq=02 ack=09 session=01 "other"`}},
		{"payload too long to send", func(p *Packet, n int) Action {
			if n == 4 {
				p.Payload = make([]byte, MaxPayload+1)
			}
			return Send
		}, []string{"marker", "SYN seq=00 ack=00 16 bytes", "ACK seq=00 ack=09", `ACK seq=01 ack=09 session=01 "a"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSolo(t, Accessory, Config{Syn: testTerms(), Faults: Faults{Mangle: tt.mangle}})
			got := s.out()
			s.Feed(0, AppendMarker(nil))
			got = append(got, s.out()...)
			s.feed(synAckOf(9, 0, testTerms()))
			got = append(got, s.out()...)
			s.send("a")
			s.send("b")
			got = append(got, s.out()...)
			require.Equal(t, tt.want, got)
		})
	}
}

func onData(verdict Action) func(*Packet, int) Action {
	return func(p *Packet, _ int) Action {
		if p.Session != 0 {
			return verdict
		}
		return Send
	}
}

// What Mangle does concerns the wire alone: the engine repeats what it queued.
func TestMangledPacketsAreRepeatedWhole(t *testing.T) {
	broken := true
	s := upAccessory(t, func(c *Config) {
		c.Mangle = func(p *Packet, n int) Action {
			if broken && p.Session != 0 {
				p.Payload = []byte("junk")
				return CorruptPayload
			}
			return Send
		}
	})
	s.send("whole")
	require.Equal(t, []string{"bad payload checksum"}, s.out())
	broken = false
	s.pass(1e9)
	require.Equal(t, []string{`ACK seq=0b ack=c8 session=01 "whole"`}, s.out())
}
