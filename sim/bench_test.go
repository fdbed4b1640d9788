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

// The writer is ahead of the reader: all goes through the ring.
func BenchmarkPipeRing1K(b *testing.B) {
	w := sim.New(sim.StepLimit(1 << 62))
	b.ReportAllocs()
	b.SetBytes(1 << 10)
	run(b, w, func() {
		x, y := w.Pipe("pipe")
		buf := make([]byte, 1<<10)
		for b.Loop() {
			_, _ = x.Write(buf)
			_, _ = y.Read(buf)
		}
	})
}

func benchmarkLink(b *testing.B, size int, im sim.Impairments) {
	w := sim.New(sim.StepLimit(1 << 62))
	b.ReportAllocs()
	b.SetBytes(int64(size))
	run(b, w, func() {
		l := w.Link("link", im, sim.Impairments{})
		w.Go("reader", func() {
			buf := make([]byte, size)
			for {
				_, _ = l.B.Read(buf)
			}
		})
		buf := make([]byte, size)
		for b.Loop() {
			_, _ = l.A.Write(buf)
		}
	})
}

func BenchmarkLinkPerfect1K(b *testing.B) { benchmarkLink(b, 1<<10, sim.Impairments{}) }

func BenchmarkLinkDelayed1K(b *testing.B) {
	benchmarkLink(b, 1<<10, sim.Impairments{Latency: time.Millisecond, Bandwidth: 60e6})
}

func BenchmarkLinkBad1K(b *testing.B) {
	benchmarkLink(b, 1<<10, sim.Impairments{Latency: time.Millisecond, Jitter: time.Millisecond, Bandwidth: 60e6,
		Loss: 0.01, Duplicate: 0.01, Reorder: 0.01, BitError: 0.01})
}

// One process begun and ended.
func BenchmarkGo(b *testing.B) {
	w := sim.New(sim.StepLimit(1 << 62))
	b.ReportAllocs()
	run(b, w, func() {
		for b.Loop() {
			w.Go("short-lived", func() {})
			w.Yield()
		}
	})
}

// One trip outside and back: two goroutines of the machine wake each other.
func BenchmarkOutside(b *testing.B) {
	w := sim.New(sim.StepLimit(1 << 62))
	b.ReportAllocs()
	run(b, w, func() {
		for b.Loop() {
			w.Outside("nothing", func() {})
		}
	})
}

// One call from outside.
func BenchmarkCall(b *testing.B) {
	w := sim.New(sim.StepLimit(1 << 62))
	b.ReportAllocs()
	run(b, w, func() {
		w.Outside("a caller", func() {
			for b.Loop() {
				_ = w.Call("visitor", func() {})
			}
		})
	})
}

// A world made, run and ended.
func BenchmarkWorld(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		w := sim.New()
		run(b, w, func() { w.Sleep(time.Millisecond) })
	}
}

// How much faster than the machine's clock a world goes in which 20 processes
// each wait a millisecond at a time, as busy protocols do.
func BenchmarkSimulatedSeconds(b *testing.B) {
	w := sim.New()
	for i := range 20 {
		w.Go("process", func() {
			w.Sleep(time.Duration(i) * 50 * time.Microsecond)
			for {
				w.Sleep(time.Millisecond)
			}
		})
	}
	run(b, w, func() {
		for b.Loop() {
			w.Sleep(time.Second)
		}
	})
	b.ReportMetric(w.Now().Seconds()/b.Elapsed().Seconds(), "sim-s/s")
}
