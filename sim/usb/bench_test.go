package usb_test

import (
	"testing"
	"time"

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

// The same over a path that is slow, and over one that copies.
func BenchmarkOut64KSlow(b *testing.B) {
	im := sim.Impairments{Latency: time.Millisecond, Bandwidth: 100 << 20}
	benchmarkOut(b, 64<<10, usb.StreamOptions{Buffered: true, OutTransfers: 16}, usb.CableOptions{AB: im, BA: im})
}

func BenchmarkOut64KCopied(b *testing.B) {
	im := sim.Impairments{Duplicate: 1e-12}
	benchmarkOut(b, 64<<10, usb.StreamOptions{}, usb.CableOptions{AB: im, BA: im})
}

// A small message there, and one back.
func BenchmarkPingPong(b *testing.B) {
	w := sim.New(sim.StepLimit(1 << 62))
	b.ReportAllocs()
	require.NoError(b, w.Run(func() {
		g, conn := pair(b, w, usb.CableOptions{})
		s := usb.NewStream(w, conn, 0x81, 0x01, usb.StreamOptions{})
		w.Go("device", func() {
			buf := make([]byte, 512)
			for {
				n, err := g.Endpoint(0x01).Read(buf)
				if err != nil {
					return
				}
				g.Endpoint(0x81).Write(buf[:n])
			}
		})
		data := make([]byte, 64)
		b.ResetTimer()
		for range b.N {
			s.Write(data)
			if _, err := s.Read(data); err != nil {
				b.Fatal(err)
			}
		}
	}))
}

func BenchmarkControl(b *testing.B) {
	w := sim.New(sim.StepLimit(1 << 62))
	b.ReportAllocs()
	require.NoError(b, w.Run(func() {
		_, conn := pair(b, w, usb.CableOptions{})
		x := &usb.Transfer{Setup: usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor, Value: 0x0100, Length: 18}, Data: make([]byte, 18)}
		b.ResetTimer()
		for range b.N {
			if err := usb.Do(w, conn, x, time.Second); err != nil {
				b.Fatal(err)
			}
		}
	}))
}

// From the plugging in to the device's being configured.
func BenchmarkAttach(b *testing.B) {
	w := sim.New(sim.StepLimit(1 << 62))
	b.ReportAllocs()
	require.NoError(b, w.Run(func() {
		cable := usb.NewCable(w, usb.CableOptions{})
		g := usb.NewGadget(w, "g", plain(), nil)
		for range b.N {
			require.NoError(b, attach(b, cable, g).SetConfiguration(1))
			cable.B().Detach()
		}
	}))
}

func BenchmarkParseConfig(b *testing.B) {
	raw := unhex(b, iPhoneConfig4)
	b.ReportAllocs()
	for range b.N {
		usb.ParseConfig(raw)
	}
}
