// Command plugfest plugs simulated phones and head units into each other and
// says what broke.
//
//	plugfest run                      every built-in scenario, in memory
//	plugfest run carlife/connect -v   one of them, with a ladder if it fails
//	plugfest decode FILE.pcapng       a capture as a ladder
//
// Exit codes: 0 all passed, 1 a scenario failed, 2 the command line or a
// scenario is invalid, 3 the bench broke, 127 the endpoint lacks the feature.
package main

import (
	"os"

	"github.com/plugfest/plugfest/scenarios/bench"
)

func main() {
	os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr, benchOf{bench.New, bench.Check}))
}
