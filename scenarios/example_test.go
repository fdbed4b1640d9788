package scenarios_test

import (
	"fmt"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/scenariotest"
)

// A scenario is read from YAML and run on a bench; here one that plays back
// events.
func Example() {
	s, err := scenarios.Parse("attach.yaml", []byte(`
id: usb/attach
title: The phone appears
phone: {on: {plug: [+10ms phone > usb attach speed=full]}}
script:
  - do plug
  - within 20ms phone > usb attach speed=high|super -- the phone is no slouch
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	sum := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{
		Bench: scenariotest.Playback,
		Seeds: []uint64{7},
	})
	for i := range sum.Results {
		r := &sum.Results[i]
		fmt.Println(r.Verdict, r.Name(), r.Simulated)
		fmt.Println(r.Detail())
	}
	fmt.Println("exit", sum.ExitCode())
	// Output:
	// fail usb/attach 5.020000001s
	// step 2 of 2 (the phone is no slouch): within 20ms phone > usb attach speed=high|super: did not come by 20ms
	//   nearest  +10ms phone > usb attach speed=full
	//              speed=full, wanted high|super
	//   in       attach.yaml:7:5
	//   before   +10ms phone > usb attach speed=full
	//   replay   plugfest run attach.yaml --seed 7
	// exit 1
}

// The same values can be made in code.
func ExampleScenario() {
	s := &scenarios.Scenario{
		ID:    "link/handshake",
		Title: "SYN is answered",
		Script: []scenarios.Step{
			scenarios.Do{Action: "plug"},
			scenarios.Expect{
				When:  scenarios.Within(1e9),
				Event: scenarios.MustPattern("headunit > iap2.link syn seq=$s"),
			},
			scenarios.MustStep("within 500ms phone > iap2.link synack ack=$s"),
		},
	}
	fmt.Println(s.Check())
	for _, step := range s.Script {
		fmt.Println(step)
	}
	// Output:
	// <nil>
	// do plug
	// within 1s headunit > iap2.link syn seq=$s
	// within 500ms phone > iap2.link synack ack=$s
}

// An error shows the line, with a caret under the place.
func ExampleParse() {
	_, err := scenarios.Parse("demo.yaml", []byte(`id: demo
title: A slip
script:
  - within 1s phone > iap2.link syn seq=20..10
`))
	fmt.Println(err)
	// Output:
	// demo.yaml:4:41: range 20..10 is empty: its first number is the larger one
	//       - within 1s phone > iap2.link syn seq=20..10
	//                                             ^
}

func ExampleParsePattern() {
	p, err := scenarios.ParsePattern(`phone > iap2.link ack|data seq=0x10..20 -- in the window`)
	fmt.Println(p, err)
	_, err = scenarios.ParsePattern(`phone > iap2.link ack seq=`)
	fmt.Println(err)
	// Output:
	// phone > iap2.link ack|data seq=0x10..20 -- in the window <nil>
	// value missing; write "" for an empty text
	//     phone > iap2.link ack seq=
	//                               ^
}
