package service_test

import (
	"encoding/binary"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/plist"
)

func frames(w *sim.World, l service.Limits) (a, b *service.Frames) {
	x, y := w.Pipe("frames")
	return service.NewFrames(w, x, l), service.NewFrames(w, y, l)
}

// A side answers in the form in which it is spoken to.
func TestFramesKeepTheForm(t *testing.T) {
	w := sim.New()
	a, b := frames(w, service.Limits{})
	run(t, w, func() {
		for _, f := range []plist.Format{plist.Binary, plist.XML} {
			a.Format = f
			require.NoError(t, a.Send("hello"))
			v, err := b.Receive()
			require.NoError(t, err)
			require.Equal(t, "hello", v)
			require.Equal(t, f, b.Format)
		}
		require.NoError(t, a.Send("text"))
		_, err := b.ReceiveDict()
		require.ErrorContains(t, err, "is string, want dictionary")
		require.Error(t, a.Send(make(chan int)), "no property list holds it")
		require.NoError(t, a.Send([]any{}), "and nothing was sent of it")
		v, err := b.Receive()
		require.NoError(t, err)
		require.Equal(t, []any{}, v)
		require.NoError(t, a.Conn.Close())
		_, err = b.Receive()
		require.ErrorIs(t, err, io.EOF)
	})
}

// Large messages pass, and leave no large buffers behind.
func TestLargeFrames(t *testing.T) {
	w := sim.New()
	a, b := frames(w, service.Limits{})
	run(t, w, func() {
		data := make([]byte, 3<<20)
		w.Go("sender", func() { require.NoError(t, a.Send(map[string]any{"Data": data})) })
		m, err := b.ReceiveDict()
		require.NoError(t, err)
		require.Equal(t, data, m["Data"])
	})
}

func TestFrameLimits(t *testing.T) {
	w := sim.New()
	l := service.Limits{Frame: 5 * second, Plist: plist.Limits{Size: 1000}}
	a, b := frames(w, l)
	run(t, w, func() {
		require.NoError(t, a.Send(make([]byte, 2000)))
		_, err := b.Receive()
		require.ErrorIs(t, err, service.ErrTooLong)
		require.ErrorContains(t, err, "limit 1000")
	})
	for _, begun := range [][]byte{{0}, {0, 0, 0}, {0, 0, 1, 0}, {0, 0, 1, 0, '<'}} {
		a, b := frames(w, l)
		run(t, w, func() {
			w.Go("slow", func() {
				w.Sleep(time.Hour) // before a frame a host may take its time
				_, _ = a.Conn.Write(begun)
			})
			start := w.Now()
			_, err := b.Receive()
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			require.True(t, service.TimedOut(err))
			require.Equal(t, time.Hour+5*second, w.Now()-start)
		})
	}
}

// A frame cut short is not the same as no frame.
func TestCutShort(t *testing.T) {
	for _, begun := range [][]byte{{0}, {0, 0, 1, 0}, {0, 0, 1, 0, '<'}} {
		w := sim.New()
		a, b := frames(w, service.Limits{})
		run(t, w, func() {
			_, _ = a.Conn.Write(begun)
			_ = a.Conn.Close()
			_, err := b.Receive()
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.False(t, service.HungUp(err))
		})
	}
}

// FuzzFrames: whatever comes in, Receive comes back with a value or an error.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x05hello"))
	f.Add(binary.BigEndian.AppendUint32(nil, 1<<31))
	whole, err := plist.AppendBinary([]byte{0, 0, 0, 42}, "x")
	require.NoError(f, err)
	f.Add(whole)
	f.Fuzz(func(t *testing.T, data []byte) {
		w := sim.New()
		a, b := frames(w, service.Limits{Plist: plist.Limits{Size: 1 << 16}})
		run(t, w, func() {
			w.Go("host", func() {
				_, _ = a.Conn.Write(data)
				_ = a.Conn.Close()
			})
			for {
				v, err := b.Receive()
				if err != nil {
					return
				}
				require.NotNil(t, v)
			}
		})
	})
}
