package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

// On the steady path a world does not allocate.
func TestNothingAllocates(t *testing.T) {
	for _, c := range []struct {
		name string
		step func(w *sim.World) func() // sets up, and returns what must not allocate
	}{
		{"hand-over", func(w *sim.World) func() {
			w.Go("other", func() {
				for {
					w.Yield()
				}
			})
			return w.Yield
		}},
		{"sleep", func(w *sim.World) func() {
			w.Go("other", func() {
				for {
					w.Sleep(3 * ms)
				}
			})
			return func() { w.Sleep(ms) }
		}},
		{"timer", func(w *sim.World) func() {
			tm := w.NewTimer(func() {})
			return func() { tm.Set(w.Now() + ms/2); w.Sleep(ms); tm.Set(w.Now() + ms); tm.Stop() }
		}},
		{"signal and wait", func(w *sim.World) func() {
			there, back := w.NewCond("there"), w.NewCond("back")
			w.Go("other", func() {
				for {
					there.Wait()
					back.Signal()
				}
			})
			w.Yield()
			return func() { there.Signal(); back.Wait() }
		}},
		{"wait with a deadline", func(w *sim.World) func() {
			c := w.NewCond("c")
			return func() { c.WaitUntil(w.Now() + ms) }
		}},
		{"pipe, reader first", func(w *sim.World) func() {
			a, b := w.Pipe("p")
			echo := make([]byte, 1000)
			w.Go("echo", func() {
				for {
					n, _ := b.Read(echo)
					_, _ = b.Write(echo[:n])
				}
			})
			p := make([]byte, 1000)
			return func() { _, _ = a.Write(p); _, _ = a.Read(p) }
		}},
		{"pipe, writer first", func(w *sim.World) func() {
			a, b := w.Pipe("p")
			p := make([]byte, 1000)
			return func() { _, _ = a.Write(p); _, _ = a.Write(p[:7]); _, _ = b.Read(p); _, _ = b.Read(p) }
		}},
		{"pipe, writer waits", func(w *sim.World) func() {
			a, b := w.PipeSize("p", 100)
			w.Go("writer", func() {
				p := make([]byte, 1000)
				for {
					_, _ = a.Write(p)
				}
			})
			p := make([]byte, 1000)
			return func() { _, _ = b.Read(p) }
		}},
		{"perfect link", func(w *sim.World) func() {
			l := w.Link("l", sim.Impairments{}, sim.Impairments{})
			p := make([]byte, 1000)
			return func() { _, _ = l.A.Write(p); _, _ = l.B.Read(p) }
		}},
		{"bad link", func(w *sim.World) func() {
			bad := sim.Impairments{Latency: 10 * ms, Jitter: ms, Bandwidth: 1 << 30, Duplicate: 0.1, Reorder: 0.1, BitError: 0.1}
			l := w.Link("l", bad, bad)
			w.Go("reader", func() {
				p := make([]byte, 1000)
				for {
					_, _ = l.B.Read(p)
				}
			})
			p := make([]byte, 1000)
			return func() { _, _ = l.A.Write(p); w.Sleep(ms) }
		}},
		{"deadline", func(w *sim.World) func() {
			a, _ := w.Pipe("p")
			p := make([]byte, 1)
			return func() { _ = a.SetReadDeadline(w.Time().Add(ms)); _, _ = a.Read(p) }
		}},
		{"event", func(w *sim.World) func() {
			n := 0
			w.Observe(func(e *sim.Event) { n += len(e.Data) })
			e := sim.Event{Kind: "k", Fields: []sim.Field{sim.Int("n", 1)}, Data: make([]byte, 10)}
			return func() { w.Emit(e) }
		}},
		{"post from inside", func(w *sim.World) func() {
			fn := func() {}
			return func() { w.Post(fn); w.Sleep(ms) }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sim.New(sim.StepLimit(1 << 40))
			run(t, w, func() {
				step := c.step(w)
				for range 100 {
					step() // warm up
				}
				require.Zero(t, testing.AllocsPerRun(1000, step))
			})
		})
	}
}

// A wait on the machine's clock uses one timer again and again.
func TestNothingAllocatesInRealTime(t *testing.T) {
	w := sim.New(sim.RealTime())
	run(t, w, func() {
		step := func() { w.Sleep(50 * time.Microsecond) }
		step()
		require.Zero(t, testing.AllocsPerRun(50, step))
	})
}
