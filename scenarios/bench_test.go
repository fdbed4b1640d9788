package scenarios_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/scenariotest"
)

// One operation is one event that a script with a never looks at, the world's
// share of the work included.
func BenchmarkEvent(b *testing.B) {
	s := scenario("a", "repeat 2 within 1000h phone > x.l data seq=8")
	s.Script[0] = scenarios.Expect{When: scenarios.Within(time.Duration(b.N) * time.Microsecond), Times: 2, Event: scenarios.MustPattern("phone > x.l data seq=8")}
	s.Limit = scenarios.MaxDuration
	s.Never = []scenarios.Pattern{scenarios.MustPattern("phone > x.l rst"), scenarios.MustPattern("headunit > iap2.* data")}
	b.ReportAllocs()
	b.ResetTimer()
	r := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: flood}).Results[0]
	require.Equal(b, scenarios.Fail, r.Verdict)
	require.GreaterOrEqual(b, r.Events, uint64(b.N))
}

// One operation is a whole scenario, its world made and thrown away.
func BenchmarkScenario(b *testing.B) {
	s, err := scenarios.ParseFile("testdata/good/sample/role-switch.yaml")
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		r := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: scenariotest.Playback}).Results[0]
		if r.Verdict != scenarios.Pass {
			b.Fatal(r.Detail())
		}
	}
}

func BenchmarkParsePattern(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := scenarios.ParsePattern("phone > iap2.link ack|data seq=$s+1 ack=7 len=10..20 -- the phone acknowledges"); err != nil {
			b.Fatal(err)
		}
	}
}
