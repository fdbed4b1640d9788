package session_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/carlife"
)

// carLife is both ends of a CarLife session, and what each reported.
type carLife struct {
	phone            *carlife.Phone
	car              *carlife.Vehicle
	phoneEnd, carEnd *session.CarLife
	phoneSaw, carSaw []string
	frames           int
}

func startCarLife(t testing.TB, w *sim.World, a, b io.ReadWriteCloser, o session.CarLifeOptions) *carLife {
	t.Helper()
	c := &carLife{}
	var err error
	c.phone, err = carlife.NewPhone(carlife.PhoneOptions{Random: w.Bytes("keys")})
	require.NoError(t, err)
	c.car, err = carlife.NewVehicle(carlife.VehicleOptions{Width: 800, Height: 480})
	require.NoError(t, err)
	c.phoneEnd = session.NewCarLife(w, "phone", a, c.phone, session.CarLifeOptions{On: func(ev carlife.Event) { c.phoneSaw = append(c.phoneSaw, word(ev)) }})
	o.On = func(ev carlife.Event) {
		if f, ok := ev.(*carlife.Frame); ok && len(f.Data) > 0 {
			c.frames++
			return
		}
		c.carSaw = append(c.carSaw, word(ev))
	}
	c.carEnd = session.NewCarLife(w, "car", b, c.car, o)
	c.phoneEnd.Start()
	c.carEnd.Start()
	return c
}

// word is the name of an event, and why a session closed.
func word(ev carlife.Event) string {
	if c, ok := ev.(carlife.Closed); ok {
		return fmt.Sprintf("Closed %v", c.Reason)
	}
	return fmt.Sprintf("%T", ev)[len("carlife."):]
}

func (c *carLife) stream(t testing.TB, w *sim.World, frames int) {
	t.Helper()
	source, err := carlife.NewVideoSource(carlife.VideoOptions{Width: 800, Height: 480, Seed: 1})
	require.NoError(t, err)
	for range frames {
		require.NoError(t, c.phone.SendFrame(w.Now(), source.Next()))
		c.phoneEnd.Flush()
	}
}

func TestCarLifeFromVersionToExit(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		a, b := w.Pipe("native transport")
		c := startCarLife(t, w, a, b, session.CarLifeOptions{Pieces: carlife.AppPiece})
		w.Sleep(100 * time.Millisecond)
		ok, _ := c.phone.Streaming()
		require.True(t, ok)
		c.stream(t, w, 30)
		w.Sleep(time.Second)
		require.Equal(t, 30, c.frames)

		require.NoError(t, c.phone.Exit(w.Now()))
		c.phoneEnd.Turn()
		require.True(t, c.phoneEnd.Wait(w.Now()+time.Second), "the phone's pump has ended")
		require.True(t, c.carEnd.Wait(w.Now()+time.Second), "the car's pump has ended")
		require.NoError(t, c.phoneEnd.Err())
		require.Contains(t, c.phoneSaw, "VersionMatched")
		require.Contains(t, c.carSaw, "VersionMatched")
		require.Equal(t, "Closed exit", c.carSaw[len(c.carSaw)-1])
		require.Equal(t, "Closed exit", c.phoneSaw[len(c.phoneSaw)-1])
	})
}

// What is queued when the session closes is sent before the transport closes.
func TestCarLifeSaysGoodByeBeforeItCloses(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		a, b := w.PipeSize("a slow transport", 4)
		slow := w.NewCond("a slow reader")
		held := &gated{ReadWriteCloser: b, open: slow}
		c := startCarLife(t, w, a, held, session.CarLifeOptions{})
		w.Sleep(time.Second)
		held.shut = true
		require.NoError(t, c.phone.Exit(w.Now()))
		c.phoneEnd.Turn()
		w.Sleep(time.Second)
		require.False(t, c.phoneEnd.Closed(), "MD_EXIT is not out yet")
		held.shut = false
		slow.Broadcast()
		w.Sleep(time.Second)
		require.True(t, c.phoneEnd.Closed())
		require.Contains(t, c.carSaw, "Exit")
	})
}

// gated reads nothing while it is shut.
type gated struct {
	io.ReadWriteCloser
	open *sim.Cond
	shut bool
}

func (g *gated) Read(p []byte) (int, error) {
	p = p[:min(len(p), 8)]
	n, err := g.ReadWriteCloser.Read(p)
	for g.shut {
		g.open.Wait()
	}
	return n, err
}

func TestCarLifeLearnsThatTheTransportIsLost(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		a, b := w.Pipe("native transport")
		c := startCarLife(t, w, a, b, session.CarLifeOptions{})
		w.Sleep(100 * time.Millisecond)
		b.Close()
		w.Sleep(100 * time.Millisecond)
		require.Equal(t, "Closed lost", c.phoneSaw[len(c.phoneSaw)-1])
		require.ErrorIs(t, c.phoneEnd.Err(), io.EOF)
		require.True(t, c.phoneEnd.Wait(w.Now()))
		require.True(t, c.phone.Closed())
		n := len(c.phoneSaw)
		c.phoneEnd.Turn()
		require.Len(t, c.phoneSaw, n, "told once")
	})
}

func TestCarLifeRefusesWhatIsNoMuxFrame(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		a, b := w.Pipe("native transport")
		c := startCarLife(t, w, a, io.ReadWriteCloser(b), session.CarLifeOptions{Limits: carlife.DefaultLimits(carlife.ProfileHUApp)})
		w.Sleep(100 * time.Millisecond)
		a.Write(bytes.Repeat([]byte{0xFF}, 32))
		w.Sleep(time.Second)
		require.True(t, c.car.Closed())
		require.True(t, c.carEnd.Closed())
	})
}

// The head-unit application writes the mux head alone and then at most so many
// bytes at a time; the phone writes whole frames.
func TestCarLifePieces(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		a, b := w.Pipe("native transport")
		phone, car := &counting{ReadWriteCloser: a}, &counting{ReadWriteCloser: b}
		c := startCarLife(t, w, phone, car, session.CarLifeOptions{Pieces: 20})
		w.Sleep(time.Second)
		ok, _ := c.phone.Streaming()
		require.True(t, ok, "the pieces make whole messages")
		require.Equal(t, carlife.MuxHeadLen, car.sizes[0])
		for i, n := range car.sizes {
			require.LessOrEqual(t, n, 20, "write %d", i)
		}
		c.stream(t, w, 1)
		require.Greater(t, phone.sizes[len(phone.sizes)-1], 1000, "a frame in one write")
	})
}

type counting struct {
	io.ReadWriteCloser
	sizes []int
}

func (c *counting) Write(p []byte) (int, error) {
	c.sizes = append(c.sizes, len(p))
	return c.ReadWriteCloser.Write(p)
}

// Lengths are bounded where nothing is said of them.
func TestCarLifeLimitsByDefault(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		a, b := w.Pipe("native transport")
		c := startCarLife(t, w, a, struct {
			io.Reader
			io.Writer
			io.Closer
		}{b, io.Discard, b}, session.CarLifeOptions{})
		head := []byte{0, 0, 0, 2, 0x7F, 0, 0, 0} // video, 2 GiB
		w.Sleep(time.Second)
		b.Write(head)
		w.Sleep(time.Second)
		require.True(t, c.phone.Closed())
		require.Equal(t, "Closed violation", c.phoneSaw[len(c.phoneSaw)-1])
	})
}
