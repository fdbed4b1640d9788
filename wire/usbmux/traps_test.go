package usbmux

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The traps of the mux, 2 to 8 of a list of twenty; the others are lockdown's and
// the daemon's.

// dataFlags makes a fault that sends data with other flags.
func dataFlags(f Flags) Faults {
	return Faults{Mangle: func(p []byte, n int) Action {
		if Protocol(binary.BigEndian.Uint32(p)) == ProtoTCP && len(p) > HeaderLenV2+SegmentHeaderLen {
			p[HeaderLenV2+13] = byte(f)
		}
		return Send
	}}
}

func TestTrap02OnlyFourFlagCombinations(t *testing.T) {
	for _, flags := range []Flags{PSH | ACK, FIN | ACK, SYN | ACK, SYN, 0, ACK | URG} {
		t.Run(flags.String(), func(t *testing.T) {
			r := newRig(t, Usbmuxd(), Config{Faults: dataFlags(flags)})
			_, b := r.connect(1)
			r.write(b, "x")
			log := r.events()
			require.Contains(t, log, "host: closed 1>1: bad flags")
			require.Equal(t, ConnClosed, b.State())
			require.Contains(t, log, "device: closed 1>1: peer reset")
		})
	}
	// An answer to SYN that is neither SYN|ACK nor RST refuses it, by RST.
	r := newRig(t, Usbmuxd(), Config{Faults: Faults{Mangle: func(p []byte, n int) Action {
		if Protocol(binary.BigEndian.Uint32(p)) == ProtoTCP && Flags(p[HeaderLenV2+13]) == SYN|ACK {
			p[HeaderLenV2+13] = byte(ACK)
		}
		return Send
	}}})
	_, err := r.host.Open(r.now, 1)
	require.NoError(t, err)
	r.run()
	require.Contains(t, r.events(), "host: refused 1>1: bad answer")
	require.Empty(t, r.device.Conns())
}

func TestTrap03AcknowledgingAcknowledgementsStorms(t *testing.T) {
	exchange := func(device Config) (packets int) {
		r := newRig(t, Usbmuxd(), device)
		r.maxPackets = 5000
		a, b := r.connect(1)
		before := r.sent[0] + r.sent[1]
		_, err := a.Write(r.now, []byte("one question"))
		require.NoError(t, err)
		r.run()
		b.Discard(r.now, b.Buffered())
		r.run()
		return r.sent[0] + r.sent[1] - before
	}
	require.Equal(t, 3, exchange(Config{}), "the data, its ACK, and usbmuxd's ACK of that")
	require.Greater(t, exchange(Config{Faults: Faults{AckAcks: true}}), 4000)
}

func TestTrap04WindowOfTheHost(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults Faults
		want   ConnState
	}{
		{"kept", Faults{}, ConnEstablished},
		{"ignored", Faults{IgnoreWindow: true}, ConnClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, Usbmuxd(), Config{QueueBytes: 1 << 20, Faults: c.faults})
			a, b := r.connect(1)
			_, err := b.Write(r.now, make([]byte, 400000))
			require.NoError(t, err)
			r.run()
			require.Equal(t, c.want, a.State())
			require.LessOrEqual(t, a.Buffered(), DefaultWindow)
			if c.want == ConnClosed {
				require.Contains(t, r.events(), "host: closed 1>1: overrun: \"window exceeded\"")
				return
			}
			require.Equal(t, DefaultWindow, a.Buffered())
			require.Equal(t, DefaultWindow, b.InFlight())
			total := 0
			for a.Buffered() > 0 {
				total += a.Buffered()
				a.Discard(r.now, a.Buffered())
				r.run()
				r.tick(UsbmuxdAckDelay)
			}
			require.Equal(t, 400000, total)
		})
	}
}

// payloadFor returns the most data in a packet of the given length.
func payloadFor(packet int) int { return packet - HeaderLenV2 - SegmentHeaderLen }

func TestTrap05ChunksOf16384(t *testing.T) {
	for _, strict := range []bool{false, true} {
		for _, packet := range []int{16383, 16384, 16385, 32767, 32768, 32769, 49152, 65535, 65536} {
			device := Config{MaxPayload: payloadFor(packet), QueueBytes: 1 << 20}
			host := Config{Strict: strict}
			r := newRig(t, host, device)
			a, b := r.connect(1)
			want := pattern(3*payloadFor(packet) + 5)
			got := transfer(r, b, a, want)
			require.True(t, bytes.Equal(want, got), "packets of %d, strict %v", packet, strict)
			require.Zero(t, r.host.Counters().Violations)
		}
	}
	// A driver whose reads differ says which were full.
	r0 := newRig(t, Config{}, Config{})
	a0, b0 := r0.connect(1)
	_, err := b0.Write(r0.now, pattern(30000))
	require.NoError(t, err)
	packet, ok := r0.device.NextOutput()
	require.True(t, ok)
	for _, n := range []int{4096, 512, 16384} {
		r0.host.FeedPart(r0.now, packet[:n], true)
		packet = packet[n:]
	}
	require.Zero(t, a0.Buffered())
	r0.host.FeedPart(r0.now, packet, false)
	require.Equal(t, 30000, a0.Buffered())
	require.Zero(t, r0.host.Counters().Violations)

	// A short read in between is the end of the packet: it is lost, and the
	// connection with it.
	r := newRig(t, Config{}, Config{})
	r.readSize = 16000 // the reads that wait are smaller than the host believes
	a, b := r.connect(1)
	r.write(b, string(make([]byte, 30000)))
	require.Equal(t, "host: violated: usbmux: transfer shorter than its packet: value 16000, want 30036", r.events()[0])
	require.Equal(t, ConnEstablished, a.State())
	require.Zero(t, a.Buffered())
	r.readSize = 16384
	r.write(b, "more")
	require.Contains(t, r.events(), `host: closed 1>1: lost data: "gap in the sequence numbers"`)
	require.Equal(t, ConnClosed, b.State())
}

func TestTrap06ZeroLengthPackets(t *testing.T) {
	for n, want := range map[int]bool{0: false, 1: false, 511: false, 512: true, 513: false, 1024: true, 16384: true, 49152: true, 49151: false} {
		require.Equal(t, want, NeedsZeroPacket(n, 512), "%d bytes", n)
	}
	require.False(t, NeedsZeroPacket(512, 1024))
	require.True(t, NeedsZeroPacket(64, 64))

	// Without it, the next packet arrives in the same read.
	two := func(strict bool) *rig {
		r := newRig(t, Config{Strict: strict}, Config{})
		_, b := r.connect(1)
		_, err := b.Write(r.now, make([]byte, payloadFor(512)))
		require.NoError(t, err)
		first, ok := r.device.NextOutput()
		require.True(t, ok)
		require.True(t, NeedsZeroPacket(len(first), 512))
		first = slices.Clone(first)
		_, err = b.Write(r.now, []byte("next"))
		require.NoError(t, err)
		second, ok := r.device.NextOutput()
		require.True(t, ok)
		r.host.Feed(r.now, append(first, second...))
		r.poll(r.host)
		return r
	}
	r := two(false)
	require.Equal(t, []string{"host: data 1>1", "host: violated: usbmux: several packets in a transfer: value 2, want 1"}, r.events())
	require.Equal(t, payloadFor(512)+4, r.host.Conns()[0].Buffered(), "ours takes both")
	r = two(true)
	require.Equal(t, []string{"host: violated: usbmux: several packets in a transfer: value 2, want 1"}, r.events())
	require.Zero(t, r.host.Conns()[0].Buffered(), "usbmuxd drops both")
	// The empty read that a superfluous one completes is nothing.
	r.host.Feed(r.now, nil)
	require.Empty(t, r.events())
}

func TestTrap07PacketsToADeviceStayBelow65536(t *testing.T) {
	host := New(Host, Config{MaxPayload: 1 << 20}) // asked for more than there is
	require.Equal(t, MaxToDevice, host.cfg.MaxPayload+HeaderLenV2+SegmentHeaderLen)
	r := newRig(t, Config{MaxPayload: 1 << 20, QueueBytes: 1 << 20}, Config{})
	a, b := r.connect(1)
	r.record = true
	want := pattern(200000)
	require.True(t, bytes.Equal(want, transfer(r, a, b, want)))
	longest := 0
	for _, p := range r.transfers {
		longest = max(longest, len(p))
	}
	require.Equal(t, 65535, longest)

	// One byte more, and a phone complains and drops it, whole or in pieces.
	for _, strict := range []bool{false, true} {
		for _, size := range []int{65536, 70000, 1 << 20} {
			for _, readSize := range []int{16384, 1 << 21} {
				d := newRig(t, Config{}, Config{ReadSize: readSize, Strict: strict})
				d.readSize = readSize
				d.connect(1)
				huge := make([]byte, size)
				copy(huge, Packet{Protocol: ProtoTCP}.appendHeader(nil, 2, size))
				for chunk := range Chunks(huge, readSize, 512) {
					d.device.Feed(d.now, chunk)
				}
				d.run()
				log := d.events()
				require.Contains(t, log[0], "device: violated: usbmux: packet too large")
				require.Contains(t, log[1], "host: CONTROL error \"message was too large (")
				require.Contains(t, log[1], "bytes, max=65535)")
				require.Len(t, log, 2)
				d.connect(2) // the session goes on
			}
		}
	}
}

// As over USB/IP with a bug that merges transfers, which makes a phone complain
// of 65536 bytes: usbmuxd issue 247, usbipd-win issue 867.
func TestMergedTransfersToADevice(t *testing.T) {
	for _, strict := range []bool{false, true} {
		r := newRig(t, Config{MaxPayload: payloadFor(32768)}, Config{ReadSize: 1 << 17, Strict: strict})
		a, b := r.connect(1)
		_, err := a.Write(r.now, pattern(2*payloadFor(32768)))
		require.NoError(t, err)
		var merged []byte
		for p, ok := r.host.NextOutput(); ok; p, ok = r.host.NextOutput() {
			merged = append(merged, p...)
		}
		require.Len(t, merged, 65536)
		r.device.Feed(r.now, merged)
		r.run()
		if strict {
			require.Equal(t, []string{
				"device: violated: usbmux: packet too large: value 65536, want 65535",
				`host: CONTROL error "message was too large (65536 bytes, max=65535)"`,
			}, r.events())
			continue
		}
		require.Equal(t, 2*payloadFor(32768), b.Buffered())
	}
}

func TestTrap08SynNeverAnswered(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	r.events()
	r.accept = nil
	c, err := r.host.Open(r.now, 1)
	require.NoError(t, err)
	r.run()
	at, ok := r.host.Deadline()
	require.True(t, ok)
	require.Equal(t, DefaultOpenTimeout, at)
	r.tick(DefaultOpenTimeout - 1)
	require.Equal(t, ConnOpening, c.State())
	r.tick(1)
	require.Equal(t, []string{
		"device: incoming 1>1", `host: refused 1>1: timed out: "timed out"`, `device: closed 1>1: peer reset: "timed out"`,
	}, r.events())

	// usbmuxd itself waits for ever, until its client goes away.
	r = newRig(t, Usbmuxd(), Config{})
	r.accept = nil
	c, err = r.host.Open(r.now, 1)
	require.NoError(t, err)
	r.tick(time.Hour)
	require.Equal(t, ConnOpening, c.State())
	c.Close(r.now)
	r.run()
	require.Empty(t, r.device.Conns())
}

// Many opens time out in the order in which they were made.
func TestOpenTimeoutsInOrder(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	r.events()
	r.accept = nil
	for i := range 5 {
		_, err := r.host.Open(r.now, uint16(100+i))
		require.NoError(t, err)
		r.run()
		r.tick(time.Second / 2)
	}
	require.NoError(t, r.device.Conns()[1].Refuse(r.now, "")) // out of the list's middle
	r.run()
	require.Contains(t, r.events(), "host: refused 2>101: peer reset")
	r.tick(5 * time.Second)
	var want []string
	for _, s := range r.events() {
		if s[:4] == "host" {
			want = append(want, s)
		}
	}
	require.Equal(t, []string{
		`host: refused 1>100: timed out: "timed out"`,
		`host: refused 3>102: timed out: "timed out"`,
		`host: refused 4>103: timed out: "timed out"`,
		`host: refused 5>104: timed out: "timed out"`,
	}, want)
}

// pattern returns bytes that tell where they belong.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

// transfer sends want from one end and returns what the other reads.
func transfer(r *rig, from, to *Conn, want []byte) (got []byte) {
	r.t.Helper()
	for rest := want; len(got) < len(want); {
		n, err := from.Write(r.now, rest)
		require.NoError(r.t, err)
		rest = rest[n:]
		r.run()
		for to.Buffered() > 0 {
			p := to.Peek()
			got = append(got, p...)
			to.Discard(r.now, len(p))
			r.run()
			n++
		}
		if n == 0 {
			return got // stuck
		}
	}
	return got
}
