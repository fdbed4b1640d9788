package carlife

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// times lists when a message was sent, from the ladder.
func (b *pair) times(who string, id ID) (out []time.Duration) {
	for _, l := range b.ladder {
		var at, end, hex string
		if n := len(l); n > 0 {
			at, end, hex = l[:n-12], l[n-11:n-9], l[n-8:]
		}
		if end == who && hex == id.Hex() {
			d, _ := time.ParseDuration(at)
			out = append(out, d)
		}
	}
	return out
}

func seconds(n ...int) (out []time.Duration) {
	for _, s := range n {
		out = append(out, time.Duration(s)*time.Second)
	}
	return out
}

// A head unit beats each second on EAP alone; a phone while it has no frames.
func TestHeartbeats(t *testing.T) {
	for _, conn := range []Connection{ConnectionEAP, ConnectionUSBMux, ConnectionWiFi, ConnectionAOA} {
		b := newPair(t, PhoneOptions{}, VehicleOptions{Connection: conn}).connect().run(4 * time.Second)
		assert.Equal(t, seconds(1, 2, 3, 4), b.times("md", MsgVideoHeartbeat), conn)
		assert.Len(t, all[Heartbeat](b.vev), 4)
		var want []time.Duration
		if conn == ConnectionEAP {
			want = seconds(1, 2, 3, 4)
		}
		assert.Equal(t, want, b.times("hu", MsgVideoHeartbeat), conn)
		assert.Len(t, all[Heartbeat](b.pev), len(want))
	}
}

func TestHeartbeatTimestamp(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{})
	b.now = 1<<31*time.Millisecond + 5*time.Second
	b.connect().run(time.Second)
	assert.Equal(t, []Heartbeat{{6000}}, all[Heartbeat](b.vev), "bit 31 is masked away")
}

func TestPhoneDoesNotBeatWhileItStreams(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{}).connect()
	for range 30 {
		require.NoError(t, b.p.SendFrame(b.now, keyFrame(t)))
		b.run(100 * time.Millisecond)
	}
	assert.Empty(t, b.times("md", MsgVideoHeartbeat))
	b.run(2 * time.Second)
	assert.Equal(t, []time.Duration{3900 * time.Millisecond, 4900 * time.Millisecond}, b.times("md", MsgVideoHeartbeat))
	assert.False(t, b.v.Closed())
}

// The first check, 5 s after the match, only takes the count; then 3 (Wi-Fi,
// tethering, usbmux) or 6 (others) checks in a row must find nothing.
func TestSilentPhoneIsDropped(t *testing.T) {
	tests := []struct {
		conn   Connection
		silent time.Duration // from the match
		missed time.Duration
	}{
		{ConnectionWiFi, 8 * time.Second, 3 * time.Second},
		{ConnectionTethering, 8 * time.Second, 3 * time.Second},
		{ConnectionUSBMux, 8 * time.Second, 3 * time.Second},
		{ConnectionEAP, 11 * time.Second, 6 * time.Second},
		{ConnectionAOA, 11 * time.Second, 6 * time.Second},
	}
	for _, tt := range tests {
		b := newPair(t, PhoneOptions{Faults: FaultSilent}, VehicleOptions{Connection: tt.conn, Patience: -1}).connect()
		b.run(tt.silent - time.Millisecond)
		assert.False(t, b.v.Closed(), "%s: too early", tt.conn)
		b.run(time.Millisecond)
		assert.True(t, b.v.Closed(), tt.conn)
		assert.Equal(t, []Event{Timeout{"video channel", tt.missed}, Closed{Reason: CloseWatchdog}}, b.vev[len(b.vev)-2:])
		assert.Empty(t, b.times("md", MsgVideoHeartbeat))
	}
}

func TestWatchdogCounts(t *testing.T) {
	tests := []struct {
		name   string
		limit  int
		seen   string // one letter a check: x something was seen before it
		tripAt int    // index of the check that trips; -1 never
	}{
		{"first check never counts", 2, "....", 3},
		{"seen before the first", 2, "x...", 3},
		{"a beat resets", 2, "...x...", 6},
		{"every third is enough", 2, "..x..x..x..x", -1},
		{"limit 5", 5, ".......", 6},
		{"limit 5 just saved", 5, "......x.....", -1},
	}
	for _, tt := range tests {
		w := watchdog{limit: tt.limit}
		got := -1
		for i, c := range tt.seen {
			if c == 'x' {
				w.saw()
			}
			if w.check() {
				got = i
				break
			}
		}
		assert.Equal(t, tt.tripAt, got, tt.name)
	}
}

// Late ticks are one check, not many: a bench that stutters drops nobody.
func TestLateTickIsOneCheck(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{}).connect()
	b.v.Tick(time.Hour)
	assert.False(t, b.v.Closed())
	at, ok := b.v.Deadline()
	assert.True(t, ok)
	assert.Equal(t, time.Hour+time.Second, at)
}

// The version over usbmux: one second, one retry, then the end.
func TestVersionRetryOnUSBMux(t *testing.T) {
	v, err := NewVehicle(VehicleOptions{Connection: ConnectionUSBMux})
	require.NoError(t, err)
	v.Start(0)
	v.Start(0) // harmless
	offers := func() (n int) {
		for o, ok := v.NextOutput(); ok; o, ok = v.NextOutput() {
			assert.Equal(t, MsgHUProtocolVersion, o.ID)
			n++
		}
		return n
	}
	assert.Equal(t, 1, offers())
	v.Tick(999 * time.Millisecond)
	assert.Nil(t, v.Poll())
	v.Tick(time.Second)
	assert.Equal(t, VersionRetry{1}, v.Poll())
	assert.Equal(t, 1, offers())
	v.Tick(2 * time.Second)
	assert.Equal(t, Timeout{"version", time.Second}, v.Poll())
	assert.Equal(t, Closed{Reason: CloseVersion}, v.Poll())
	assert.Zero(t, offers())
}

func TestLateAnswerToBothOffers(t *testing.T) {
	v, err := NewVehicle(VehicleOptions{Connection: ConnectionUSBMux})
	require.NoError(t, err)
	v.Start(0)
	v.Tick(time.Second)
	ok := Message{ID: MsgProtocolVersionMatchStatus, Payload: []byte{8, 1}}
	var evs []Event
	for range 3 {
		v.Feed(1100*time.Millisecond, ok)
	}
	for ev := v.Poll(); ev != nil; ev = v.Poll() {
		evs = append(evs, ev)
	}
	assert.Len(t, all[VersionMatched](evs), 1)
	assert.Equal(t, []Rule{RuleRepeated}, rules(evs), "only the third is one too many")
	_, isSet := v.Deadline()
	assert.True(t, isSet)
}

// Patience is ours: it reports and goes on.
func TestPatience(t *testing.T) {
	b := newPair(t, PhoneOptions{Faults: FaultNoInitDone}, VehicleOptions{Patience: 3 * time.Second}).connect().run(30 * time.Second)
	assert.Equal(t, []Timeout{{"encoder init done", 3 * time.Second}}, all[Timeout](b.vev))
	assert.False(t, b.v.Closed(), "the heartbeat keeps it")

	b = newPair(t, PhoneOptions{RefuseEncryption: true}, VehicleOptions{Encryption: true}).connect().run(30 * time.Second)
	assert.Equal(t, []Timeout{{"encryption", DefaultPatience}}, all[Timeout](b.vev))
	assert.Equal(t, []Timeout{{"encoder init", DefaultPatience}}, all[Timeout](b.pev))

	b = newPair(t, PhoneOptions{}, VehicleOptions{}).connect().run(30 * time.Second)
	assert.Equal(t, []Timeout{{"first frame", DefaultPatience}}, all[Timeout](b.vev))
	assert.Empty(t, all[Timeout](b.pev))

	b = newPair(t, PhoneOptions{}, VehicleOptions{})
	b.p.Start(0)
	b.run(time.Minute)
	assert.Equal(t, []Timeout{{"version", DefaultPatience}}, all[Timeout](b.pev))

	b = newPair(t, PhoneOptions{}, VehicleOptions{})
	b.v.Start(0)
	b.v.NextOutput() // lost
	b.run(time.Minute)
	assert.Equal(t, []Timeout{{"version", DefaultPatience}}, all[Timeout](b.vev), "on EAP there is no retry")

	b = newPair(t, PhoneOptions{Patience: -1}, VehicleOptions{Patience: -1}).connect().run(time.Hour)
	assert.Empty(t, append(all[Timeout](b.pev), all[Timeout](b.vev)...))
}

func TestInitDelay(t *testing.T) {
	b := newPair(t, PhoneOptions{InitDelay: 700 * time.Millisecond}, VehicleOptions{}).connect()
	assert.Empty(t, b.times("md", MsgVideoEncoderInitDone))
	b.run(time.Second)
	assert.Equal(t, []time.Duration{700 * time.Millisecond}, b.times("md", MsgVideoEncoderInitDone))
	assert.True(t, b.v.Started())
}

// The faults by which a bench shows that it would notice.
func TestNoWatchdogAndNoVersion(t *testing.T) {
	b := newPair(t, PhoneOptions{Faults: FaultSilent}, VehicleOptions{Connection: ConnectionUSBMux, Faults: FaultNoWatchdog}).connect().run(time.Minute)
	assert.False(t, b.v.Closed())
	b = newPair(t, PhoneOptions{Faults: FaultNoVersion}, VehicleOptions{Connection: ConnectionUSBMux}).connect().run(time.Minute)
	assert.True(t, b.v.Closed())
	assert.Len(t, b.times("hu", MsgHUProtocolVersion), 2)
	assert.Empty(t, b.times("md", MsgProtocolVersionMatchStatus))
}
