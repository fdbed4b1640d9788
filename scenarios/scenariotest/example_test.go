package scenariotest_test

import (
	"fmt"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/scenariotest"
)

// A scenario of one's own is tried without any device: events are played back
// as a trace shows them.
func ExamplePlayback() {
	s, err := scenarios.Parse("ack.yaml", []byte(`
id: link/ack
title: A SYN is acknowledged
phone: {on: {plug: [+1ms phone > iap2.link syn seq=3, +20ms headunit > iap2.link ack ack=3]}}
script:
  - do plug
  - within 1s phone > iap2.link syn seq=$s
  - within 50ms headunit > iap2.link ack ack=$s
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	sum := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: scenariotest.Playback})
	fmt.Println(sum.Results[0].Verdict, "after", sum.Results[0].Simulated)
	// Output:
	// pass after 21ms
}
