package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/plugfest/plugfest/scenarios"
)

// Markdown writes a table of the results and, below it, what is to say of those
// that did not pass; it is made for the summary page of a CI run.
func Markdown(w io.Writer, s *scenarios.Summary) error {
	out := errWriter{w: w}
	out.printf("# Plugfest: %s\n\n%s\n\n", totals(s), times(s))
	if len(s.Results) > 0 {
		out.printf("| verdict | case | what | simulated | wall |\n|---|---|---|--:|--:|\n")
	}
	for i := range s.Results {
		r := &s.Results[i]
		out.printf("| %s | %s | %s | %v | %v |\n", mark(r.Verdict), code(label(s, r)), cell(r.Scenario.Title), short(r.Simulated), short(r.Wall))
	}
	for i := range s.Results {
		r := &s.Results[i]
		if r.Verdict == scenarios.Pass {
			continue
		}
		out.printf("\n## %s: %s\n\n", code(label(s, r)), r.Verdict)
		if q := r.Scenario.Requirement; q != "" {
			out.printf("> %s\n\n", oneLine(q))
		}
		out.printf("%s\n", fenced(r.Detail()))
	}
	return out.err
}

func mark(v scenarios.Verdict) string {
	if bad(v) {
		return "**" + string(v) + "**"
	}
	return string(v)
}

// cell keeps a text from breaking its table.
func cell(s string) string { return strings.ReplaceAll(oneLine(s), "|", `\|`) }

// code sets a text as code; a bar ends a cell even there.
func code(s string) string { return "`" + strings.ReplaceAll(cell(s), "`", "'") + "`" }

// fenced sets a text in a code block whose fence does not occur in it.
func fenced(s string) string {
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + "text\n" + s + "\n" + fence
}

// times compares the worlds' clocks with the machine's.
func times(s *scenarios.Summary) string {
	line := fmt.Sprintf("%v simulated in %v", short(s.Simulated()), short(s.Wall))
	if s.Version != "" {
		line += ", plugfest " + s.Version
	}
	return line + "."
}

// short rounds a time to three digits or so.
func short(d time.Duration) time.Duration {
	for unit := time.Nanosecond; unit < time.Hour; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit)
		}
	}
	return d.Round(time.Second)
}
