package usb_test

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A transfer costs no memory, on any path, once the pools are filled.
func TestNoAllocations(t *testing.T) {
	paths := map[string]sim.Impairments{
		"perfect": {},
		"slow":    {Latency: time.Microsecond, Jitter: time.Microsecond, Bandwidth: 1 << 30},
		"lossy":   {Duplicate: 0.2, Reorder: 0.2, BitError: 0.2},
	}
	for name, im := range paths {
		t.Run(name, func(t *testing.T) {
			w := sim.New(sim.StepLimit(1 << 40))
			run(t, w, func() {
				g, conn := pair(t, w, instant(usb.CableOptions{AB: im, BA: im}))
				s := usb.NewStream(w, conn, 0x81, 0x01, usb.StreamOptions{})
				w.Go("sink", func() {
					buf := make([]byte, 64<<10)
					for {
						if _, err := g.Endpoint(0x01).Read(buf); err != nil {
							return
						}
					}
				})
				w.Go("source", func() {
					buf := make([]byte, 1000)
					for {
						if _, err := g.Endpoint(0x81).Write(buf); err != nil {
							return
						}
					}
				})
				out, in := make([]byte, 5000), make([]byte, 1000)
				round := func() {
					if _, err := s.Write(out); err != nil {
						t.Error(err)
					}
					if _, err := s.Read(in); err != nil {
						t.Error(err)
					}
					w.Sleep(10 * time.Microsecond)
				}
				for range 5000 {
					round()
				}
				assert.Zero(t, testing.AllocsPerRun(1000, round))
			})
		})
	}
}

func TestNoAllocationsOfControlAndDo(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		r := &recorder{control: func(c *usb.ControlRequest) { c.Accept() }}
		g := usb.NewGadget(w, "g", plain(), r)
		conn := attach(t, usb.NewCable(w, instant(usb.CableOptions{})), g)
		for name, x := range map[string]*usb.Transfer{
			"standard":   {Setup: usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor, Value: 0x0200, Length: 255}, Data: make([]byte, 255)},
			"function's": {Setup: usb.Setup{RequestType: 0x21, Request: 9, Length: 64}, Data: make([]byte, 64)},
		} {
			round := func() {
				if err := usb.Do(w, conn, x, time.Second); err != nil {
					t.Error(err)
				}
			}
			round()
			assert.Zero(t, testing.AllocsPerRun(1000, round), name)
		}
	})
}

// A thousand attachments in one world leave nothing behind.
func TestAttachAndDetachForLong(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		cable := usb.NewCable(w, usb.CableOptions{Debounce: time.Millisecond, ResetTime: -1, Recovery: -1})
		watch := cable.A().Watch()
		var before runtime.MemStats
		const rounds = 1000
		for i := range rounds {
			if i == rounds/10 {
				runtime.GC()
				runtime.ReadMemStats(&before)
			}
			g := usb.NewGadget(w, "g", plain(), nil)
			require.NoError(t, cable.B().Attach(g))
			e, ok := watch.Next(w.Now() + time.Second)
			require.True(t, ok)
			require.Equal(t, usb.DeviceID(i+1), e.Info.ID, "never used twice")
			c, err := cable.A().Open(e.Info.ID)
			require.NoError(t, err)
			require.NoError(t, c.SetConfiguration(1))
			require.NoError(t, c.ClaimInterface(0))
			s := usb.NewStream(w, c, 0x81, 0x01, usb.StreamOptions{InSize: 512, OutSize: 512})
			w.Go("device", func() {
				b := make([]byte, 16)
				for {
					n, err := g.Endpoint(0x01).Read(b)
					if err != nil {
						return
					}
					g.Endpoint(0x81).Write(b[:n])
				}
			})
			_, err = s.Write([]byte("ping"))
			require.NoError(t, err)
			b := make([]byte, 16)
			n, err := s.Read(b)
			require.NoError(t, err)
			require.Equal(t, "ping", string(b[:n]))
			switch i % 3 {
			case 0:
				cable.B().Detach()
			case 1:
				cable.Unplug()
				cable.B().Detach()
				cable.Plug()
			case 2:
				w.Go("late", func() { s.Read(b) })
				w.Yield()
				cable.B().Detach()
			}
			e, ok = watch.Next(w.Now() + time.Second)
			require.True(t, ok)
			require.Equal(t, usb.Detached, e.Kind)
			w.Sleep(time.Millisecond)
			require.Len(t, w.Waits(), 0, "processes left after round %d", i)
		}
		var after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&after)
		assert.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(1<<20), "bytes kept after %d attachments", rounds*9/10)
	})
}

// The same seed gives the same events; another gives others.
func TestDeterminism(t *testing.T) {
	hash := func(seed uint64) string {
		w := sim.New(sim.Seed(seed))
		h := sha256.New()
		w.Observe(func(e *sim.Event) { fmt.Fprintln(h, e.Seq, e.At, e.Who, e.Layer, e.Kind, e.Fields, e.Data) })
		im := sim.Impairments{Latency: time.Millisecond, Jitter: time.Millisecond, Loss: 0.1, Duplicate: 0.1, Reorder: 0.1, BitError: 0.1}
		run(t, w, func() {
			g, conn := pair(t, w, usb.CableOptions{AB: im, BA: im})
			s := usb.NewStream(w, conn, 0x81, 0x01, usb.StreamOptions{})
			w.Go("device", func() {
				b := make([]byte, 600)
				for {
					n, err := g.Endpoint(0x01).Read(b)
					if err != nil {
						return
					}
					g.Endpoint(0x81).Write(b[:n])
				}
			})
			s.SetReadDeadline(w.Now() + time.Second)
			w.Go("host writes", func() {
				for i := range 100 {
					_, err := s.Write([]byte(fmt.Sprint("message ", i)))
					require.NoError(t, err)
				}
			})
			b := make([]byte, 600)
			for {
				if _, err := s.Read(b); err != nil {
					require.Equal(t, usb.TimedOut, err)
					return
				}
			}
		})
		return fmt.Sprintf("%x", h.Sum(nil))
	}
	assert.Equal(t, hash(7), hash(7))
	assert.NotEqual(t, hash(7), hash(8))
}

// On the machine's clock everything is the same, only that waiting takes its
// time.
func TestRealTime(t *testing.T) {
	w := sim.New(sim.RealTime())
	began := time.Now()
	im := sim.Impairments{Latency: 5 * time.Millisecond}
	run(t, w, func() {
		g, conn := pair(t, w, usb.CableOptions{AB: im, BA: im, Debounce: 10 * time.Millisecond, ResetTime: time.Millisecond, Recovery: time.Millisecond})
		s := usb.NewStream(w, conn, 0x81, 0x01, usb.StreamOptions{})
		w.Go("device", func() {
			b := make([]byte, 16)
			n, _ := g.Endpoint(0x01).Read(b)
			w.Outside("slow work", func() { time.Sleep(time.Millisecond) })
			g.Endpoint(0x81).Write(b[:n])
		})
		_, err := s.Write([]byte("ping"))
		require.NoError(t, err)
		b := make([]byte, 16)
		n, err := s.Read(b)
		require.NoError(t, err)
		assert.Equal(t, "ping", string(b[:n]))
		s.SetReadDeadline(w.Now() + 5*time.Millisecond)
		_, err = s.Read(b)
		assert.Equal(t, usb.TimedOut, err)
	})
	assert.Greater(t, time.Since(began), 30*time.Millisecond)
}

// A world may run again: what was attached is still there.
func TestSecondRun(t *testing.T) {
	w := sim.New()
	var conn usb.Conn
	var g *usb.Gadget
	run(t, w, func() {
		g, conn = pair(t, w, usb.CableOptions{})
		w.Go("first", func() { g.Endpoint(0x81).Write([]byte("ended with the world")) })
		w.Go("second", func() { g.Endpoint(0x81).Write([]byte("this too")) })
		w.Yield()
	})
	run(t, w, func() {
		w.Go("device", func() { g.Endpoint(0x81).Write([]byte("still here")) })
		x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 64)}
		require.NoError(t, usb.Do(w, conn, x, time.Second))
		assert.Equal(t, "still here", string(x.Data[:x.Actual]))
	})
}
