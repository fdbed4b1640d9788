package scenariotest

import (
	"testing"

	"github.com/plugfest/plugfest/scenarios"
)

// Run runs each scenario as a test of its own, which must pass.
func Run(t *testing.T, bench scenarios.Maker, cases ...*scenarios.Scenario) {
	t.Helper()
	report(t, scenarios.Run(cases, scenarios.Options{Bench: bench}))
}

// Mutants runs each scenario against each of its mutants, as a test each. It
// must fail with a message that holds what the mutant says.
func Mutants(t *testing.T, bench scenarios.Maker, cases ...*scenarios.Scenario) {
	t.Helper()
	report(t, scenarios.Run(cases, scenarios.Options{Bench: bench, Mutants: true}))
}

func report(t *testing.T, s *scenarios.Summary) {
	t.Helper()
	for i := range s.Results {
		r := &s.Results[i]
		t.Run(r.Name(), func(t *testing.T) {
			switch r.Verdict {
			case scenarios.Pass:
			case scenarios.Skip, scenarios.Unsupported:
				t.Skip(r.Message())
			default:
				t.Errorf("%s: %s", r.Verdict, r.Detail())
			}
		})
	}
}
