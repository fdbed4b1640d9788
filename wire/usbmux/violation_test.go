package usbmux

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// feed is a peer that breaks rules: packets of its own making, numbered well
// unless it says otherwise.
type feed struct {
	*rig
	e *Engine
}

func (f feed) send(proto Protocol, payload []byte) {
	f.packet(f.e, Packet{proto, f.e.rx + 1, 0, payload})
}

func TestViolations(t *testing.T) {
	tcp := func(s Segment) []byte { return s.AppendTo(nil) }
	for _, c := range []struct {
		name string
		role Role
		do   func(f feed)
		want []string
	}{
		{"short packet", Device, func(f feed) { f.e.Feed(0, unhex("00000006 00000007")) },
			[]string{"device: violated: bad packet: usbmux: offset 4: length: too short: 7, want 8"}},
		{"cut header", Device, func(f feed) { f.e.Feed(0, unhex("00000006")) },
			[]string{"device: violated: usbmux: transfer shorter than its packet: value 4, want 8"}},
		{"cut packet", Device, func(f feed) { f.e.Feed(0, unhex("00000006 00000024 feedface")) },
			[]string{"device: violated: usbmux: transfer shorter than its packet: value 12, want 36"}},
		{"short for its version", Device, func(f feed) { f.e.Feed(0, unhex("00000006 0000000c feedface")) },
			[]string{"device: violated: bad packet: usbmux: offset 0: header: too short: 12, want 16"}},
		{"short segment", Device, func(f feed) { f.send(ProtoTCP, make([]byte, 19)) },
			[]string{"device: violated: bad packet: usbmux: offset 16: segment: too short: 19, want 20"}},
		{"short version", Device, func(f feed) { f.e.Feed(0, unhex("00000000 0000000c 00000002")) },
			[]string{"device: violated: bad packet: usbmux: offset 8: version: too short: 4, want 12"}},
		{"empty control", Host, func(f feed) { f.send(ProtoControl, nil) },
			[]string{"host: violated: bad packet: usbmux: offset 16: control: too short: 0, want 1"}},
		{"unknown protocol", Host, func(f feed) { f.send(17, nil) },
			[]string{"host: violated: usbmux: unknown protocol: value 17, want 6"}},
		{"wrong magic", Host, func(f feed) { f.e.Feed(0, unhex("00000001 00000012 deadbeef 0000 0000 07 61")); f.poll(f.e) },
			[]string{"host: violated: usbmux: wrong magic: value 3735928559, want 4277009102", `host: CONTROL info "a"`}},
		{"packet number", Host, func(f feed) { f.packet(f.e, Packet{ProtoControl, 7, 0, []byte("\x07a")}) },
			[]string{"host: violated: usbmux: packet number out of order: value 7, want 0", `host: CONTROL info "a"`}},
		{"and on from there", Host, func(f feed) {
			f.packet(f.e, Packet{ProtoControl, 7, 0, []byte("\x07a")})
			f.events()
			f.packet(f.e, Packet{ProtoControl, 8, 0, []byte("\x07b")})
		}, []string{`host: CONTROL info "b"`}},
		{"setup to a host", Host, func(f feed) { f.send(ProtoSetup, []byte{7}) },
			[]string{"host: violated: usbmux: unexpected SETUP: value 1, want 0"}},
		{"setup again", Device, func(f feed) { f.send(ProtoSetup, []byte{7}) },
			[]string{"device: violated: usbmux: unexpected SETUP: value 1, want 0"}},
		{"data before it was accepted", Device, func(f feed) {
			f.accept = nil
			f.send(ProtoTCP, tcp(Segment{Src: 5, Dst: 6, Flags: SYN}))
			f.send(ProtoTCP, tcp(Segment{Src: 5, Dst: 6, Seq: 1, Flags: ACK, Payload: []byte("x")}))
		}, []string{"device: incoming 5>6", "device: violated: usbmux: 5>6: data before the connection was accepted: value 16, want 16",
			`device: closed 5>6: bad flags: "not accepted yet"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, Config{}, Config{})
			r.events()
			e := map[Role]*Engine{Host: r.host, Device: r.device}[c.role]
			c.do(feed{r, e})
			r.poll(e)
			require.Equal(t, c.want, r.events())
			a, b := r.connectOn(77)
			r.write(a, "goes on")
			require.Equal(t, "goes on", r.read(b))
		})
	}
}

// connectOn is connect with whatever accept says now.
func (r *rig) connectOn(port uint16) (*Conn, *Conn) {
	r.accept = func(c *Conn) { _ = c.Accept(r.now) }
	return r.connect(port)
}

func TestViolationsOfAConnection(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Segment
		want []string
	}{
		{"gap", Segment{Seq: 2, Ack: 1, Flags: ACK, Payload: []byte("x")},
			[]string{"host: violated: usbmux: 1>9: gap in the sequence numbers: value 2, want 1", `host: closed 1>9: lost data: "gap in the sequence numbers"`}},
		{"gap, told by an empty packet", Segment{Seq: 2, Ack: 1, Flags: ACK},
			[]string{"host: violated: usbmux: 1>9: gap in the sequence numbers: value 2, want 1", `host: closed 1>9: lost data: "gap in the sequence numbers"`}},
		{"acknowledges what was never sent", Segment{Seq: 1, Ack: 4, Flags: ACK},
			[]string{"host: violated: usbmux: 1>9: acknowledgement of bytes never sent: value 4, want 3"}},
		{"takes an acknowledgement back", Segment{Seq: 1, Ack: 0, Flags: ACK},
			[]string{"host: violated: usbmux: 1>9: acknowledgement taken back: value 0, want 1"}},
		{"window exceeded", Segment{Seq: 1, Ack: 1, Flags: ACK, Payload: make([]byte, 600)},
			[]string{"host: violated: usbmux: 1>9: window exceeded: value 600, want 512", `host: closed 1>9: overrun: "window exceeded"`}},
		{"fits the window", Segment{Seq: 1, Ack: 1, Flags: ACK, Payload: make([]byte, 512)}, []string{"host: data 1>9"}},
		{"reset with a reason", Segment{Seq: 1, Ack: 1, Flags: RST, Payload: []byte("AppleUSBDeviceMux: gone\n")},
			[]string{`host: closed 1>9: peer reset: "AppleUSBDeviceMux: gone"`}},
		{"reset among other flags", Segment{Seq: 1, Ack: 1, Flags: RST | ACK}, []string{"host: closed 1>9: peer reset"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, Config{Window: 512}, Config{})
			a, _ := r.connect(9)
			_, err := a.Write(r.now, []byte("ab"))
			require.NoError(t, err)
			_, ok := r.host.NextOutput()
			require.True(t, ok)
			c.s.Src, c.s.Dst = 9, 1
			feed{r, r.host}.send(ProtoTCP, c.s.AppendTo(nil))
			require.Equal(t, c.want, r.events())
		})
	}
}

// A device whose first number is not 0: usbmuxd counts its acknowledgements
// from 1 all the same, and it works.
func TestInitialSeqAgainstUsbmuxd(t *testing.T) {
	r := newRig(t, Usbmuxd(), Config{InitialSeq: func() uint32 { return 5000 }})
	a, b := r.connectOn(1)
	r.write(b, "to the host")
	r.tick(UsbmuxdAckDelay)
	require.Equal(t, "to the host", r.read(a))
	r.tick(UsbmuxdAckDelay)
	require.Zero(t, b.InFlight())
	require.EqualValues(t, 1, r.device.Counters().Violations)

	// usbmuxd2 draws its numbers, over the end of 32 bits too.
	r = newRig(t, Config{InitialSeq: func() uint32 { return 0xFFFFFFF0 }}, Config{InitialSeq: func() uint32 { return 0xFFFFFFFE }})
	a, b = r.connect(1)
	want := pattern(300000)
	require.Equal(t, want, transfer(r, a, b, want))
	require.Equal(t, want, transfer(r, b, a, want))
	require.Zero(t, r.device.Counters().Violations)
	require.Zero(t, r.host.Counters().Violations)
}

func TestFirstAcknowledgementIsOff(t *testing.T) {
	r := newRig(t, Usbmuxd(), Config{InitialSeq: func() uint32 { return 5000 }})
	r.events()
	_, err := r.host.Open(0, 1)
	require.NoError(t, err)
	r.run()
	require.Contains(t, r.events(), "device: violated: usbmux: 1>1: first acknowledgement is off: value 1, want 5001")
}

// usbmuxd as it is: each packet is answered at once with the number as it is
// then, and what is read later is acknowledged after 30 ms.
func TestUsbmuxdAcknowledges(t *testing.T) {
	r := newRig(t, Usbmuxd(), Config{})
	a, b := r.connect(1)
	r.tick(time.Second)
	before := r.host.Counters().AcksOut
	r.write(b, "x")
	require.Equal(t, before+1, r.host.Counters().AcksOut)
	require.Equal(t, 1, b.InFlight(), "the number is the old one")
	r.read(a)
	require.Equal(t, 1, b.InFlight())
	at, ok := r.host.Deadline()
	require.True(t, ok)
	require.Equal(t, r.now+UsbmuxdAckDelay, at)
	r.tick(UsbmuxdAckDelay)
	require.Zero(t, b.InFlight())
	require.Equal(t, before+2, r.host.Counters().AcksOut)
	r.tick(time.Second)
	require.Equal(t, before+2, r.host.Counters().AcksOut)

	r.write(b, "y")
	r.tick(time.Second)
	r.read(a) // long after the last packet: at once
	require.Zero(t, b.InFlight())
}

func TestFaults(t *testing.T) {
	t.Run("no acknowledgements", func(t *testing.T) {
		r := newRig(t, Config{}, Config{Faults: Faults{NoAck: true}})
		a, b := r.connect(1)
		sent := 0
		for range 5 {
			n, err := a.Write(r.now, make([]byte, DefaultWindow))
			require.NoError(t, err)
			r.run()
			sent += n
			r.read(b)
		}
		require.Equal(t, DefaultWindow, a.InFlight(), "the upload stops after one window")
		require.Equal(t, sent, DefaultWindow+a.Queued())
	})
	t.Run("host without acknowledgements", func(t *testing.T) {
		r := newRig(t, Config{Faults: Faults{NoAck: true}}, Config{})
		a, b := r.connect(1)
		r.write(b, "x")
		require.Equal(t, "x", r.read(a))
		r.write(a, "y")
		require.Equal(t, 1, b.InFlight())
	})
	t.Run("dropped", func(t *testing.T) {
		lose := 3 // the third packet of the device
		r := newRig(t, Config{}, Config{Faults: Faults{Mangle: func(p []byte, n int) Action {
			if n == lose {
				return Drop
			}
			return Send
		}}})
		a, b := r.connect(1)
		r.write(b, "lost")
		require.Zero(t, a.Buffered())
		r.write(b, "after")
		require.Contains(t, r.events(), `host: closed 1>1: lost data: "gap in the sequence numbers"`)
	})
	t.Run("duplicated", func(t *testing.T) {
		r := newRig(t, Config{}, Config{Faults: Faults{Mangle: func(p []byte, n int) Action {
			if n == 3 {
				return Duplicate
			}
			return Send
		}}})
		_, b := r.connect(1)
		r.write(b, "twice")
		require.Contains(t, r.events(), "host: violated: usbmux: packet number out of order: value 1, want 2")
	})
	t.Run("a hole, with usbmuxd", func(t *testing.T) {
		r := newRig(t, Usbmuxd(), Config{Faults: Faults{Mangle: func(p []byte, n int) Action {
			if n == 3 {
				return Drop
			}
			return Send
		}}})
		a, b := r.connect(1)
		r.write(b, "a hole")
		r.write(b, " goes unnoticed")
		require.Equal(t, " goes unnoticed", r.read(a))
	})
}

// Packets before the versions are agreed are thrown away, and SETUP is not
// waited for.
func TestOrderOfTheHandshake(t *testing.T) {
	e := New(Device, Config{})
	r := &rig{t: t, device: e, host: New(Host, Config{})}
	e.Feed(0, unhex(vectors[3].wire))
	require.Zero(t, e.Counters().PacketsIn, "not started")
	e.Start(0)
	e.Feed(0, unhex(vectors[3].wire))
	r.poll(e)
	require.Equal(t, []string{"device: violated: usbmux: packet before the versions were agreed: value 6, want 0"}, r.events())
	e.Feed(0, unhex(vectors[0].wire))
	e.Feed(0, unhex(vectors[3].wire))
	r.poll(e)
	require.Equal(t, []string{"device: up: version 2.0", "device: violated: usbmux: no SETUP: value 6, want 2",
		"device: violated: usbmux: packet number out of order: value 1, want 0", "device: incoming 1>62078"}, r.events())
}

// A violation names its cause.
func TestViolationUnwraps(t *testing.T) {
	e := New(Device, Config{})
	e.Start(0)
	e.Feed(0, unhex("00000006 00000007"))
	ev, ok := e.Poll()
	require.True(t, ok)
	require.ErrorIs(t, ev.Violation, ErrShort)
}

// However much nonsense comes, what waits to be polled and sent is bounded.
func TestNonsenseIsBounded(t *testing.T) {
	r := newRig(t, Config{}, Config{MaxConns: 100})
	for i := range 20000 {
		seq := r.device.rx + 1
		p, err := Packet{ProtoTCP, seq, 0, Segment{Src: uint16(i), Dst: uint16(i >> 4), Flags: SYN}.AppendTo(nil)}.AppendTo(nil, 2)
		require.NoError(t, err)
		r.device.Feed(0, p)
		r.device.Feed(0, []byte("nonsense, and short"))
	}
	require.LessOrEqual(t, r.device.events.n, 100+maxViolations+2)
	require.LessOrEqual(t, r.device.out.resets.n, maxResets)
	require.Len(t, r.device.Conns(), 100)
	require.GreaterOrEqual(t, r.device.Counters().Violations, uint64(20000))
}

// Over a byte stream, cut anywhere, packets are found by their lengths.
func TestStream(t *testing.T) {
	for _, cut := range []int{1, 7, 100, 16384, 1 << 20} {
		r := newRig(t, Config{Stream: true}, Config{Stream: true})
		a, b := r.connect(1)
		var bytes []byte
		want := pattern(100000)
		_, err := a.Write(r.now, want)
		require.NoError(t, err)
		for p, ok := r.host.NextOutput(); ok; p, ok = r.host.NextOutput() {
			bytes = append(bytes, p...)
		}
		for len(bytes) > 0 {
			n := min(cut, len(bytes))
			r.device.Feed(r.now, bytes[:n])
			bytes = bytes[n:]
		}
		got := make([]byte, len(want))
		require.Equal(t, len(want), b.Read(r.now, got))
		require.Equal(t, want, got)
		require.Zero(t, r.device.Counters().Violations)
	}
}
