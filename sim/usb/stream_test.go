package usb_test

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

var _ io.ReadWriteCloser = (*usb.Stream)(nil)
var _ io.ReadWriter = (*usb.Endpoint)(nil)

// streaming runs fn with a stream to a plain gadget.
func streaming(t *testing.T, c usb.CableOptions, o usb.StreamOptions, fn func(w *sim.World, cable *usb.Cable, g *usb.Gadget, s *usb.Stream)) {
	t.Helper()
	w := sim.New()
	run(t, w, func() {
		cable := usb.NewCable(w, instant(c))
		g := usb.NewGadget(w, "g", plain(), nil)
		conn := attach(t, cable, g)
		require.NoError(t, conn.SetConfiguration(1))
		require.NoError(t, conn.ClaimInterface(0))
		fn(w, cable, g, usb.NewStream(w, conn, 0x81, 0x01, o))
	})
}

// A megabyte in pieces of all sizes, both ways at once, is the same at the
// other end.
func TestStreamCarriesBytes(t *testing.T) {
	slow := sim.Impairments{Latency: time.Millisecond, Jitter: time.Millisecond, Bandwidth: 50 << 20}
	for name, c := range map[string]struct {
		cable usb.CableOptions
		o     usb.StreamOptions
	}{
		"default":      {},
		"buffered":     {o: usb.StreamOptions{Buffered: true}},
		"slow":         {cable: usb.CableOptions{AB: slow, BA: slow}},
		"one at once":  {o: usb.StreamOptions{InTransfers: 1, OutTransfers: 1, InSize: 512, OutSize: 512}},
		"many":         {o: usb.StreamOptions{InTransfers: 64, OutTransfers: 64, InSize: 1024, OutSize: 1024, Buffered: true}},
		"zero packets": {o: usb.StreamOptions{ZeroPackets: true}},
	} {
		t.Run(name, func(t *testing.T) {
			streaming(t, c.cable, c.o, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, s *usb.Stream) {
				const total = 1 << 20
				data := make([]byte, total)
				w.Bytes("data").Read(data)
				send := func(name string, wr io.Writer) {
					w.Go(name, func() {
						rnd := w.Rand(name)
						for rest := data; len(rest) > 0; {
							k := min(rnd.IntN(40000)+1, len(rest))
							n, err := wr.Write(rest[:k])
							require.NoError(t, err)
							require.Equal(t, k, n)
							rest = rest[k:]
						}
					})
				}
				receive := func(name string, r io.Reader) []byte {
					rnd := w.Rand(name)
					var got []byte
					for len(got) < total {
						buf := make([]byte, rnd.IntN(40000)+1)
						n, err := r.Read(buf)
						require.NoError(t, err)
						got = append(got, buf[:n]...)
					}
					return got
				}
				send("host sends", s)
				send("device sends", g.Endpoint(0x81))
				var out []byte
				w.Go("device receives", func() { out = receive("device receives", g.Endpoint(0x01)) })
				in := receive("host receives", s)
				w.Sleep(time.Minute)
				assert.True(t, bytes.Equal(data, in), "device to host")
				assert.True(t, bytes.Equal(data, out), "host to device")
			})
		})
	}
}

func TestStreamReadsByteByByte(t *testing.T) {
	streaming(t, usb.CableOptions{}, usb.StreamOptions{}, func(w *sim.World, _ *usb.Cable, g *usb.Gadget, s *usb.Stream) {
		w.Go("device", func() {
			g.Endpoint(0x81).Write([]byte("ab"))
			g.Endpoint(0x81).Write(nil) // a zero-length packet is passed over
			g.Endpoint(0x81).Write([]byte("cd"))
		})
		w.Sleep(1)
		assert.Equal(t, 4, s.Buffered())
		got := ""
		for range 4 {
			b := []byte{0}
			n, err := s.Read(b)
			require.NoError(t, err)
			require.Equal(t, 1, n)
			got += string(b)
		}
		assert.Equal(t, "abcd", got)
		assert.Zero(t, s.Buffered())
		n, err := s.Read(nil)
		assert.Equal(t, []any{0, nil}, []any{n, err})
	})
}

// A write ends with a short or a zero-length packet if the option says so.
func TestStreamZeroPackets(t *testing.T) {
	for _, zlp := range []bool{false, true} {
		streaming(t, usb.CableOptions{}, usb.StreamOptions{ZeroPackets: zlp, OutSize: 512}, func(w *sim.World, _ *usb.Cable, g *usb.Gadget, s *usb.Stream) {
			w.Go("host", func() {
				s.Write(make([]byte, 1024))
				s.Write(make([]byte, 10))
			})
			n, err := g.Endpoint(0x01).ReadTransfer(make([]byte, 4096))
			require.NoError(t, err)
			assert.Equal(t, map[bool]int{false: 1034, true: 1024}[zlp], n)
		})
	}
}

func TestStreamReadDeadline(t *testing.T) {
	streaming(t, usb.CableOptions{}, usb.StreamOptions{}, func(w *sim.World, _ *usb.Cable, g *usb.Gadget, s *usb.Stream) {
		at := w.Now() + time.Second
		s.SetReadDeadline(at)
		_, err := s.Read(make([]byte, 8))
		assert.Equal(t, usb.TimedOut, err)
		assert.Equal(t, at, w.Now())
		w.Go("device", func() { g.Endpoint(0x81).Write([]byte("late")) })
		w.Sleep(1)
		b := make([]byte, 8)
		n, err := s.Read(b)
		assert.NoError(t, err, "data that is there is read, however late")
		assert.Equal(t, "late", string(b[:n]))
		s.SetReadDeadline(sim.Never)
		w.After(time.Second, func() { s.SetReadDeadline(w.Now()) })
		_, err = s.Read(b)
		assert.Equal(t, usb.TimedOut, err, "moved while waiting")
	})
}

// A write that times out says how much was taken, and nothing of it comes later.
func TestStreamWriteDeadline(t *testing.T) {
	streaming(t, usb.CableOptions{}, usb.StreamOptions{OutSize: 512, OutTransfers: 2}, func(w *sim.World, _ *usb.Cable, g *usb.Gadget, s *usb.Stream) {
		w.Go("device", func() { g.Endpoint(0x01).Read(make([]byte, 700)) })
		s.SetWriteDeadline(w.Now() + time.Second)
		n, err := s.Write([]byte(letters(0, 3000)))
		assert.Equal(t, usb.TimedOut, err)
		assert.Equal(t, 1024, n, "whole packets")
		s.SetWriteDeadline(sim.Never)
		w.Go("host", func() {
			n, err := s.Write([]byte("next"))
			assert.Equal(t, []any{4, nil}, []any{n, err})
		})
		b := make([]byte, 2000)
		n, err = io.ReadAtLeast(g.Endpoint(0x01), b, 328)
		require.NoError(t, err)
		assert.Equal(t, letters(700, 324)+"next", string(b[:n]))
	})
}

func TestStreamBuffered(t *testing.T) {
	streaming(t, usb.CableOptions{}, usb.StreamOptions{Buffered: true, OutTransfers: 2}, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, s *usb.Stream) {
		b := []byte("one")
		for range 2 {
			n, err := s.Write(b)
			assert.Equal(t, []any{3, nil}, []any{n, err}, "nobody reads yet")
			copy(b, "two") // the writer's buffer is his own again
		}
		s.SetWriteDeadline(w.Now() + time.Second)
		n, err := s.Write(b)
		assert.Equal(t, []any{0, usb.TimedOut}, []any{n, err}, "as many as are allowed are under way")
		assert.Equal(t, usb.TimedOut, s.Flush())
		s.SetWriteDeadline(sim.Never)
		w.Go("device", func() {
			for range 2 {
				buf := make([]byte, 16)
				n, err := g.Endpoint(0x01).ReadTransfer(buf)
				require.NoError(t, err)
				b = append(b, buf[:n]...)
			}
		})
		require.NoError(t, s.Flush())
		w.Sleep(1)
		assert.Equal(t, "twoonetwo", string(b))

		s.Write([]byte("x"))
		cable.Unplug()
		assert.Equal(t, usb.Disconnected, s.Flush())
		_, err = s.Write([]byte("y"))
		assert.Equal(t, usb.Disconnected, err)
	})
}

// Writes of several processes do not mix.
func TestStreamWritersTakeTurns(t *testing.T) {
	streaming(t, usb.CableOptions{}, usb.StreamOptions{OutSize: 512}, func(w *sim.World, _ *usb.Cable, g *usb.Gadget, s *usb.Stream) {
		for _, c := range "abc" {
			w.Go(string(c), func() {
				n, err := s.Write(bytes.Repeat([]byte{byte(c)}, 5000))
				require.NoError(t, err)
				require.Equal(t, 5000, n)
			})
		}
		b := make([]byte, 15000)
		_, err := io.ReadFull(g.Endpoint(0x01), b)
		require.NoError(t, err)
		for i := range 3 {
			assert.Equal(t, bytes.Repeat([]byte{"abc"[i]}, 5000), b[i*5000:][:5000])
		}
		// One that waits for its turn gives up by the deadline, too.
		s.SetWriteDeadline(w.Now() + time.Second)
		w.Go("first", func() { s.Write(b) })
		w.Yield()
		n, err := s.Write([]byte("x"))
		assert.Equal(t, []any{0, usb.TimedOut}, []any{n, err})
	})
}

func TestStreamErrors(t *testing.T) {
	streaming(t, usb.CableOptions{}, usb.StreamOptions{OutSize: 512}, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, s *usb.Stream) {
		w.Go("device", func() {
			g.Endpoint(0x81).Write([]byte("last words"))
			g.Endpoint(0x81).SetHalt(true)
		})
		w.Sleep(1)
		b := make([]byte, 64)
		n, err := s.Read(b)
		assert.NoError(t, err, "what came before the error is read first")
		assert.Equal(t, "last words", string(b[:n]))
		for range 2 {
			_, err = s.Read(b)
			assert.Equal(t, usb.Stall, err)
		}

		w.Go("device", func() {
			g.Endpoint(0x01).Read(make([]byte, 512))
			g.Endpoint(0x01).SetHalt(true)
		})
		n, err = s.Write(make([]byte, 5000))
		assert.Equal(t, usb.Stall, err)
		assert.Equal(t, 512, n)
		_, err = s.Write([]byte("x"))
		assert.Equal(t, usb.Stall, err)
	})
}

func TestStreamUnplugged(t *testing.T) {
	streaming(t, usb.CableOptions{}, usb.StreamOptions{}, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, s *usb.Stream) {
		var errs []error
		w.Go("reader", func() {
			_, err := s.Read(make([]byte, 8))
			errs = append(errs, err)
		})
		w.Go("another", func() {
			_, err := s.Read(make([]byte, 8))
			errs = append(errs, err)
		})
		w.Go("writer", func() {
			n, err := s.Write(make([]byte, 1<<20))
			assert.Zero(t, n)
			errs = append(errs, err)
		})
		w.Sleep(time.Second)
		cable.Unplug()
		w.Sleep(1)
		assert.Equal(t, []error{usb.Disconnected, usb.Disconnected, usb.Disconnected}, errs)
	})
}

func TestStreamClose(t *testing.T) {
	streaming(t, usb.CableOptions{}, usb.StreamOptions{OutSize: 512}, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, s *usb.Stream) {
		var errs []error
		var taken int
		w.Go("reader", func() {
			_, err := s.Read(make([]byte, 8))
			errs = append(errs, err)
		})
		w.Go("writer", func() {
			n, err := s.Write(make([]byte, 4096))
			taken = n
			errs = append(errs, err)
		})
		w.Go("device", func() { g.Endpoint(0x01).Read(make([]byte, 1024)) })
		w.Sleep(1)
		require.NoError(t, s.Close())
		require.NoError(t, s.Close())
		w.Sleep(1)
		assert.Equal(t, []error{net.ErrClosed, net.ErrClosed}, errs)
		assert.Equal(t, 1024, taken)
		_, err := s.Read(make([]byte, 8))
		assert.Equal(t, net.ErrClosed, err)
		_, err = s.Write(make([]byte, 8))
		assert.Equal(t, net.ErrClosed, err)
		assert.Equal(t, net.ErrClosed, s.Flush())
	})
}

func TestStreamOfOneDirection(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		g, conn := pair(t, w, instant(usb.CableOptions{}))
		in := usb.NewStream(w, conn, 0x81, 0, usb.StreamOptions{})
		out := usb.NewStream(w, conn, 0, 0x01, usb.StreamOptions{})
		_, err := in.Write([]byte("x"))
		assert.Equal(t, usb.Invalid, err)
		_, err = out.Read(make([]byte, 1))
		assert.Equal(t, usb.Invalid, err)
		w.Go("device", func() {
			b := make([]byte, 8)
			n, _ := g.Endpoint(0x01).Read(b)
			g.Endpoint(0x81).Write(b[:n])
		})
		_, err = out.Write([]byte("echo"))
		require.NoError(t, err)
		b := make([]byte, 8)
		n, err := in.Read(b)
		require.NoError(t, err)
		assert.Equal(t, "echo", string(b[:n]))
		require.NoError(t, in.Close())
		again := usb.NewStream(w, conn, 0x81, 0, usb.StreamOptions{})
		w.Go("device", func() { g.Endpoint(0x81).Write([]byte("again")) })
		n, err = again.Read(b)
		require.NoError(t, err)
		assert.Equal(t, "again", string(b[:n]))
	})
}
