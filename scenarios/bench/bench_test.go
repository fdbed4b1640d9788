package bench_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
	"github.com/plugfest/plugfest/sim"
)

// transfer is a bench on which an app sends n bytes to a head unit that only
// listens, over the native transport or inside the link.
func transfer(tb testing.TB, n int64, native bool) scenarios.Setup {
	tb.Helper()
	settings := func(v any) scenarios.Settings {
		s, err := scenarios.NewSettings(v)
		require.NoError(tb, err)
		return s
	}
	const bundle = "com.example.navigator"
	return scenarios.Setup{
		Phone: settings(map[string]any{"apps": []any{map[string]any{
			"bundle": bundle, "protocols": []string{bundle}, "behaviour": "source", "bytes": n, "close": true}}}),
		Headunit: settings(map[string]any{
			"launch":    map[string]any{"bundle": bundle},
			"protocols": []any{map[string]any{"name": bundle, "match": 1, "native": native, "behaviour": "sink"}}}),
	}
}

// play runs a transfer from the plug on for eight simulated seconds: two for the
// connection, less than two for 64 MiB at the cable's 40 MiB a second. Nobody
// observes, so no events are made.
func play(tb testing.TB, n int64, setup scenarios.Setup) {
	w := sim.New()
	b, err := bench.New(w, scenarios.Config{Setup: setup})
	require.NoError(tb, err)
	require.NoError(tb, w.Run(func() {
		require.NoError(tb, b.Start())
		require.NoError(tb, b.Do("plug", nil))
		w.Sleep(8 * time.Second)
	}))
	require.Greater(tb, w.Handovers(), uint64(n/(64<<10)), "nothing was sent")
}

func benchmark(b *testing.B, native bool) {
	const size = 64 << 20
	setup := transfer(b, size, native)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		play(b, size, setup)
	}
}

// The whole connection and 64 MiB through it: what a scenario costs.
func BenchmarkConnectAndSend64MiBNative(b *testing.B)     { benchmark(b, true) }
func BenchmarkConnectAndSend64MiBInsideLink(b *testing.B) { benchmark(b, false) }

// Sending more allocates nothing more: what a connection allocates is its own,
// and each of the thousands of transfers and packets of a mebibyte adds none.
func TestBytesCostNoAllocations(t *testing.T) {
	for name, native := range map[string]bool{"native": true, "inside the link": false} {
		t.Run(name, func(t *testing.T) {
			allocs := func(n int64) float64 {
				setup := transfer(t, n, native)
				return testing.AllocsPerRun(3, func() { play(t, n, setup) })
			}
			const packet = 4096
			small, big := allocs(16<<20), allocs(48<<20)
			require.Less(t, (big-small)/(32<<20/packet), 0.01, "allocations a packet")
		})
	}
}
