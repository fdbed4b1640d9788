package report_test

import (
	"fmt"
	"os"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/report"
	"github.com/plugfest/plugfest/scenarios/scenariotest"
)

func Example() {
	s := &scenarios.Scenario{
		ID:     "usb/attach",
		Title:  "The phone appears",
		Script: []scenarios.Step{scenarios.MustStep("within 1s phone > usb attach")},
	}
	sum := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: scenariotest.Playback})
	if err := report.Write("tap", os.Stdout, sum); err != nil {
		fmt.Println(err)
	}
	// Output:
	// TAP version 14
	// 1..1
	// not ok 1 - usb/attach: The phone appears
	//   ---
	//   verdict: fail
	//   seed: 1
	//   simulated: 6.000000
	//   detail: |
	//     step 1 of 1: within 1s phone > usb attach: did not come by 1s
	//       replay   plugfest run usb/attach --seed 1
	//   ...
}
