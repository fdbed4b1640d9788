package usbmux

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// Observed between usbmuxd 1.1.1 and a device, or built by its rules where the
// name says so.
var vectors = []struct {
	name    string
	version int
	wire    string
	packet  Packet
	text    string
}{
	{"version", 2, "00000000 00000014 00000002 00000000 00000000",
		Packet{Protocol: ProtoVersion, Payload: VersionInfo{Major: 2}.AppendTo(nil)}, "VERSION 2.0"},
	{"version, before one is agreed", 1, "00000000 00000014 00000002 00000000 00000000",
		Packet{Protocol: ProtoVersion, Payload: VersionInfo{Major: 2}.AppendTo(nil)}, "VERSION 2.0"},
	{"setup", 2, "00000002 00000011 feedface 0000 ffff 07",
		Packet{ProtoSetup, 0, noSequence, []byte{SetupByte}}, "tx=0 rx=65535 SETUP 07"},
	{"SYN", 2, "00000006 00000024 feedface 0001 0000 0001 f27e 00000000 00000000 50 02 0200 0000 0000",
		Packet{ProtoTCP, 1, 0, Segment{Src: 1, Dst: LockdownPort, Flags: SYN, Window: DefaultWindow}.AppendTo(nil)},
		"tx=1 rx=0 1 > 62078 SYN seq=0 ack=0 win=131072"},
	{"SYN|ACK", 2, "00000006 00000024 feedface 0000 0001 f27e 0001 00000000 00000001 50 12 0200 0000 0000",
		Packet{ProtoTCP, 0, 1, Segment{Src: LockdownPort, Dst: 1, Ack: 1, Flags: SYN | ACK, Window: DefaultWindow}.AppendTo(nil)},
		"tx=0 rx=1 62078 > 1 SYN|ACK seq=0 ack=1 win=131072"},
	{"SYN, version 1", 1, "00000006 0000001c 0001 f27e 00000000 00000000 50 02 0200 0000 0000",
		Packet{Protocol: ProtoTCP, Payload: Segment{Src: 1, Dst: LockdownPort, Flags: SYN, Window: DefaultWindow}.AppendTo(nil)},
		"tx=0 rx=0 1 > 62078 SYN seq=0 ack=0 win=131072"},
	{"data, built", 2, "00000006 00000026 feedface 0003 0001 0001 f27e 00000001 00000005 50 10 0200 0000 0000 6869",
		Packet{ProtoTCP, 3, 1, Segment{Src: 1, Dst: LockdownPort, Seq: 1, Ack: 5, Flags: ACK, Window: DefaultWindow, Payload: []byte("hi")}.AppendTo(nil)},
		"tx=3 rx=1 1 > 62078 ACK seq=1 ack=5 win=131072 2 bytes"},
	{"RST with a reason, built", 2, "00000006 00000029 feedface 0003 0001 f27e 0001 00000001 00000005 50 04 0200 0000 0000 676f6e650a",
		Packet{ProtoTCP, 3, 1, Segment{Src: LockdownPort, Dst: 1, Seq: 1, Ack: 5, Flags: RST, Window: DefaultWindow, Payload: []byte("gone\n")}.AppendTo(nil)},
		`tx=3 rx=1 62078 > 1 RST seq=1 ack=5 win=131072 "gone"`},
	{"control, built", 2, "00000001 00000014 feedface 0000 0001 07 6f6b6b",
		Packet{ProtoControl, 0, 1, Control{ControlInfo, "okk"}.AppendTo(nil)}, `tx=0 rx=1 CONTROL info "okk"`},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			wire := unhex(v.wire)
			p, err := ParsePacket(wire, v.version)
			require.NoError(t, err)
			assert.Equal(t, v.packet, p)
			assert.Equal(t, v.text, p.String())
			back, err := v.packet.AppendTo([]byte("x"), v.version)
			require.NoError(t, err)
			assert.Equal(t, append([]byte("x"), wire...), back)
		})
	}
}

func TestParsePacketErrors(t *testing.T) {
	for _, c := range []struct {
		name, wire string
		version    int
		want       string
		err        error
	}{
		{"empty", "", 2, "usbmux: offset 0: header: too short: 0, want 8", ErrShort},
		{"cut header", "00000006 000000", 2, "usbmux: offset 0: header: too short: 7, want 8", ErrShort},
		{"length too large", "00000006 0000000c feedface", 1, "", nil},
		{"short for version 2", "00000006 0000000c feedface", 2, "usbmux: offset 0: header: too short: 12, want 16", ErrShort},
		{"length field above", "00000006 00000009", 1, "usbmux: offset 4: length: length field and length differ: 9, want 8", ErrMismatch},
		{"length field below", "00000006 00000008 00", 1, "usbmux: offset 4: length: length field and length differ: 8, want 9", ErrMismatch},
		{"magic", "00000006 00000010 deadbeef 0000 0000", 2, "usbmux: offset 8: magic: wrong magic: deadbeef, want feedface", ErrMagic},
	} {
		_, err := ParsePacket(unhex(c.wire), c.version)
		if c.err == nil {
			require.NoError(t, err, c.name)
			continue
		}
		require.EqualError(t, err, c.want, c.name)
		require.ErrorIs(t, err, c.err)
	}
	_, err := ParseVersion(make([]byte, 11))
	require.EqualError(t, err, "usbmux: offset 8: version: too short: 11, want 12")
	_, err = ParseControl(nil)
	require.EqualError(t, err, "usbmux: offset 16: control: too short: 0, want 1")
	_, err = ParseSegment(make([]byte, 19))
	require.EqualError(t, err, "usbmux: offset 16: segment: too short: 19, want 20")
	_, err = Packet{Protocol: ProtoTCP, Payload: make([]byte, MaxToHost-HeaderLenV2+1)}.AppendTo(nil, 2)
	require.EqualError(t, err, "usbmux: offset 16: payload: too long: 65537, want 65536")
}

func TestSegmentFields(t *testing.T) {
	s := Segment{Src: 1, Dst: 2, Seq: 3, Ack: 4, Offset: 0x60, Flags: ACK | PSH, Window: 256, Checksum: 5, Urgent: 6, Payload: []byte("x")}
	back, err := ParseSegment(s.AppendTo(nil))
	require.NoError(t, err)
	require.Equal(t, s, back)
	wide, err := ParseSegment(Segment{Window: 1 << 30}.AppendTo(nil))
	require.NoError(t, err)
	require.EqualValues(t, MaxWindow, wide.Window)
	narrow, err := ParseSegment(Segment{Window: 511}.AppendTo(nil))
	require.NoError(t, err)
	require.EqualValues(t, 256, narrow.Window, "the low byte is lost")
}

func TestReason(t *testing.T) {
	for payload, want := range map[string]string{"": "", "why": "why", "why\n": "why", "why\n\n": "why\n", "why\n\x00": "why",
		strings.Repeat("x", 300): strings.Repeat("x", 256)} {
		assert.Equal(t, want, Segment{Payload: []byte(payload)}.Reason())
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ want, got string }{
		{"SYN|ACK", (SYN | ACK).String()},
		{"FIN|RST|PSH|URG", (FIN | RST | PSH | URG).String()},
		{"0x00", Flags(0).String()},
		{"ACK|0x80", (ACK | 0x80).String()},
		{"TCP", ProtoTCP.String()},
		{"protocol 9", Protocol(9).String()},
		{"CONTROL", ProtoControl.String()},
		{"error", ControlError.String()},
		{"warning", ControlWarning.String()},
		{"type 9", ControlType(9).String()},
		{"host", Host.String()},
		{"device", Device.String()},
		{"active", StateActive.String()},
		{"9", State(8).String()},
		{"closing", ConnClosing.String()},
		{"tx=1 rx=2 protocol 9 616263", Packet{Protocol: 9, Tx: 1, Rx: 2, Payload: []byte("abc")}.String()},
		{"tx=0 rx=0 TCP 61", Packet{Protocol: ProtoTCP, Payload: []byte("a")}.String()},
		{"tx=0 rx=0 CONTROL ", Packet{Protocol: ProtoControl}.String()},
		{"tx=0 rx=0 VERSION ", Packet{}.String()},
	} {
		assert.Equal(t, c.want, c.got)
	}
}

func TestChunks(t *testing.T) {
	for _, c := range []struct {
		n    int
		want []int
	}{
		{0, nil},
		{20, []int{20}},
		{512, []int{512}},                       // the zero-length packet ends this read
		{16383, []int{16383}},                   //
		{16384, []int{16384, 0}},                // here it completes one of its own
		{16385, []int{16384, 1}},                //
		{32768 + 512, []int{16384, 16384, 512}}, //
		{49152, []int{16384, 16384, 16384, 0}},
	} {
		var got []int
		for chunk := range Chunks(make([]byte, c.n), ReadSize, 512) {
			got = append(got, len(chunk))
		}
		assert.Equal(t, c.want, got, "%d bytes", c.n)
	}
	for range Chunks(make([]byte, 40000), ReadSize, 512) {
		break // a reader may stop
	}
}
