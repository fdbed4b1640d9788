package session_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/carlife"
)

// six is a CarLife session over six pipes.
type six struct {
	*carLife
	phone, car session.CarLifeConns
	stated     []string
}

func startSix(t testing.TB, w *sim.World, o carlife.VehicleOptions, slowVideo ...*gated) *six {
	t.Helper()
	s := &six{carLife: &carLife{}}
	s.pipes(w)
	for _, g := range slowVideo {
		g.ReadWriteCloser = s.car[1]
		s.car[1] = g
	}
	s.joinPhone(t, w)
	o.Connection, o.Width, o.Height = carlife.ConnectionUSBMux, 800, 480
	var err error
	s.carLife.car, err = carlife.NewVehicle(o)
	require.NoError(t, err)
	s.joinCar(w)
	s.phoneEnd.Start()
	s.carEnd.Start()
	return s
}

func (s *six) pipes(w *sim.World) {
	for i, ch := range carlife.Channels {
		s.phone[i], s.car[i] = w.PipeSize(ch.String(), 64<<10)
	}
}

func (s *six) joinPhone(t testing.TB, w *sim.World) {
	t.Helper()
	var err error
	s.carLife.phone, err = carlife.NewPhone(carlife.PhoneOptions{Random: w.Bytes("keys")})
	require.NoError(t, err)
	s.phoneEnd = session.NewCarLifeChannels(w, "phone", s.phone, s.carLife.phone, session.CarLifeOptions{
		State: func(kind string, fields ...sim.Field) { s.stated = append(s.stated, fmt.Sprint(kind, fields)) },
		On:    func(ev carlife.Event) { s.phoneSaw = append(s.phoneSaw, word(ev)) }})
}

func (s *six) joinCar(w *sim.World) {
	s.carEnd = session.NewCarLifeChannels(w, "car", s.car, s.carLife.car, session.CarLifeOptions{On: func(ev carlife.Event) {
		if f, ok := ev.(*carlife.Frame); ok && len(f.Data) > 0 {
			s.frames++
			return
		}
		s.carSaw = append(s.carSaw, word(ev))
	}})
}

func TestCarLifeOverSixConnections(t *testing.T) {
	for _, encryption := range []bool{false, true} {
		t.Run(fmt.Sprint("encryption ", encryption), func(t *testing.T) {
			inWorld(t, func(w *sim.World) {
				s := startSix(t, w, carlife.VehicleOptions{Encryption: encryption})
				w.Sleep(100 * time.Millisecond)
				s.stream(t, w, 30)
				w.Sleep(time.Second)
				require.Equal(t, 30, s.frames)
				require.False(t, s.phoneEnd.Over())

				require.NoError(t, s.carLife.phone.Exit(w.Now()))
				s.phoneEnd.Turn()
				require.True(t, s.phoneEnd.Over())
				s.phoneEnd.WaitClosed()
				s.carEnd.WaitClosed()
				require.True(t, s.phoneEnd.Wait(w.Now()+time.Second))
				require.True(t, s.carEnd.Wait(w.Now()+time.Second))
				require.NoError(t, s.phoneEnd.Err())
				require.NoError(t, s.carEnd.Err())
				require.Equal(t, "Closed exit", s.carSaw[len(s.carSaw)-1])
				require.Contains(t, s.stated, "CarLife version matched[]")
				require.Contains(t, s.stated, "CarLife started[]")
				require.Equal(t, encryption, contains(s.stated, "CarLife encrypted[]"))
			})
		})
	}
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// Losing one of the six is losing all, whichever it is.
func TestOneLostConnectionEndsCarLife(t *testing.T) {
	for i, ch := range carlife.Channels {
		t.Run(ch.String(), func(t *testing.T) {
			inWorld(t, func(w *sim.World) {
				s := startSix(t, w, carlife.VehicleOptions{})
				w.Sleep(100 * time.Millisecond)
				s.car[i].Close()
				w.Sleep(time.Second)
				require.True(t, s.phoneEnd.Closed())
				require.ErrorIs(t, s.phoneEnd.Err(), io.EOF)
				require.Equal(t, "Closed lost", s.phoneSaw[len(s.phoneSaw)-1])
				require.True(t, s.phoneEnd.Wait(w.Now()))
				require.True(t, s.carEnd.Wait(w.Now()))
			})
		})
	}
}

// A car that does not read its video gets everything else; and what waits is
// bounded: Flush waits.
func TestSlowChannelHoldsUpNoOther(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		slow := &gated{open: w.NewCond("a slow decoder")}
		s := startSix(t, w, carlife.VehicleOptions{}, slow)
		w.Sleep(100 * time.Millisecond)
		slow.shut = true
		source, err := carlife.NewVideoSource(carlife.VideoOptions{Width: 800, Height: 480, FrameSize: 100 << 10})
		require.NoError(t, err)
		frame := func() {
			require.NoError(t, s.carLife.phone.SendFrame(w.Now(), append([]byte(nil), source.Next()...)))
			s.phoneEnd.Turn()
		}
		frame() // more than the connection holds
		w.Sleep(time.Second)
		n := len(s.carSaw)
		require.NoError(t, s.carLife.phone.InitAudio(w.Now(), carlife.StreamMedia, carlife.StreamMedia.DefaultFormat()))
		s.phoneEnd.Turn()
		w.Sleep(time.Second)
		require.Equal(t, []string{"AudioInit"}, s.carSaw[n:])
		require.Zero(t, s.frames)

		for range 4 {
			frame()
		}
		flushed := false
		w.Go("flush", func() {
			s.phoneEnd.Flush()
			flushed = true
		})
		w.Sleep(time.Second)
		require.False(t, flushed)
		slow.shut = false
		slow.open.Broadcast()
		w.Sleep(time.Second)
		require.True(t, flushed)
		require.Equal(t, 5, s.frames)
	})
}

// A head unit whose version is not answered connects anew and goes on.
func TestLeaveAndGoOnOverOtherConnections(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		s := &six{carLife: &carLife{}}
		s.pipes(w)
		var err error
		s.carLife.car, err = carlife.NewVehicle(carlife.VehicleOptions{Connection: carlife.ConnectionUSBMux})
		require.NoError(t, err)
		s.joinCar(w)
		s.carEnd.Start()
		w.Sleep(500 * time.Millisecond)
		s.carEnd.Leave()
		w.Sleep(100 * time.Millisecond)
		require.True(t, s.carEnd.Wait(w.Now()))
		require.NoError(t, s.carEnd.Err())
		require.False(t, s.carLife.car.Closed())

		s.pipes(w)
		s.joinPhone(t, w)
		s.joinCar(w)
		s.phoneEnd.Start()
		s.carEnd.Start()
		w.Sleep(time.Second)
		require.Contains(t, s.carSaw, "VersionRetry")
		require.Contains(t, s.carSaw, "VersionMatched")
		require.Contains(t, s.stated, "CarLife started[]")
	})
}

// A channel whose bytes make no sense ends the session.
func TestChannelThatIsNoCarLife(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		s := startSix(t, w, carlife.VehicleOptions{})
		w.Sleep(100 * time.Millisecond)
		s.phone[2].Write([]byte("GET / HTTP/1.1\r\n\r\n"))
		w.Sleep(time.Second)
		require.ErrorIs(t, s.carEnd.Err(), carlife.ErrTooLong)
		require.True(t, s.phoneEnd.Closed())
	})
}
