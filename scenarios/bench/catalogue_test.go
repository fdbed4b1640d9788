package bench_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace/dissect"
)

// notWithRace skips what counts, or repeats, what runs once elsewhere: it would take
// the race detector minutes, and show it nothing new.
func notWithRace(t testing.TB) {
	t.Helper()
	if raceDetector {
		t.Skip("not under the race detector, for its length")
	}
}

func catalogue(t testing.TB) []*scenarios.Scenario {
	t.Helper()
	all, err := scenarios.Builtin()
	require.NoError(t, err)
	if raceDetector {
		// 64 MiB a time, which adds minutes and no race that others have not.
		all = slices.DeleteFunc(all, func(s *scenarios.Scenario) bool { return strings.HasPrefix(s.ID, "transfer/") })
	}
	return all
}

// Every built-in scenario passes with the good endpoints.
func TestCatalogue(t *testing.T) {
	all := catalogue(t)
	require.GreaterOrEqual(t, len(all), 40)
	scenarios.Run(all, scenarios.Options{Bench: bench.New, Done: func(r *scenarios.Result) {
		t.Run(r.Scenario.ID, func(t *testing.T) {
			if r.Verdict != scenarios.Pass {
				t.Errorf("%s\n%s", r.Verdict, r.Detail())
			}
		})
	}})
}

// Whatever comes in a built-in scenario, a pattern may name.
func TestWhatComesIsKnown(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the catalogue once more")
	}
	var seen sync.Map
	scenarios.Run(catalogue(t), scenarios.Options{Bench: bench.New, Observe: func(*sim.World, scenarios.Trial) (scenarios.Observer, error) {
		return known{&seen}, nil
	}})
	n := 0
	seen.Range(func(k, _ any) bool {
		n++
		if what := k.([2]string); !strings.HasPrefix(what[0], "state") && !slices.Contains(dissect.Kinds(what[0]), what[1]) {
			t.Errorf("%s %s is not in the vocabulary", what[0], what[1])
		}
		return true
	})
	require.Greater(t, n, 80)
}

type known struct{ seen *sync.Map }

func (k known) Observe(e *sim.Event)      { k.seen.Store([2]string{e.Layer, e.Kind}, true) }
func (known) End(*scenarios.Result) error { return nil }

// Every built-in scenario fails, for the right reason, with each of its
// mutants: a case counts only when it is shown to fail.
func TestCatalogueCatchesItsMutants(t *testing.T) {
	all := catalogue(t)
	for _, s := range all {
		require.Empty(t, s.Incomplete(), s.ID)
	}
	scenarios.Run(all, scenarios.Options{Bench: bench.New, Mutants: true, Done: func(r *scenarios.Result) {
		require.NotNil(t, r.Mutant, r.Scenario.ID)
		t.Run(r.Scenario.ID+"/"+r.Mutant.Name, func(t *testing.T) {
			if r.Verdict != scenarios.Pass {
				t.Errorf("%s\n%s", r.Verdict, r.Detail())
			}
		})
	}})
}

// peerOnly are the scenarios whose mutants only take the fault away or change
// the peer, as no key breaks their endpoint in the way that they look for: those
// of pulled cables need a process that outlives its cable, those of CarLife an
// end that goes on after an error.
var peerOnly = []string{
	"carlife/big-frames", "carlife/exit", "carlife/frame-too-big", "carlife/library", "carlife/truncated-frame",
	"transfer/native-zero-length",
	"unplug/launch", "unplug/native", "unplug/streaming",
}

// A mutant that takes the fault away, or changes the peer, does not show that a
// scenario finds a bad endpoint: one of them must break the endpoint that the
// scenario judges.
func TestMutantsOfTheEndpointItself(t *testing.T) {
	for _, s := range catalogue(t) {
		own := slices.ContainsFunc(s.Mutants, func(m scenarios.Mutant) bool {
			if s.Role == scenarios.Phone {
				return !m.Setup.Phone.IsZero()
			}
			return !m.Setup.Headunit.IsZero() || !m.Setup.Chip.IsZero() || !m.Setup.Host.IsZero()
		})
		if slices.Contains(peerOnly, s.ID) {
			assert.False(t, own, "%s has one now: take it off the list", s.ID)
			continue
		}
		assert.True(t, own, "%s: no mutant changes the %s", s.ID, s.Role)
	}
}

// The catalogue does not hang on one lucky seed.
func TestCatalogueWithOtherSeeds(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the catalogue three times more")
	}
	seeds := []uint64{2, 3, 4}
	all := slices.DeleteFunc(catalogue(t), func(s *scenarios.Scenario) bool {
		return strings.HasPrefix(s.ID, "transfer/") // long, and the same with any seed
	})
	scenarios.Run(all, scenarios.Options{Bench: bench.New, Seeds: seeds, Done: func(r *scenarios.Result) {
		if r.Verdict != scenarios.Pass {
			t.Errorf("%s with seed %d: %s\n%s", r.Scenario.ID, r.Seed, r.Verdict, r.Detail())
		}
	}})
}
