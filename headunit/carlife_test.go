package headunit

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/carlife"
)

// app is the phone's CarLife end on the native transport, and what it saw.
type app struct {
	*carlife.Phone
	pump *session.CarLife
	saw  []string
}

// faceApp has the head unit's CarLife application, with these options, face an
// app.
func faceApp(t *testing.T, options string, o carlife.PhoneOptions, main func(*bench, *app)) {
	t.Helper()
	yaml := noLaunch + "protocols: [{name: com.baidu.CarLifeVehicleProtocol, match: 1, native: true, behaviour: carlife, carlife: {" + options + "}}]"
	onCable(t, yaml, func(b *bench) {
		conn := b.start()
		b.iap(conn)
		b.begin()
		o.Random = b.w.Bytes("keys")
		end, err := carlife.NewPhone(o)
		require.NoError(t, err)
		a := &app{Phone: end}
		a.pump = session.NewCarLife(b.w, "app", b.native(conn), end, session.CarLifeOptions{On: func(ev carlife.Event) {
			text := fmt.Sprintf("%T", ev)[len("carlife."):]
			if touch, ok := ev.(carlife.Touch); ok {
				text = fmt.Sprintf("Touch %d,%d", touch.X, touch.Y)
			}
			a.saw = append(a.saw, text)
		}})
		a.pump.Start()
		main(b, a)
	})
}

func (a *app) stream(t testing.TB, b *bench, frames int) {
	t.Helper()
	width, height, _ := a.Encoder()
	source, err := carlife.NewVideoSource(carlife.VideoOptions{Width: width, Height: height, Seed: 1})
	require.NoError(t, err)
	for range frames {
		require.NoError(t, a.SendFrame(b.w.Now(), source.Next()))
		a.pump.Flush()
		b.w.Sleep(33 * ms)
	}
}

// Version, encoder of the screen's size and rate, frames, and a tap after the
// frame that the model says.
func TestCarLife(t *testing.T) {
	faceApp(t, "width: 800, height: 480, rate: 25, touches: [{frame: 3, x: 10, y: 470}]", carlife.PhoneOptions{}, func(b *bench, a *app) {
		b.w.Sleep(time.Second)
		width, height, rate := a.Encoder()
		require.Equal(t, []int{800, 480, 25}, []int{width, height, rate})
		a.stream(t, b, 2)
		require.NotContains(t, a.saw, "Touch 10,470")
		a.stream(t, b, 1)
		require.Contains(t, a.saw, "Touch 10,470")
		require.NoError(t, a.Exit(b.w.Now()))
		a.pump.Turn()
		b.w.Sleep(time.Second)
		b.saw("CarLife version matched")
		b.saw("CarLife started")
		b.saw("session closed protocol=com.baidu.CarLifeVehicleProtocol why=done")
	})
}

func TestCarLifeEncryption(t *testing.T) {
	faceApp(t, "encryption: true", carlife.PhoneOptions{}, func(b *bench, a *app) {
		b.w.Sleep(2 * time.Second)
		require.True(t, a.Encrypted())
		b.saw("CarLife encrypted")
	})
}

func TestCarLifeVersionRefused(t *testing.T) {
	faceApp(t, "major: 9", carlife.PhoneOptions{}, func(b *bench, a *app) {
		b.w.Sleep(time.Minute)
		b.saw("CarLife version refused")
		b.saw("session closed protocol=com.baidu.CarLifeVehicleProtocol why=session: CarLife closed: version")
	})
}

// A phone that says nothing is noted and waited for: the session is the phone's
// to end.
func TestCarLifeWithoutAnApp(t *testing.T) {
	onCable(t, noLaunch, func(b *bench) {
		conn := b.start()
		b.iap(conn)
		b.begin()
		b.native(conn)
		b.w.Sleep(time.Minute)
		require.Contains(t, fmt.Sprint(b.states), "CarLife waits for=version")
		b.cable.Unplug()
		b.w.Sleep(time.Second)
		require.Contains(t, fmt.Sprint(b.states), "session closed protocol=com.baidu.CarLifeVehicleProtocol why=session: CarLife closed: lost")
	})
}
