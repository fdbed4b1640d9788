package link

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// controlMessage returns a control message of n bytes; only its head matters
// here.
func controlMessage(id uint16, n int) []byte {
	m := make([]byte, n)
	copy(m, []byte{0x40, 0x40, byte(n >> 8), byte(n), byte(id >> 8), byte(id)})
	return m
}

// capturedMessage returns a control message from the vectors.
func capturedMessage(t *testing.T, name string) []byte {
	raw, err := os.ReadFile("../testdata/iap2.json")
	require.NoError(t, err)
	var list []struct{ Name, Hex string }
	require.NoError(t, json.Unmarshal(raw, &list))
	for _, v := range list {
		if v.Name == name {
			b, err := hex.DecodeString(v.Hex)
			require.NoError(t, err)
			return b
		}
	}
	t.Fatalf("no vector %s", name)
	return nil
}

// TestDJISession replays a captured session of DJI goggles with an iPhone as USB
// host. The phone sent 8 packets of 167 bytes, the goggles 12 of 1073. The
// phone numbered its packets AC to B2 and acknowledged 00, 00, 01, 02, 02, 03,
// 04, always on its next message, never alone.
//
// The capture gives numbers and sizes. Which of the phone's packets the goggles'
// five bare acknowledgements answer is inferred.
//
// Source: wllm-rbnt/third-eye capture.
func TestDJISession(t *testing.T) {
	goggles := func(seq, ack uint8, payload []byte) Packet {
		p := Packet{Control: ControlACK, Seq: seq, Ack: ack, Payload: payload}
		if payload != nil {
			p.Session = 0x0a
		}
		return p
	}
	script := []struct {
		heard  []byte   // the goggles send this at once
		says   []Packet // and then these
		answer [][]byte // whereupon the phone's application sends these
	}{
		{heard: AppendMarker(nil)},
		{heard: vectors(t)["link-syn-dji-goggles"]},
		{says: []Packet{goggles(0, 0xac, nil)}, answer: [][]byte{controlMessage(0xaa00, 6)}},
		{says: []Packet{goggles(0, 0xad, nil), goggles(1, 0xad, controlMessage(0xaa01, 617))},
			answer: [][]byte{controlMessage(0xaa02, 42)}},
		{says: []Packet{goggles(1, 0xae, nil), goggles(2, 0xae, controlMessage(0xaa03, 74))},
			answer: [][]byte{controlMessage(0xaa05, 6), controlMessage(0x1d00, 6)}},
		{says: []Packet{goggles(2, 0xaf, nil), goggles(2, 0xb0, nil), goggles(3, 0xb0, controlMessage(0x1d01, 241))},
			answer: [][]byte{controlMessage(0x1d02, 6)}},
		{says: []Packet{goggles(4, 0xb1, capturedMessage(t, "ae00-dji"))},
			answer: [][]byte{capturedMessage(t, "ae01-dji")}},
		{says: []Packet{goggles(4, 0xb2, nil)}},
	}

	phone := newSolo(t, Device, Config{InitialSeq: func() uint8 { return 0xac }})
	var sent [][]byte
	var packets, size int
	hear := func(b []byte) {
		packets++
		size += len(b)
		phone.Feed(phone.now, b)
	}
	for _, turn := range script {
		phone.now += 5 * time.Millisecond
		if turn.heard != nil {
			hear(turn.heard)
		}
		for _, p := range turn.says {
			hear(packetBytes(t, p))
		}
		for _, m := range turn.answer {
			require.NoError(t, phone.Send(phone.now, 0x0a, m))
		}
		for b, ok := phone.NextOutput(); ok; b, ok = phone.NextOutput() {
			sent = append(sent, append([]byte(nil), b...))
		}
	}
	require.Equal(t, 12, packets)
	require.Equal(t, 1073, size)

	want := []struct {
		seq, ack uint8
		size     int
	}{{0xac, 0, 23}, {0xad, 0, 16}, {0xae, 1, 52}, {0xaf, 2, 16}, {0xb0, 2, 16}, {0xb1, 3, 16}, {0xb2, 4, 22}}
	require.Len(t, sent, 1+len(want), "8 packets with the marker")
	require.Equal(t, AppendMarker(nil), sent[0])
	total := len(sent[0])
	for i, w := range want {
		b := sent[i+1]
		total += len(b)
		p := decodeAll(new(Decoder), b)[0].Packet
		require.Equal(t, w, struct {
			seq, ack uint8
			size     int
		}{p.Seq, p.Ack, len(b)}, "packet %d", i)
		require.NotEmpty(t, p.Payload, "no bare acknowledgement")
	}
	require.Equal(t, 167, total)
	require.Equal(t, []string{"detected", "up"}, phone.events()[:2])

	_, waits := phone.Deadline()
	require.False(t, waits, "nothing is left to acknowledge or to repeat")
	require.Zero(t, phone.Counters().AcksSent)
	require.Zero(t, phone.Counters().Violations)
}

// The goggles' side of the same handshake.
func TestDJIGogglesHandshake(t *testing.T) {
	p := newPipe(t, DJIGoggles(), Config{InitialSeq: func() uint8 { return 0xac }})
	require.Equal(t, [][]byte{AppendMarker(nil), vectors(t)["link-syn-dji-goggles"],
		packetBytes(t, ack(0, 0xac))}, p.wire[0], "6, 23 and 9 bytes")
	require.Equal(t, "SYN|ACK seq=ac ack=00 13 bytes", render(p.wire[1][1]))
}

// TestCarkitSession is the start of wired CarPlay over the lockdown service:
// marker and SYN leave together, no packet is acknowledged by itself, and 1D01
// and 1D00 cross.
//
// Source: redline-labs/digital_dashboard bring-up log, numbers 99 and 101.
func TestCarkitSession(t *testing.T) {
	accessory, device := CarkitZeroAck(), Config{InitialSeq: func() uint8 { return 101 }}
	accessory.InitialSeq = func() uint8 { return 99 }
	p := newPipe(t, accessory, device)
	v := vectors(t)
	require.Equal(t, [][]byte{v["detect-marker"], v["link-syn-carkit"], v["link-ack-carkit"]}, p.wire[0])
	require.Equal(t, [][]byte{v["detect-marker"], v["link-synack-carkit"]}, p.wire[1])

	require.NoError(t, p.ends[0].Send(0, 0x0a, controlMessage(0x1d01, 334)))
	require.NoError(t, p.ends[1].Send(0, 0x0a, controlMessage(0x1d00, 6)))
	p.run(time.Minute)
	require.Len(t, p.wire[0], 4)
	require.Len(t, p.wire[1], 3)
	require.Len(t, p.wire[0][3], 344)
	first := decodeAll(new(Decoder), p.wire[0][3])[0].Packet
	require.Equal(t, []uint8{ControlACK, 100, 101}, []uint8{first.Control, first.Seq, first.Ack})
	require.Equal(t, `ACK seq=66 ack=64 session=0a "@@\x00\x06\x1d\x00"`, render(p.wire[1][2]), "102, and the current number")
	for i, e := range p.ends {
		local := e.Params()
		require.True(t, local.ZeroAck())
		require.Len(t, p.received(i), 1)
		_, waits := e.Deadline()
		require.False(t, waits)
	}
}
