package usbmux

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHandshakeBytes(t *testing.T) {
	r := &rig{t: t, host: New(Host, Config{}), device: New(Device, Config{}), readSize: ReadSize, maxPackets: 100, record: true}
	r.accept = func(c *Conn) { _ = c.Accept(0) }
	r.device.Start(0)
	r.host.Start(0)
	r.run()
	c, err := r.host.Open(0, LockdownPort)
	require.NoError(t, err)
	r.run()
	require.Equal(t, ConnEstablished, c.State())
	require.Equal(t, [][]byte{
		unhex("00000000 00000014 00000002 00000000 00000000"),
		unhex("00000000 00000014 00000002 00000000 00000000"),
		unhex("00000002 00000011 feedface 0000 ffff 07"),
		unhex("00000006 00000024 feedface 0001 ffff 0001 f27e 00000000 00000000 50 02 0200 0000 0000"),
		unhex("00000006 00000024 feedface 0000 0001 f27e 0001 00000000 00000001 50 12 0200 0000 0000"),
		unhex("00000006 00000024 feedface 0002 0000 0001 f27e 00000001 00000001 50 10 0200 0000 0000"),
	}, r.transfers)
	require.Equal(t, []string{
		"device: up: version 2.0", "host: up: version 2.0",
		"device: incoming 1>62078", "host: connected 1>62078", "device: connected 1>62078",
	}, r.events())
}

func TestVersionOne(t *testing.T) {
	r := newRig(t, Config{}, Config{Version: 1})
	require.Equal(t, []string{"device: up: version 1.0", "host: up: version 1.0"}, r.events())
	require.Equal(t, 1, r.host.Version())
	r.record = true
	a, b := r.connect(22)
	require.Equal(t, unhex("00000006 0000001c 0001 0016 00000000 00000000 50 02 0200 0000 0000"), r.transfers[0])
	r.write(a, "ping")
	require.Equal(t, "ping", r.read(b))
	r.write(b, "pong")
	require.Equal(t, "pong", r.read(a))
}

func TestUnknownVersionIsNeverUsed(t *testing.T) {
	r := newRig(t, Config{}, Config{Version: 3})
	require.Equal(t, []string{"host: violated: usbmux: unknown version: value 3, want 2", "host: down: bad version"}, r.events())
	require.Equal(t, StateDown, r.host.State())
	require.Equal(t, StateHandshake, r.device.State())
	_, err := r.host.Open(0, 1)
	require.ErrorIs(t, err, ErrNotActive)
}

// Nothing repeats VERSION: a device that does not answer stays dead.
func TestMuteDevice(t *testing.T) {
	r := newRig(t, Config{}, Config{Faults: Faults{Mute: true}})
	require.Equal(t, [2]int{1, 0}, r.sent)
	at, ok := r.host.Deadline()
	require.True(t, ok)
	require.Equal(t, DefaultVersionTimeout, at)
	r.tick(time.Hour)
	require.Equal(t, []string{"host: down: timed out"}, r.events())
	require.Equal(t, [2]int{1, 0}, r.sent)

	forever := newRig(t, Config{VersionTimeout: -1}, Config{Faults: Faults{Mute: true}})
	_, ok = forever.host.Deadline()
	require.False(t, ok)
}

// The host's program was started anew, and the phone was not unplugged.
func TestVersionAgainRestartsADevice(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	a, b := r.connect(1000)
	r.write(a, "x")
	r.host.Start(r.now)
	r.run()
	require.Equal(t, []string{
		"device: data 1>1000",
		"host: closed 1>1000: detached", "host: down: detached",
		"device: closed 1>1000: peer restarted", "device: down: peer restarted", "device: up: version 2.0", "host: up: version 2.0",
	}, r.events())
	require.Equal(t, ConnClosed, b.State())
	require.Equal(t, 1, b.Buffered(), "what came before can still be read")
	again, _ := r.connect(1000)
	require.EqualValues(t, 1, again.HostPort(), "ports begin anew")

	r.packet(r.host, Packet{Protocol: ProtoVersion, Payload: VersionInfo{Major: 2}.AppendTo(nil)})
	require.Equal(t, []string{"host: violated: usbmux: second VERSION: value 2, want 2"}, r.events())
	require.Equal(t, ConnEstablished, again.State())
}

func TestOpenIsRefused(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	r.events()
	r.accept = func(c *Conn) { require.NoError(t, c.Refuse(r.now, "nobody listens there")) }
	c, err := r.host.Open(r.now, 4242)
	require.NoError(t, err)
	r.run()
	require.Equal(t, []string{
		"device: incoming 1>4242", "device: closed 1>4242: closed here: \"nobody listens there\"",
		"host: refused 1>4242: peer reset: \"nobody listens there\"",
	}, r.events())
	require.Equal(t, ConnClosed, c.State())
	require.Empty(t, r.host.Conns())
	require.Empty(t, r.device.Conns())
}

func TestOnlyAHostOpens(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	_, err := r.device.Open(0, 1)
	require.ErrorIs(t, err, ErrHostOpens)
}

func TestDataBothWays(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	a, b := r.connect(LockdownPort)
	require.Equal(t, "1>62078", a.String())
	require.Equal(t, "1>62078", b.String())
	require.EqualValues(t, LockdownPort, b.Port())
	require.EqualValues(t, 1, b.HostPort())
	r.write(a, "hello ")
	r.write(a, "phone")
	require.Equal(t, []string{"device: data 1>62078"}, r.events(), "told once")
	require.Equal(t, "hello phone", r.read(b))
	r.write(a, "again")
	require.Equal(t, []string{"device: data 1>62078"}, r.events(), "and again after it was read empty")
	require.Equal(t, "again", string(b.Peek()))
	b.Discard(r.now, 2)
	require.Equal(t, "ain", r.read(b))
	require.Empty(t, r.read(b))
	r.write(b, "host")
	require.Equal(t, "host", r.read(a))
	require.Zero(t, a.InFlight())
	require.Zero(t, b.InFlight())
}

func TestCloseSendsWhatIsQueuedFirst(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	a, b := r.connect(1)
	_, err := b.Write(r.now, []byte("the last words"))
	require.NoError(t, err)
	b.Close(r.now)
	_, err = b.Write(r.now, []byte("no"))
	require.ErrorIs(t, err, ErrConnState)
	r.run()
	require.Equal(t, []string{"host: data 1>1", "device: closed 1>1: closed here", "host: closed 1>1: peer reset"}, r.events())
	require.Equal(t, "the last words", r.read(a))
	b.Close(r.now)
	b.Reset(r.now, "")
	r.run()
	require.Empty(t, r.events(), "a connection ends once")
}

// A service that accepts, writes and closes at once.
func TestCloseBeforeTheHandshakeIsOver(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	r.events()
	r.accept = func(c *Conn) {
		require.NoError(t, c.Accept(r.now))
		_, err := c.Write(r.now, []byte("12:00"))
		require.NoError(t, err)
		c.Close(r.now)
		_, err = c.Write(r.now, []byte("no"))
		require.ErrorIs(t, err, ErrConnState)
	}
	c, err := r.host.Open(r.now, 13)
	require.NoError(t, err)
	r.run()
	require.Equal(t, "12:00", r.read(c))
	require.Equal(t, []string{
		"device: incoming 1>13", "host: connected 1>13", "device: connected 1>13", "host: data 1>13",
		"device: closed 1>13: closed here", "host: closed 1>13: peer reset",
	}, r.events())
}

func TestResetDropsWhatIsQueued(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	a, b := r.connect(1)
	_, err := a.Write(r.now, []byte("lost"))
	require.NoError(t, err)
	a.Reset(r.now, "")
	r.run()
	require.Zero(t, b.Buffered())
	require.Equal(t, []string{"host: closed 1>1: closed here", "device: closed 1>1: peer reset"}, r.events())
}

func TestCloseWhileOpening(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	r.events()
	r.accept = nil
	c, err := r.host.Open(r.now, 7)
	require.NoError(t, err)
	r.run()
	c.Close(r.now)
	r.run()
	require.Equal(t, []string{"device: incoming 1>7", "host: refused 1>7: closed here", "device: closed 1>7: peer reset"}, r.events())
}

// The host lets go of a connection while the device waits for the ACK.
func TestHostThatNeverAcknowledgesTheAnswer(t *testing.T) {
	e := New(Device, Config{})
	r := &rig{t: t, device: e, host: New(Host, Config{}), readSize: ReadSize, maxPackets: 100}
	r.accept = func(c *Conn) { require.NoError(t, c.Accept(r.now)) }
	e.Start(0)
	r.packet(e, Packet{Protocol: ProtoVersion, Payload: VersionInfo{Major: 2}.AppendTo(nil)})
	r.packet(e, Packet{ProtoSetup, 0, noSequence, []byte{7}})
	r.packet(e, Packet{ProtoTCP, 1, 0, Segment{Src: 1, Dst: 2, Flags: SYN}.AppendTo(nil)})
	e.Tick(DefaultOpenTimeout)
	r.poll(e)
	require.Equal(t, []string{"device: up: version 2.0", "device: incoming 1>2", `device: closed 1>2: timed out: "timed out"`}, r.events())
}

// A reader that never reads does not keep a closed connection for ever.
func TestLinger(t *testing.T) {
	r := newRig(t, Config{}, Config{Window: 1024})
	a, b := r.connect(1)
	_, err := a.Write(r.now, make([]byte, 5000))
	require.NoError(t, err)
	r.run()
	require.Equal(t, 1024, b.Buffered())
	a.Close(r.now)
	r.tick(DefaultLinger - 1)
	require.Equal(t, ConnClosing, a.State())
	b.Discard(r.now, 1024) // progress
	r.run()
	r.tick(DefaultLinger - 1)
	require.Equal(t, ConnClosing, a.State())
	r.tick(1)
	require.Equal(t, ConnClosed, a.State())
	require.Equal(t, []string{"device: data 1>1", "device: data 1>1", `host: closed 1>1: timed out: "timed out"`, `device: closed 1>1: peer reset: "timed out"`}, r.events())
}

// Both ends write more than the other reads, and one gives up: its RST leaves,
// because it goes on acknowledging what it throws away.
func TestCloseOfADeadlockedConnection(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	a, b := r.connect(1)
	blob := make([]byte, 4*DefaultWindow)
	pump := func(c *Conn, rest []byte) []byte {
		n, err := c.Write(r.now, rest)
		require.NoError(t, err)
		r.run()
		return rest[n:]
	}
	restA, restB := blob, blob
	for range 8 {
		restA, restB = pump(a, restA), pump(b, restB)
	}
	require.NotEmpty(t, restA)
	require.Equal(t, DefaultWindow, a.Buffered())
	require.Equal(t, DefaultWindow, b.Buffered())
	r.events()
	a.Close(r.now)
	r.run()
	require.NotContains(t, r.events(), "host: closed 1>1: closed here")
	for b.Buffered() > 0 {
		b.Discard(r.now, b.Buffered())
		r.run()
	}
	require.Equal(t, ConnClosed, a.State())
	require.Equal(t, ConnClosed, b.State())
	require.EqualValues(t, 2*DefaultWindow, r.device.Counters().BytesIn)
}

func TestWritable(t *testing.T) {
	r := newRig(t, Config{QueueBytes: 1000}, Config{Window: 512})
	a, b := r.connect(1)
	n, err := a.Write(r.now, make([]byte, 1500))
	require.NoError(t, err)
	require.Equal(t, 1000, n)
	require.Equal(t, 1000, a.Queued())
	n, err = a.Write(r.now, make([]byte, 500))
	require.NoError(t, err)
	require.Zero(t, n)
	r.run()
	require.Equal(t, []string{"host: writable 1>1", "device: data 1>1"}, r.events())
	require.Equal(t, 488, a.Queued())
	n, err = a.Write(r.now, make([]byte, 500))
	require.NoError(t, err)
	require.Equal(t, 500, n)
	r.run()
	require.Empty(t, r.events(), "only after a Write was cut short")
	require.Equal(t, 512, b.Buffered())
}

func TestSlowReaderStallsOnlyItself(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	var slowHost, slowDevice = r.connect(1)
	fastHost, fastDevice := r.connect(2)
	blob := make([]byte, DefaultQueueBytes)
	for range 4 {
		_, err := slowDevice.Write(r.now, blob)
		require.NoError(t, err)
		r.run()
	}
	require.Equal(t, DefaultWindow, slowHost.Buffered())
	require.NotZero(t, slowDevice.Queued())
	for range 50 {
		_, err := fastDevice.Write(r.now, blob)
		require.NoError(t, err)
		for fastDevice.Queued() > 0 || fastHost.Buffered() > 0 {
			fastHost.Discard(r.now, fastHost.Buffered())
			r.run()
		}
	}
	require.EqualValues(t, 50*DefaultQueueBytes+DefaultWindow, r.host.Counters().BytesIn)
	require.Equal(t, DefaultWindow, slowHost.Buffered())
}

// Connections take turns, a packet each.
func TestConnectionsTakeTurns(t *testing.T) {
	r := newRig(t, Config{}, Config{MaxPayload: 100})
	var device [3]*Conn
	for i := range device {
		_, device[i] = r.connect(uint16(10 + i))
	}
	for _, c := range device {
		_, err := c.Write(r.now, make([]byte, 300))
		require.NoError(t, err)
	}
	var order []uint16
	for b, ok := r.device.NextOutput(); ok; b, ok = r.device.NextOutput() {
		p, err := ParsePacket(b, 2)
		require.NoError(t, err)
		s, err := ParseSegment(p.Payload)
		require.NoError(t, err)
		require.Len(t, s.Payload, 100)
		order = append(order, s.Src)
	}
	require.Equal(t, []uint16{10, 11, 12, 10, 11, 12, 10, 11, 12}, order)
}

func TestTooManyConnections(t *testing.T) {
	r := newRig(t, Config{}, Config{MaxConns: 2})
	r.connect(1)
	r.connect(2)
	c, err := r.host.Open(r.now, 3)
	require.NoError(t, err)
	r.run()
	require.Equal(t, ConnClosed, c.State())
	require.Equal(t, []string{`host: refused 3>3: peer reset: "too many connections"`}, r.events())

	few := newRig(t, Config{MaxConns: 1}, Config{})
	few.connect(1)
	_, err = few.host.Open(few.now, 2)
	require.ErrorIs(t, err, ErrTooManyConns)
}

// A port is used again only when no connection has it.
func TestHostPortsAreUnique(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	first, _ := r.connect(1)
	require.EqualValues(t, 1, first.HostPort())
	r.host.nextPort = 65535
	a, _ := r.connect(1)
	require.EqualValues(t, 65535, a.HostPort())
	b, _ := r.connect(1)
	require.EqualValues(t, 2, b.HostPort(), "0 and 1 are passed over")
	require.Equal(t, []*Conn{first, a, b}, r.host.Conns())
	require.Equal(t, []uint64{1, 2, 3}, []uint64{first.ID(), a.ID(), b.ID()})
}

func TestPacketForNoConnection(t *testing.T) {
	for _, role := range []Role{Host, Device} {
		r := newRig(t, Config{}, Config{})
		r.events()
		e := map[Role]*Engine{Host: r.host, Device: r.device}[role]
		r.packet(e, Packet{ProtoTCP, e.rx + 1, 0, Segment{Src: 70, Dst: 80, Seq: 900, Ack: 5, Flags: ACK, Payload: []byte("x")}.AppendTo(nil)})
		b, ok := e.NextOutput()
		require.True(t, ok)
		p, err := ParsePacket(b, 2)
		require.NoError(t, err)
		require.Equal(t, "80 > 70 RST seq=0 ack=900 win=0", p.String()[strings.Index(p.String(), "80"):])
		r.packet(e, Packet{ProtoTCP, e.rx + 1, 0, Segment{Src: 70, Dst: 80, Seq: 901, Flags: RST}.AppendTo(nil)})
		_, ok = e.NextOutput()
		require.False(t, ok, "a RST is not answered")
		require.EqualValues(t, 1, e.Counters().Strays)
		require.Empty(t, r.events())
	}
}

func TestMessages(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	r.events()
	r.device.Say(r.now, ControlInfo, "a new session to port 62078")
	r.device.Say(r.now, ControlError, strings.Repeat("x", 2000))
	r.run()
	require.Equal(t, []string{`host: CONTROL info "a new session to port 62078"`, `host: CONTROL error "` + strings.Repeat("x", 1024) + `"`}, r.events())
	for range 100 {
		r.device.Say(r.now, ControlInfo, "again")
	}
	r.run()
	require.Len(t, r.events(), maxControls)
}

func TestStop(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	a, b := r.connect(1)
	c, _ := r.connect(2)
	opening, err := r.host.Open(r.now, 3)
	require.NoError(t, err)
	r.write(b, "left")
	r.host.Stop(r.now)
	r.poll(r.host)
	log := r.events()
	require.Equal(t, []string{"host: closed 1>1: detached", "host: closed 2>2: detached", "host: closed 3>3: detached", "host: down: detached"}, log[len(log)-4:])
	require.Equal(t, ConnClosed, opening.State())
	require.Equal(t, ConnClosed, c.State())
	require.Equal(t, "left", r.read(a))
	_, ok := r.host.NextOutput()
	require.False(t, ok)
	_, ok = r.host.Deadline()
	require.False(t, ok)
	r.host.Feed(r.now, unhex(vectors[4].wire))
	r.host.Stop(r.now)
	_, ok = r.host.Poll()
	require.False(t, ok, "a stopped engine is deaf")
}

// Acknowledgements of a device come for data alone, and not for each read.
func TestAcknowledgements(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	a, b := r.connect(1)
	count := func() uint64 { return r.device.Counters().AcksOut }
	before := count()
	r.write(a, strings.Repeat("x", 1000))
	require.Equal(t, before, count(), "not read yet")
	require.Equal(t, 1000, a.InFlight())
	b.Discard(r.now, 999)
	r.run()
	require.Equal(t, before, count(), "nearly read")
	b.Discard(r.now, 1)
	r.run()
	require.Equal(t, before+1, count())
	require.Zero(t, a.InFlight())

	_, err := a.Write(r.now, make([]byte, DefaultWindow))
	require.NoError(t, err)
	r.run()
	for range 8 {
		b.Discard(r.now, DefaultWindow/8)
		r.run()
	}
	require.Equal(t, before+9, count(), "one for each eighth of the window")

	r.write(a, "question")
	before = count()
	buf := make([]byte, 8)
	b.Read(r.now, buf)
	r.write(b, "answer")
	require.Equal(t, before, count(), "data carry the number")
	require.Zero(t, a.InFlight())
}

func TestCountersAndNow(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	a, b := r.connect(1)
	r.write(a, "12345")
	r.read(b)
	h, d := r.host.Counters(), r.device.Counters()
	assert.EqualValues(t, 5, h.BytesOut)
	assert.EqualValues(t, 5, d.BytesIn)
	assert.EqualValues(t, 1, h.Opened)
	assert.EqualValues(t, 1, d.Opened)
	assert.Equal(t, h.PacketsOut, d.PacketsIn)
	assert.Equal(t, d.PacketsOut, h.PacketsIn)
	r.now = time.Minute
	r.host.Tick(r.now)
	r.host.Tick(0)
	assert.Equal(t, time.Minute, r.host.now, "time does not go back")
}
