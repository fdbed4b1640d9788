package phone

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/carlife"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// vehicle is a head unit's CarLife end over a session of the link, and what it
// saw.
type vehicle struct {
	*carlife.Vehicle
	pump   *session.CarLife
	saw    []string
	frames []time.Duration // when each came
	audio  map[carlife.Stream]int
}

// faceCar has the phone's CarLife app, with these options, face a vehicle.
func faceCar(t *testing.T, options string, o carlife.VehicleOptions, main func(*script, *vehicle)) {
	t.Helper()
	const name = "com.baidu.CarLifeVehicleProtocol"
	persona := "apps: [{bundle: com.baidu.carlife, protocols: [" + name + "], behaviour: carlife, foreground: true, carlife: {" + options + "}}]"
	play(t, persona, func(x *script) {
		x.begin(control.F("SupportedExternalAccessoryProtocol", protocol(0, name)))
		end, err := carlife.NewVehicle(o)
		require.NoError(t, err)
		v := &vehicle{Vehicle: end, audio: map[carlife.Stream]int{}}
		v.pump = session.NewCarLife(x.w, "vehicle", x.opened(0), end, session.CarLifeOptions{On: func(ev carlife.Event) {
			switch ev := ev.(type) {
			case *carlife.Frame:
				v.frames = append(v.frames, x.w.Now())
			case *carlife.AudioData:
				v.audio[ev.Stream] += len(ev.Data)
			default:
				v.saw = append(v.saw, fmt.Sprintf("%T", ev)[len("carlife."):])
			}
		}})
		v.pump.Start()
		main(x, v)
	})
}

// Ten frames a second, then a still screen, then MD_EXIT and the end of the
// session.
func TestCarLifeStreamsAndLeaves(t *testing.T) {
	faceCar(t, "frames: 20, rate: 10, still: 3s, exit: true", carlife.VehicleOptions{Width: 800, Height: 480}, func(x *script, v *vehicle) {
		x.next("StopExternalAccessoryProtocolSession")
		require.Len(t, v.frames, 20)
		for i := range 19 {
			require.Equal(t, 100*ms, v.frames[i+1]-v.frames[i], "between frames %d and %d", i+1, i+2)
		}
		require.Equal(t, 3*time.Second+100*ms, x.w.Now()-v.frames[19], "the screen stood still")
		require.Contains(t, v.saw, "VersionMatched")
		require.Contains(t, v.saw, "Exit")
		x.saw("CarLife started")
		x.saw("session closed protocol=com.baidu.CarLifeVehicleProtocol why=done")
	})
}

// Without a number of frames the app goes on until the session ends.
func TestCarLifeStreamsForEver(t *testing.T) {
	faceCar(t, "rate: 5", carlife.VehicleOptions{}, func(x *script, v *vehicle) {
		x.w.Sleep(time.Minute)
		require.InDelta(t, 300, len(v.frames), 2)
		v.pump.Close()
	})
}

// A head unit that shows something else for a while pauses the encoder; the
// stream goes on with a key frame when it resumes.
func TestCarLifePaused(t *testing.T) {
	faceCar(t, "rate: 10", carlife.VehicleOptions{}, func(x *script, v *vehicle) {
		x.w.Sleep(time.Second)
		require.NoError(t, v.PauseVideo(x.w.Now()))
		v.pump.Turn()
		x.w.Sleep(200 * ms)
		paused := len(v.frames)
		x.w.Sleep(10 * time.Second)
		require.Len(t, v.frames, paused)
		require.NoError(t, v.ResumeVideo(x.w.Now()))
		v.pump.Turn()
		x.w.Sleep(time.Second)
		require.InDelta(t, paused+10, len(v.frames), 1)
		require.NotContains(t, v.saw, "Violation")
		v.pump.Close()
	})
}

func TestCarLifeAtOnce(t *testing.T) {
	faceCar(t, "frames: 50, at-once: true, rate: 1, flat: true, frame-size: 1000", carlife.VehicleOptions{}, func(x *script, v *vehicle) {
		x.w.Sleep(10 * ms)
		require.Len(t, v.frames, 50)
	})
}

// A second of music and a second of speech come before the pictures.
func TestCarLifeAudio(t *testing.T) {
	faceCar(t, "frames: 1, audio: true", carlife.VehicleOptions{}, func(x *script, v *vehicle) {
		x.w.Sleep(5 * time.Second)
		for _, s := range []carlife.Stream{carlife.StreamMedia, carlife.StreamTTS} {
			f := s.DefaultFormat()
			require.Equal(t, f.SampleRate*f.Channels*f.Bits/8, v.audio[s], "bytes of %v", s)
		}
		require.Less(t, slices.Index(v.saw, "AudioInit"), len(v.saw))
	})
}

func TestCarLifeTouchesAndEncryption(t *testing.T) {
	faceCar(t, "rate: 10", carlife.VehicleOptions{Width: 800, Height: 480, Encryption: true}, func(x *script, v *vehicle) {
		x.w.Sleep(2 * time.Second)
		require.True(t, v.Encrypted())
		require.NoError(t, v.Touch(x.w.Now(), carlife.MotionDown, 799, 0))
		require.NoError(t, v.Touch(x.w.Now(), carlife.MotionUp, 799, 0))
		v.pump.Turn()
		x.w.Sleep(time.Second)
		x.saw("CarLife encrypted")
		require.Condition(t, func() bool {
			return slices.ContainsFunc(x.states, func(s string) bool { return len(s) > 8 && s[:8] == "touch x=" })
		}, "%v", x.states)
	})
}

// A phone whose protocol version does not match says so and waits: it is the
// car that ends the session.
func TestCarLifeVersionRefused(t *testing.T) {
	faceCar(t, "", carlife.VehicleOptions{Version: carlife.Version{Major: 9}}, func(x *script, v *vehicle) {
		v.pump.WaitClosed()
		require.Contains(t, v.saw, "VersionRefused")
		x.quiet(time.Minute)
		require.NotContains(t, x.states, "CarLife version matched")
		x.send("StatusExternalAccessoryProtocolSession", control.F("SessionID", 1), control.F("Status", "close"))
		x.quiet(time.Second)
		x.saw("session closed protocol=com.baidu.CarLifeVehicleProtocol why=session: CarLife closed: lost: EOF")
	})
}

// The loss of the link in the middle of a stream leaves nothing behind.
func TestCarLifeLosesItsLink(t *testing.T) {
	faceCar(t, "audio: true", carlife.VehicleOptions{}, func(x *script, v *vehicle) {
		x.w.Sleep(time.Second)
		x.s.Link().Reset(x.w.Now())
		x.s.Turn()
		x.w.Sleep(100 * ms)
		x.saw("session closed protocol=com.baidu.CarLifeVehicleProtocol why=session: CarLife closed: lost: session: iAP2 link down: " + link.PeerReset.String())
	})
}

func TestInjectIntoTheLink(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin()
		require.NoError(t, x.p.Inject([]byte{0xFF, 0x5A, 0x00}))
		require.Equal(t, persona(t), x.p.Persona())
	})
	onCable(t, "", func(b *bench) {
		require.EqualError(t, b.p.Inject([]byte{1}), "phone: no accessory to send to")
	})
}
