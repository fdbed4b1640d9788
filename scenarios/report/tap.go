package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/plugfest/plugfest/scenarios"
)

// TAP writes the Test Anything Protocol, version 14. A verdict of
// pass-nonstrict is "not ok" with the directive TODO, which does not fail a run;
// skip and unsupported have the directive SKIP.
func TAP(w io.Writer, s *scenarios.Summary) error {
	out := errWriter{w: w}
	out.printf("TAP version 14\n1..%d\n", len(s.Results))
	for i := range s.Results {
		r := &s.Results[i]
		ok, directive := "ok", ""
		switch r.Verdict {
		case scenarios.Fail, scenarios.Invalid, scenarios.Broken:
			ok = "not ok"
		case scenarios.PassNonstrict:
			ok, directive = "not ok", fmt.Sprintf(" # TODO a %s that is not met", r.Scenario.Level)
		case scenarios.Skip, scenarios.Unsupported:
			directive = " # SKIP " + oneLine(r.Message())
		}
		out.printf("%s %d - %s: %s%s\n", ok, i+1, tapEscape(label(s, r)), tapEscape(oneLine(r.Scenario.Title)), directive)
		if bad(r.Verdict) || r.Verdict == scenarios.PassNonstrict {
			out.printf("  ---\n  verdict: %s\n  seed: %d\n  simulated: %s\n  detail: |\n", r.Verdict, r.Seed, seconds(r.Simulated))
			for _, l := range strings.Split(r.Detail(), "\n") {
				out.printf("    %s\n", strings.TrimRight(l, " "))
			}
			out.printf("  ...\n")
		}
	}
	return out.err
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// tapEscape keeps a description from reading as a directive.
func tapEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(s)
}
