package bench_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
)

// hashes runs every scenario once, with jitter on the cable, and returns the
// hash of each one's stream of events.
func hashes(t *testing.T, seed uint64) map[string]string {
	t.Helper()
	jitter, err := scenarios.NewSettings(map[string]any{"jitter": "200us"})
	require.NoError(t, err)
	out := map[string]string{}
	var all []*scenarios.Scenario
	for _, s := range catalogue(t) {
		if testing.Short() && strings.HasPrefix(s.ID, "transfer/") {
			continue
		}
		c := *s
		c.Setup.Cable = jitter.Merge(c.Setup.Cable)
		all = append(all, &c)
	}
	type named struct {
		id   string
		hash *trace.Hash
	}
	got := make(chan named, len(all))
	scenarios.Run(all, scenarios.Options{Bench: bench.New, Seeds: []uint64{seed},
		Observe: func(_ *sim.World, trial scenarios.Trial) (scenarios.Observer, error) {
			h := trace.NewHash()
			got <- named{trial.Scenario.ID, h}
			return &hashing{Hash: h}, nil
		}})
	close(got)
	for n := range got {
		out[n.id] = n.hash.String()
	}
	return out
}

// hashing leaves out the bytes of transfers once a session has been asked for, and
// with it TLS, the inside of whose records is another in each run. Their lengths and
// times count, and the clear text that an end tells.
type hashing struct {
	*trace.Hash
	tls bool
}

func (h *hashing) Observe(e *sim.Event) {
	if h.tls = h.tls || e.Layer == "lockdown" && e.Kind == "StartSession"; h.tls && (e.Layer == "usb" || e.Layer == "usbmux") {
		c := e.Clone()
		c.Data = make([]byte, len(e.Data))
		c.Fields = slices.DeleteFunc(c.Fields, func(f sim.Field) bool { return strings.HasSuffix(f.Key, "_sha256") })
		e = &c
	}
	h.Hash.Observe(e)
}

func (*hashing) End(*scenarios.Result) error { return nil }

// Same seed, same trace; another seed, another.
func TestSameSeedSameTrace(t *testing.T) {
	notWithRace(t)
	first, again, other := hashes(t, 7), hashes(t, 7), hashes(t, 8)
	for id, h := range first {
		require.Equal(t, h, again[id], id)
		require.NotEqual(t, h, other[id], id)
	}
}

// Simulated time runs at least a thousand times faster than real time over the
// catalogue's time-outs. The best of a few runs counts: the rest of the machine
// is not what is measured.
func TestTimeOutsCostLittle(t *testing.T) {
	var waits []*scenarios.Scenario
	for _, s := range catalogue(t) {
		switch s.ID {
		case "link/marker-never-answered", "link/iap1-only", "link/syn-never-answered", "link/retries-exhausted",
			"role/gadget-never-appears", "auth/chip-silent":
			waits = append(waits, s)
		}
	}
	require.Len(t, waits, 6)
	best := 0.0
	for range 10 {
		var simulated, wall time.Duration
		for _, r := range scenarios.Run(waits, scenarios.Options{Bench: bench.New, Parallel: 1}).Results {
			require.Equal(t, scenarios.Pass, r.Verdict, r.Detail())
			simulated += r.Simulated
			wall += r.Wall
		}
		require.Greater(t, simulated, 30*time.Second)
		if best = max(best, simulated.Seconds()/wall.Seconds()); best >= 1000 && !testing.Verbose() {
			return
		}
	}
	t.Logf("simulated %.0f times as fast as real time", best)
	if !raceDetector {
		require.Greater(t, best, 1000.0)
	}
}
