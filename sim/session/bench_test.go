package session_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// 64 MiB through an External Accessory session of an acknowledged link: both
// engines, both pumps, every checksum. One operation is the whole transfer.
func BenchmarkEASession64MiB(b *testing.B) {
	const size = 64 << 20
	b.SetBytes(size)
	b.ReportAllocs()
	w := sim.New(sim.StepLimit(1 << 62))
	packets := uint64(0)
	require.NoError(b, w.Run(func() {
		acc, dev := up(b, w)
		a, d := acc.OpenEA(1), dev.OpenEA(1)
		w.Go("source", func() {
			for {
				if session.Source(d, size) != nil {
					return
				}
			}
		})
		session.Sink(a, size) // warm: buffers have their size now
		before := dev.Link().Counters().DataSent
		b.ResetTimer()
		for range b.N {
			session.Sink(a, size)
		}
		b.StopTimer()
		packets = dev.Link().Counters().DataSent - before
	}))
	b.ReportMetric(float64(packets)/float64(b.N), "packets/op")
}

// A packet of the steady path allocates nothing, from the one app to the other.
func TestEASessionAllocatesNothingAPacket(t *testing.T) {
	w := sim.New(sim.StepLimit(1 << 62))
	require.NoError(t, w.Run(func() {
		acc, dev := up(t, w)
		a, d := acc.OpenEA(1), dev.OpenEA(1)
		w.Go("source", func() {
			for session.Source(d, 1<<20) == nil {
			}
		})
		buf := make([]byte, 64<<10)
		read := func(n int) {
			for got := 0; got < n; {
				k, err := a.Read(buf)
				require.NoError(t, err)
				got += k
			}
		}
		read(8 << 20)
		packets := float64(1<<20) / float64(link.DefaultAccessory().Syn.MaxLength-12)
		perMiB := testing.AllocsPerRun(20, func() { read(1 << 20) })
		require.Less(t, perMiB/packets, 0.05, "allocations a packet")
	}))
}
