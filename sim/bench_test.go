package sim_test

import (
	"testing"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// One hand-over is one process giving its turn to another.
func BenchmarkHandover(b *testing.B) {
	w := sim.New(sim.StepLimit(1 << 62))
	b.ReportAllocs()
	run(b, w, func() {
		w.Go("other", func() {
			for {
				w.Yield()
			}
		})
		b.ResetTimer()
		for range b.N / 2 {
			w.Yield()
		}
	})
}

func BenchmarkSleep(b *testing.B) {
	w := sim.New()
	b.ReportAllocs()
	run(b, w, func() {
		b.ResetTimer()
		for range b.N {
			w.Sleep(time.Millisecond)
		}
	})
}

func BenchmarkSleep1000(b *testing.B) {
	w := sim.New()
	b.ReportAllocs()
	run(b, w, func() {
		done := w.NewCond("sleepers")
		left := 1000
		b.ResetTimer()
		for range 1000 {
			w.Go("sleeper", func() {
				for range b.N / 1000 {
					w.Sleep(time.Millisecond)
				}
				left--
				done.Signal()
			})
		}
		done.WaitFor(sim.Never, func() bool { return left == 0 })
	})
}

func benchmarkPipe(b *testing.B, size int) {
	w := sim.New(sim.StepLimit(1 << 62))
	b.ReportAllocs()
	b.SetBytes(int64(size))
	run(b, w, func() {
		x, y := w.Pipe("pipe")
		w.Go("writer", func() {
			buf := make([]byte, size)
			for {
				if _, err := x.Write(buf); err != nil {
					return
				}
			}
		})
		buf := make([]byte, size)
		b.ResetTimer()
		for n := 0; n < b.N*size; {
			k, err := y.Read(buf)
			if err != nil {
				b.Fatal(err)
			}
			n += k
		}
	})
}

func BenchmarkPipe1K(b *testing.B)  { benchmarkPipe(b, 1<<10) }
func BenchmarkPipe64K(b *testing.B) { benchmarkPipe(b, 64<<10) }
