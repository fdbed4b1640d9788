package bench_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
	"github.com/plugfest/plugfest/sim"
)

// bundle is the app's bundle id, and the name of its protocol.
const bundle = "com.example.navigator"

// transfer is a bench on which an app sends n bytes to a head unit that only
// listens, until it has so many, over the native transport or inside the link.
// The app leaves its session open.
func transfer(tb testing.TB, n, until int64, native bool) scenarios.Setup {
	tb.Helper()
	settings := func(v any) scenarios.Settings {
		s, err := scenarios.NewSettings(v)
		require.NoError(tb, err)
		return s
	}
	return scenarios.Setup{
		Phone: settings(map[string]any{"apps": []any{map[string]any{
			"bundle": bundle, "protocols": []string{bundle}, "behaviour": "source", "bytes": n}}}),
		Headunit: settings(map[string]any{
			"launch":    map[string]any{"bundle": bundle},
			"protocols": []any{map[string]any{"name": bundle, "match": 1, "native": native, "behaviour": "sink", "bytes": until}}}),
	}
}

// play runs a transfer from the plug on for eight simulated seconds: two for the
// connection, less than two for 64 MiB at the cable's 40 MiB a second. Nobody
// observes, so no events are made. It reports whether the head unit has had all
// that it listens for, or has lost its session: its process is there before, and
// not after that.
func play(tb testing.TB, setup scenarios.Setup) (done bool) {
	w := sim.New()
	b, err := bench.New(w, scenarios.Config{Setup: setup})
	require.NoError(tb, err)
	require.NoError(tb, w.Run(func() {
		require.NoError(tb, b.Start())
		require.NoError(tb, b.Do("plug", nil))
		w.Sleep(8 * time.Second)
		done = !waits(w, "headunit "+bundle)
	}))
	return done
}

// waits reports whether a process of this name waits for something.
func waits(w *sim.World, process string) bool {
	return slices.ContainsFunc(w.Waits(), func(x sim.Wait) bool { return x.Process == process })
}

// whole requires that n bytes arrive, no more and no fewer: the head unit has
// enough where it listens for n, and waits on, its session open, where it listens
// for one more. All worlds of one setup are the same, so once is enough.
func whole(tb testing.TB, n int64, native bool) {
	tb.Helper()
	require.True(tb, play(tb, transfer(tb, n, n, native)), "not all has arrived")
	require.False(tb, play(tb, transfer(tb, n, n+1, native)), "more has arrived, or the session was lost")
}

func benchmark(b *testing.B, native bool) {
	const size = 64 << 20
	setup := transfer(b, size, size, native)
	whole(b, size, native)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		require.True(b, play(b, setup), "not all has arrived")
	}
}

// The whole connection and 64 MiB through it: what a scenario costs.
func BenchmarkConnectAndSend64MiBNative(b *testing.B)     { benchmark(b, true) }
func BenchmarkConnectAndSend64MiBInsideLink(b *testing.B) { benchmark(b, false) }

// Sending more allocates nothing more: what a connection allocates is its own,
// and each of the thousands of transfers and packets of a mebibyte adds none.
func TestBytesCostNoAllocations(t *testing.T) {
	notWithRace(t)
	for name, native := range map[string]bool{"native": true, "inside the link": false} {
		t.Run(name, func(t *testing.T) {
			allocs := func(n int64) float64 {
				setup := transfer(t, n, n, native)
				return testing.AllocsPerRun(3, func() { require.True(t, play(t, setup), "not all has arrived") })
			}
			const packet = 4096
			whole(t, 48<<20, native)
			small, big := allocs(16<<20), allocs(48<<20)
			require.Less(t, (big-small)/(32<<20/packet), 0.01, "allocations a packet")
		})
	}
}
