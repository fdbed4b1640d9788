package sim_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
)

// carry gives a path packets of the given sizes, one each millisecond from 1 ms
// on, and returns their fates.
func carry(t *testing.T, seed uint64, im sim.Impairments, sizes ...int) (fates []sim.Fate) {
	t.Helper()
	w := sim.New(sim.Seed(seed))
	p := w.NewPath("path", im)
	run(t, w, func() {
		for _, n := range sizes {
			w.Sleep(ms)
			fates = append(fates, p.Carry(n))
		}
	})
	return fates
}

func repeat(n, size int) []int {
	sizes := make([]int, n)
	for i := range sizes {
		sizes[i] = size
	}
	return sizes
}

func both(at time.Duration) [2]time.Duration { return [2]time.Duration{at, at} }

func TestPathExactTimes(t *testing.T) {
	for _, c := range []struct {
		name  string
		im    sim.Impairments
		sizes []int
		want  []time.Duration
	}{
		{"perfect", sim.Impairments{}, []int{1, 100_000}, []time.Duration{1 * ms, 2 * ms}},
		{"latency", sim.Impairments{Latency: 10 * ms}, []int{1, 100_000}, []time.Duration{11 * ms, 12 * ms}},
		{"bandwidth", sim.Impairments{Bandwidth: 1_000_000}, []int{500, 1000, 0}, []time.Duration{1500 * time.Microsecond, 3 * ms, 3 * ms}},
		{"bandwidth, busy", sim.Impairments{Bandwidth: 1_000_000}, []int{5000, 1000, 10}, []time.Duration{6 * ms, 7 * ms, 7010 * time.Microsecond}},
		{"bandwidth and latency", sim.Impairments{Bandwidth: 1000, Latency: time.Second}, []int{1, 1}, []time.Duration{1002 * ms, 1003 * ms}},
		{"12 Mbit/s", sim.Impairments{Bandwidth: 1_500_000}, []int{64}, []time.Duration{ms + 42_666}},
		{"a byte a second", sim.Impairments{Bandwidth: 1}, []int{3, 1}, []time.Duration{ms + 3*time.Second, ms + 4*time.Second}},
		{"slower than time", sim.Impairments{Bandwidth: 1}, []int{math.MaxInt, 1}, []time.Duration{sim.Never, sim.Never}},
		{"never", sim.Impairments{Latency: sim.Never}, []int{1, 1}, []time.Duration{sim.Never, sim.Never}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i, f := range carry(t, 1, c.im, c.sizes...) {
				require.Equal(t, sim.Fate{Copies: 1, Flip: -1, At: both(c.want[i])}, f, "packet %d", i+1)
			}
		})
	}
}

// However small the packets, a busy wire carries Bandwidth bytes in a second to
// the nanosecond.
func TestPathBandwidthDoesNotDrift(t *testing.T) {
	for _, bandwidth := range []int64{3, 7, 1_500_000, 60_000_001} {
		for _, size := range []int{1, 3, 64} {
			w := sim.New()
			p := w.NewPath("path", sim.Impairments{Bandwidth: bandwidth})
			n := 10_000
			var last time.Duration
			for range n {
				last = p.Carry(size).At[0]
			}
			exact := float64(n*size) / float64(bandwidth) * 1e9
			require.InDelta(t, exact, float64(last), 1, "%d packets of %d bytes at %d B/s", n, size, bandwidth)
		}
	}
}

func TestPathJitterKeepsOrderAndBounds(t *testing.T) {
	im := sim.Impairments{Latency: 5 * ms, Jitter: 3 * ms}
	fates := carry(t, 1, im, repeat(2000, 10)...)
	var last, sum time.Duration
	for i, f := range fates {
		sent := time.Duration(i+1) * ms
		require.GreaterOrEqual(t, f.At[0], last, "packet %d", i+1)
		require.GreaterOrEqual(t, f.At[0], sent+5*ms)
		require.LessOrEqual(t, f.At[0], sent+8*ms)
		last = f.At[0]
		sum += f.At[0] - sent
	}
	// Half the jitter, and 0.15 ms for waiting behind later ones: the mean of
	// max(U, V-1, W-2) with all three spread from 0 to 3.
	require.InDelta(t, 6.65, (sum/2000).Seconds()*1000, 0.05)
	require.Equal(t, fates, carry(t, 1, im, repeat(2000, 10)...), "same seed")
	require.NotEqual(t, fates, carry(t, 2, im, repeat(2000, 10)...), "other seed")
}

// What a seed draws is part of the contract: these counts change only with a
// decision to break every recorded seed.
func TestPathChancesOfASeed(t *testing.T) {
	type counts struct{ lost, twice, late, flipped int }
	for _, c := range []struct {
		name string
		im   sim.Impairments
		want counts // of 10,000
	}{
		{"loss", sim.Impairments{Loss: 0.1}, counts{lost: 981}},
		{"duplicate", sim.Impairments{Duplicate: 0.1}, counts{twice: 981}},
		{"reorder", sim.Impairments{Reorder: 0.1}, counts{late: 981}},
		{"bit error", sim.Impairments{BitError: 0.1}, counts{flipped: 972}},
		{"all", sim.Impairments{Loss: 0.5, Duplicate: 0.5, Reorder: 0.5, BitError: 0.5}, counts{4969, 2568, 2556, 2501}},
		{"certain loss", sim.Impairments{Loss: 1}, counts{lost: 10_000}},
		{"certain duplicate", sim.Impairments{Duplicate: 1}, counts{twice: 10_000}},
		{"certain reorder", sim.Impairments{Reorder: 1}, counts{late: 10_000}},
		{"certain bit error", sim.Impairments{BitError: 1}, counts{flipped: 10_000}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got counts
			for i, f := range carry(t, 42, c.im, repeat(10_000, 4)...) {
				require.Equal(t, f.At[0], f.At[1])
				switch {
				case f.Copies == 0:
					got.lost++
					continue
				case f.Copies == 2:
					got.twice++
				}
				if f.At[0] > time.Duration(i+1)*ms {
					got.late++
					require.Equal(t, time.Duration(i+2)*ms, f.At[0], "held back for a millisecond")
				}
				if f.Flip >= 0 {
					got.flipped++
					require.Less(t, f.Flip, 32)
				}
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestPathBitErrorsHitEveryBit(t *testing.T) {
	var hits [32]int
	for _, f := range carry(t, 1, sim.Impairments{BitError: 1}, repeat(3200, 4)...) {
		hits[f.Flip]++
	}
	for bit, n := range hits {
		require.InDelta(t, 100, n, 40, "bit %d", bit)
	}
}

func TestPathReorderDelay(t *testing.T) {
	for _, c := range []struct {
		name string
		im   sim.Impairments
		want time.Duration // arrival of what is sent at 1 ms
	}{
		{"at least a millisecond", sim.Impairments{}, 2 * ms},
		{"four times the latency", sim.Impairments{Latency: 2 * ms}, 11 * ms},
		{"as told", sim.Impairments{Latency: 2 * ms, ReorderDelay: 3 * ms}, 6 * ms},
		{"never", sim.Impairments{Latency: sim.Never / 2}, sim.Never},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.im.Reorder = 1
			require.Equal(t, c.want, carry(t, 1, c.im, 10)[0].At[0])
		})
	}
	// Jitter counts for the default delay, too.
	f := carry(t, 1, sim.Impairments{Reorder: 1, Latency: ms, Jitter: ms}, 10)[0]
	require.GreaterOrEqual(t, f.At[0], 10*ms)
	require.LessOrEqual(t, f.At[0], 11*ms)
}

func TestPathComments(t *testing.T) {
	for _, c := range []struct {
		im   sim.Impairments
		want string
	}{
		{sim.Impairments{}, ""},
		{sim.Impairments{Latency: ms}, ""},
		{sim.Impairments{Loss: 1}, "lost"},
		{sim.Impairments{Duplicate: 1}, "duplicated"},
		{sim.Impairments{Reorder: 1}, "reordered"},
		{sim.Impairments{BitError: 1}, "bit error"},
		{sim.Impairments{Loss: 1, Duplicate: 1, Reorder: 1, BitError: 1}, "lost"},
		{fault(sim.Fault{Kind: sim.Corrupt, Packet: 1}), "corrupt"},
	} {
		require.Equal(t, c.want, carry(t, 1, c.im, 10)[0].Comment)
	}
}

func TestPathSetAndPerfect(t *testing.T) {
	w := sim.New()
	p := w.NewPath("path", sim.Impairments{})
	run(t, w, func() {
		require.True(t, p.Perfect())
		p.Set(sim.Impairments{Latency: 10 * ms})
		require.False(t, p.Perfect())
		require.Equal(t, both(10*ms), p.Carry(1).At)
		p.Set(sim.Impairments{})
		require.False(t, p.Perfect(), "one is still under way")
		require.Equal(t, both(10*ms), p.Carry(1).At, "and is not overtaken")
		w.Sleep(10 * ms)
		require.True(t, p.Perfect())
		require.Equal(t, both(10*ms), p.Carry(1).At)
	})
	packets, bytes := p.Counts()
	require.Equal(t, 3, packets)
	require.EqualValues(t, 3, bytes)
}

// A path keeps its own copy of the faults.
func TestPathSetCopies(t *testing.T) {
	im := fault(sim.Fault{Kind: sim.Drop, Packet: 1})
	p := sim.New().NewPath("path", im)
	im.Faults[0].Packet = 2
	require.Zero(t, p.Carry(1).Copies)
	require.Equal(t, 1, p.Carry(1).Copies)
}

// Whatever the impairments, a path neither panics nor sends packets into the past, and
// packets that are not held back arrive in order.
func TestPathAlwaysMakesSense(t *testing.T) {
	chance := rapid.SampledFrom([]float64{0, 0.3, 1, -1, 2, math.NaN()})
	length := rapid.SampledFrom([]time.Duration{0, 1, ms, time.Hour, sim.Never - 1, sim.Never})
	rapid.Check(t, func(t *rapid.T) {
		im := sim.Impairments{
			Latency: length.Draw(t, "latency"), Jitter: length.Draw(t, "jitter"), ReorderDelay: length.Draw(t, "reorder delay"),
			Bandwidth: rapid.SampledFrom([]int64{0, 1, 1000, math.MaxInt64, -5}).Draw(t, "bandwidth"),
			Loss:      chance.Draw(t, "loss"), Duplicate: chance.Draw(t, "duplicate"), Reorder: chance.Draw(t, "reorder"), BitError: chance.Draw(t, "bit error"),
		}
		for range rapid.IntRange(0, 4).Draw(t, "faults") {
			im.Faults = append(im.Faults, sim.Fault{
				Kind:   rapid.SampledFrom([]sim.FaultKind{sim.Drop, sim.Repeat, sim.Delay, sim.Corrupt, sim.Stall, sim.Unplug, "melt"}).Draw(t, "kind"),
				Packet: rapid.IntRange(-1, 3).Draw(t, "packet"), Byte: rapid.Int64Range(-1, 50).Draw(t, "byte"),
				At: length.Draw(t, "at"), For: length.Draw(t, "for"),
				Bit: rapid.Int().Draw(t, "bit"), Times: rapid.IntRange(-1, 3).Draw(t, "times"),
			})
		}
		w := sim.New(sim.Seed(rapid.Uint64().Draw(t, "seed")))
		p := w.NewPath("path", im)
		runRapid(t, w, func() {
			var last time.Duration
			for range 20 {
				w.Sleep(rapid.SampledFrom([]time.Duration{0, 1, ms}).Draw(t, "sleep"))
				n := rapid.SampledFrom([]int{0, 1, 64, 1 << 30}).Draw(t, "size")
				f := p.Carry(n)
				if f.Copies < 0 || f.Copies > 2 || f.Flip < -1 || f.Flip >= 8*n && f.Flip >= 0 || f.At[0] < w.Now() || f.At[1] < f.At[0] {
					t.Fatalf("packet of %d bytes at %v: %+v", n, w.Now(), f)
				}
				if f.Comment == "" {
					if f.At[0] < last {
						t.Fatalf("packet of %d bytes at %v: %+v overtakes one for %v", n, w.Now(), f, last)
					}
					last = f.At[0]
				}
			}
		})
	})
}
