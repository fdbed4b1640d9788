package bench_test

import (
	"fmt"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
)

// A phone that cannot switch roles meets a head unit that asks for it.
func ExampleNew() {
	s, err := scenarios.Parse("refused.yaml", []byte(`
id: mine/refused
title: A phone that cannot switch roles
phone: {role-switch: {plain: false, carplay: false}}
script:
  - do plug
  - within 1s headunit > usb.request role switch result=stall
  - quiet 5s headunit > usb.request role switch
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	sum := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: bench.New, Seeds: []uint64{1, 2, 3}})
	for i := range sum.Results {
		r := &sum.Results[i]
		fmt.Println(r.Verdict, r.Name(), "seed", r.Seed)
	}
	// Output:
	// pass mine/refused seed 1
	// pass mine/refused seed 2
	// pass mine/refused seed 3
}
