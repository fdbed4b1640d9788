package carlife

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Two good ends, in any configuration, over any cuts and any passing of time:
// every frame, every sound and every touch arrives once and in order, nobody
// breaks a rule, and the exit is seen by both.
func TestPairProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		profile := rapid.SampledFrom([]Profile{ProfileHUApp, ProfileHUApp, ProfileCppLib}).Draw(t, "profile")
		vo := VehicleOptions{
			Profile:    profile,
			Connection: Connection(rapid.IntRange(int(ConnectionAOA), int(ConnectionUSBMux)).Draw(t, "connection")),
			Encryption: profile == ProfileHUApp && rapid.Bool().Draw(t, "encryption"),
			Width:      2 * rapid.IntRange(100, 1000).Draw(t, "width"),
			Height:     2 * rapid.IntRange(100, 600).Draw(t, "height"),
			FrameRate:  rapid.IntRange(0, 30).Draw(t, "rate"),
		}
		po := PhoneOptions{
			Profile: profile, Seed: rapid.Uint64().Draw(t, "seed"),
			InitDelay: time.Duration(rapid.IntRange(0, 1900).Draw(t, "delay")) * time.Millisecond,
		}
		if rapid.Bool().Draw(t, "own size") {
			po.Width, po.Height = 640, 360
		}
		b := newPair(t, po, vo)
		b.cut = func(n int) int {
			return min(n, rapid.SampledFrom([]int{1, 2, 8, 13, 500, 4096, 1 << 20}).Draw(t, "cut"))
		}
		b.connect().run(2500 * time.Millisecond)
		if !b.v.Started() {
			t.Fatalf("not started: %v", b.ids())
		}

		src, err := NewVideoSource(VideoOptions{FrameSize: 300, KeySize: 900, Seed: po.Seed})
		require.NoError(t, err)
		require.NoError(t, b.p.InitAudio(b.now, StreamMedia, AudioFormat{44100, 2, 16}))
		require.NoError(t, b.p.RequestMic(b.now, true))
		b.pump()
		var video, media, mic [][]byte
		touches := 0
		for i := range rapid.IntRange(1, 25).Draw(t, "steps") {
			pcm := bytes.Repeat([]byte{byte(i)}, rapid.IntRange(1, 700).Draw(t, "pcm"))
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1:
				f := slices.Clone(src.Next())
				video = append(video, f)
				require.NoError(t, b.p.SendFrame(b.now, f))
			case 2:
				media = append(media, pcm)
				require.NoError(t, b.p.SendAudio(b.now, StreamMedia, pcm))
			case 3:
				mic = append(mic, pcm)
				require.NoError(t, b.v.SendMic(b.now, pcm))
			case 4:
				touches++
				require.NoError(t, b.v.Touch(b.now, MotionMove, rapid.IntRange(0, vo.Width-1).Draw(t, "x"), rapid.IntRange(0, vo.Height-1).Draw(t, "y")))
			case 5:
				b.run(time.Duration(rapid.IntRange(0, 4000).Draw(t, "ms")) * time.Millisecond)
			}
		}
		b.run(time.Duration(rapid.IntRange(0, 20).Draw(t, "s")) * time.Second)
		require.NoError(t, b.p.Exit(b.now))
		b.pump()

		assert.Equal(t, video, frames(b.vev))
		assert.Equal(t, media, sounds(b.vev))
		assert.Equal(t, mic, sounds(b.pev))
		assert.Len(t, all[Touch](b.pev), touches)
		assert.Empty(t, rules(b.pev))
		assert.Empty(t, rules(b.vev))
		assert.Equal(t, Closed{Reason: CloseExit}, b.pev[len(b.pev)-1])
		assert.Equal(t, Closed{Reason: CloseExit}, b.vev[len(b.vev)-1])
		if t.Failed() {
			t.Fatal(strings.Join(b.ladder, "\n"))
		}
	})
}

func sounds(evs []Event) [][]byte {
	var out [][]byte
	for _, a := range all[*AudioData](evs) {
		out = append(out, a.Data)
	}
	return out
}

// Same seed, same bytes; another seed, another AES key.
func TestPairIsDeterministic(t *testing.T) {
	run := func(seed uint64) []byte {
		b := newPair(t, PhoneOptions{Seed: seed}, VehicleOptions{Encryption: true}).connect()
		src := newSource(t, VideoOptions{FrameSize: 1000, Seed: seed})
		for range 20 {
			require.NoError(t, b.p.SendFrame(b.now, src.Next()))
			b.run(40 * time.Millisecond)
		}
		require.NoError(t, b.p.Exit(b.now))
		b.pump()
		return b.wire
	}
	assert.Equal(t, run(1), run(1))
	assert.NotEqual(t, run(1), run(2))
}

// Whatever one end is fed, in whatever order and at whatever times, it keeps
// its promises: an event Closed once and last, no output after it, deadlines
// that move on.
func TestSessionsSurviveAnyOrder(t *testing.T) {
	var known []ID
	for mi := range Messages() {
		known = append(known, mi.ID)
	}
	type end interface {
		Start(time.Duration)
		Feed(time.Duration, Message)
		Tick(time.Duration)
		Poll() Event
		NextOutput() (Output, bool)
		Deadline() (time.Duration, bool)
		Closed() bool
	}
	rapid.Check(t, func(t *rapid.T) {
		profile := rapid.SampledFrom([]Profile{ProfileHUApp, ProfileCppLib}).Draw(t, "profile")
		faults := Fault(rapid.Uint32Range(0, uint32(faultEnd-1)).Draw(t, "faults"))
		v, err := NewVehicle(VehicleOptions{Profile: profile, Encryption: profile == ProfileHUApp && rapid.Bool().Draw(t, "enc"), Connection: ConnectionUSBMux, Faults: faults})
		require.NoError(t, err)
		p, err := NewPhone(PhoneOptions{Profile: profile, Faults: faults, Authenticate: strings.ToUpper})
		require.NoError(t, err)
		e := rapid.SampledFrom([]end{p, v}).Draw(t, "end")
		now, closed := time.Duration(0), 0
		e.Start(now)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			id := rapid.SampledFrom(known).Draw(t, "id")
			m := Message{ID: id, Payload: anyBody(t, id, profile)}
			if rapid.IntRange(0, 5).Draw(t, "damage") == 0 {
				m.Payload = rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")
			}
			now += time.Duration(rapid.IntRange(0, 1500).Draw(t, "ms")) * time.Millisecond
			e.Tick(now)
			e.Feed(now, m)
			wasClosed := closed > 0
			for ev := e.Poll(); ev != nil; ev = e.Poll() {
				if closed > 0 {
					t.Fatalf("%T after Closed", ev)
				}
				if _, ok := ev.(Closed); ok {
					closed++
				}
			}
			for o, ok := e.NextOutput(); ok; o, ok = e.NextOutput() {
				if wasClosed {
					t.Fatalf("%s after the end", o.ID)
				}
				if _, err := o.AppendMux(nil); err != nil {
					t.Fatal(err)
				}
			}
			if at, ok := e.Deadline(); ok && (at <= now-time.Second || e.Closed()) {
				t.Fatalf("deadline %v at %v, closed %v", at, now, e.Closed())
			}
			if e.Closed() != (closed > 0) {
				t.Fatal("Closed and its event disagree")
			}
		}
	})
}

// anyBody draws a well-formed body for a message.
func anyBody(t *rapid.T, id ID, p Profile) []byte {
	mi, _ := Lookup(id)
	body := mi.NewBody(p)
	if body == nil {
		if mi.Kind == PayloadRaw {
			return rapid.SliceOfN(rapid.Byte(), 0, 30).Draw(t, "raw")
		}
		return nil
	}
	fill(t, body.ProtoReflect())
	m, err := NewMessage(id, body)
	if err != nil {
		t.Fatal(err)
	}
	return m.Payload
}
