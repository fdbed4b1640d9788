package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/plugfest/plugfest/scenarios"
)

// progress prints a line for each result as it comes, and the totals.
type progress struct {
	a       *app
	seeds   bool // several: lines name them
	names   int  // widest name
	mutants bool
	verbose bool
}

// Widths beyond which a name or title is not aligned, or cut.
const (
	maxNames  = 44
	maxTitles = 56
)

func newProgress(a *app, cases []*scenarios.Scenario, o scenarios.Options, verbose bool) *progress {
	p := &progress{a: a, seeds: len(o.Seeds) > 1, mutants: o.Mutants, verbose: verbose}
	for _, s := range cases {
		p.names = max(p.names, len(s.ID))
	}
	if p.seeds {
		p.names += len(fmt.Sprintf(" seed %d", o.Seeds[len(o.Seeds)-1]))
	}
	p.names = min(p.names, maxNames)
	return p
}

// result prints one line, and more for what did not pass.
func (p *progress) result(r *scenarios.Result) {
	name, what := r.Scenario.ID, r.Scenario.Title
	if p.seeds {
		name = fmt.Sprintf("%s seed %d", name, r.Seed)
	}
	if r.Mutant != nil {
		what = "mutant: " + r.Mutant.Name
	}
	word := string(r.Verdict)
	switch r.Verdict {
	case scenarios.Fail, scenarios.Invalid, scenarios.Broken:
		word = strings.ToUpper(word)
	}
	fmt.Fprintf(p.a.out, "%s  %s  %s  %9s %9s\n", p.a.paint(r.Verdict, pad(word, len(scenarios.PassNonstrict))), pad(name, p.names),
		pad(clip(what, maxTitles), maxTitles), short(r.Simulated), short(r.Wall))
	if detail := r.Detail(); detail != "" {
		fmt.Fprintf(p.a.out, "%s\n", indent(detail, "    "))
	}
	if p.verbose && r.Failure != nil && len(r.Failure.Waits) > 0 {
		fmt.Fprintf(p.a.out, "\n%s\n", indent(r.Failure.Waiting(), "    "))
	}
	if r.Ladder != "" {
		fmt.Fprintf(p.a.out, "\n%s\n", indent(strings.TrimRight(r.Ladder, "\n"), "    "))
	}
}

func (p *progress) totals(s *scenarios.Summary, captures string) {
	var counts []string
	for _, v := range scenarios.Verdicts() {
		if n := s.Count(v); n > 0 {
			counts = append(counts, p.a.paint(v, fmt.Sprintf("%d %s", n, v)))
		}
	}
	what := "scenario"
	if p.mutants {
		what = "mutant"
	}
	fmt.Fprintf(p.a.out, "\n%s: %s\n", plural(len(s.Results), what), strings.Join(counts, ", "))
	line := fmt.Sprintf("%s simulated in %s", short(s.Simulated()), short(s.Wall))
	if s.Wall > 0 && s.Simulated() > s.Wall {
		line += fmt.Sprintf(", %.0f times as fast", s.Simulated().Seconds()/s.Wall.Seconds())
	}
	fmt.Fprintln(p.a.out, line)
	if captures != "" {
		files := 0
		for i := range s.Results {
			files += len(s.Results[i].Files)
		}
		fmt.Fprintf(p.a.out, "captures: %s in %s\n", plural(files, "file"), captures)
	}
}

// list prints the scenarios instead of running them.
func (a *app) list(cases []*scenarios.Scenario, verbose bool) error {
	names := 0
	for _, s := range cases {
		names = max(names, len(s.ID))
	}
	for _, s := range cases {
		if _, err := fmt.Fprintf(a.out, "%s  %s  %s  %s\n", pad(s.ID, names), pad(string(s.Role), 8), pad(string(s.Level), 6), s.Title); err != nil {
			return err
		}
		if !verbose {
			continue
		}
		for _, part := range []struct{ key, text string }{{"requirement", s.Requirement}, {"source", s.Source}} {
			if part.text != "" {
				fmt.Fprintf(a.out, "    %s: %s\n", part.key, strings.Join(strings.Fields(part.text), " "))
			}
		}
		for _, m := range s.Mutants {
			fmt.Fprintf(a.out, "    mutant: %s\n", m.Name)
		}
	}
	return nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

func clip(s string, width int) string {
	if runes := []rune(s); len(runes) > width {
		return string(runes[:width-3]) + "..."
	}
	return s
}

func indent(s, by string) string {
	return by + strings.ReplaceAll(s, "\n", "\n"+by)
}

// short writes a time with three digits or so.
func short(d time.Duration) string {
	for unit := time.Duration(1); unit < time.Hour; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit).String()
		}
	}
	return d.Round(time.Second).String()
}
