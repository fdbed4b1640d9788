package usb_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

const mib64 = 64 << 20

// benchmark moves 64 MiB a round through a cable, in writes of that size.
func benchmarkOut(b *testing.B, write int, o usb.StreamOptions, c usb.CableOptions) {
	w := sim.New(sim.StepLimit(1 << 62))
	b.ReportAllocs()
	b.SetBytes(mib64)
	err := w.Run(func() {
		g, conn := pair(b, w, c)
		s := usb.NewStream(w, conn, 0x81, 0x01, o)
		w.Go("device", func() {
			buf := make([]byte, 64<<10)
			for {
				if _, err := g.Endpoint(0x01).Read(buf); err != nil {
					return
				}
			}
		})
		data := make([]byte, write)
		b.ResetTimer()
		for range b.N {
			for n := 0; n < mib64; n += write {
				if _, err := s.Write(data); err != nil {
					b.Fatal(err)
				}
			}
			require.NoError(b, s.Flush())
		}
		b.StopTimer()
	})
	require.NoError(b, err)
}

func benchmarkIn(b *testing.B, write int, o usb.StreamOptions, c usb.CableOptions) {
	w := sim.New(sim.StepLimit(1 << 62))
	b.ReportAllocs()
	b.SetBytes(mib64)
	err := w.Run(func() {
		g, conn := pair(b, w, c)
		s := usb.NewStream(w, conn, 0x81, 0x01, o)
		w.Go("device", func() {
			data := make([]byte, write)
			for {
				if _, err := g.Endpoint(0x81).Write(data); err != nil {
					return
				}
			}
		})
		buf := make([]byte, 64<<10)
		b.ResetTimer()
		for n := 0; n < b.N*mib64; {
			k, err := s.Read(buf)
			if err != nil {
				b.Fatal(err)
			}
			n += k
		}
		b.StopTimer()
	})
	require.NoError(b, err)
}

func BenchmarkOut64K(b *testing.B) { benchmarkOut(b, 64<<10, usb.StreamOptions{}, usb.CableOptions{}) }
func BenchmarkOut1K(b *testing.B)  { benchmarkOut(b, 1<<10, usb.StreamOptions{}, usb.CableOptions{}) }
func BenchmarkOut1KBuffered(b *testing.B) {
	benchmarkOut(b, 1<<10, usb.StreamOptions{Buffered: true, OutTransfers: 16}, usb.CableOptions{})
}
func BenchmarkIn64K(b *testing.B) { benchmarkIn(b, 64<<10, usb.StreamOptions{}, usb.CableOptions{}) }
func BenchmarkIn1K(b *testing.B)  { benchmarkIn(b, 1<<10, usb.StreamOptions{}, usb.CableOptions{}) }
