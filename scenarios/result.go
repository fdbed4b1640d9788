package scenarios

import (
	"fmt"
	"strings"
	"time"
)

// A Trial is one run of a scenario: with one seed, and perhaps a mutant.
type Trial struct {
	Scenario *Scenario
	Seed     uint64
	Mutant   *Mutant // nil: the endpoints as they should be
}

// Name is the scenario's identity and, in brackets, the mutant.
func (t Trial) Name() string {
	if t.Mutant != nil {
		return t.Scenario.ID + " [" + t.Mutant.Name + "]"
	}
	return t.Scenario.ID
}

// FileName is a relative path for what the trial leaves behind, without an
// ending: carlife/connect.seed7. Different trials have different ones.
func (t Trial) FileName() string {
	name := fmt.Sprintf("%s.seed%d", t.Scenario.ID, t.Seed)
	if t.Mutant == nil {
		return name
	}
	for i := range t.Scenario.Mutants {
		if t.Scenario.Mutants[i].Name == t.Mutant.Name {
			return fmt.Sprintf("%s.mutant%d", name, i+1)
		}
	}
	return name + ".mutant"
}

// Command is the command line that runs the trial again.
func (t Trial) Command(realTime bool) string {
	var b strings.Builder
	b.WriteString("plugfest run ")
	switch {
	case t.Scenario.File == "" || t.Scenario.builtin:
		b.WriteString(t.Scenario.ID)
	default:
		b.WriteString(shellQuote(t.Scenario.File))
	}
	fmt.Fprintf(&b, " --seed %d", t.Seed)
	if t.Mutant != nil {
		b.WriteString(" --mutant " + shellQuote(t.Mutant.Name))
	}
	if realTime {
		b.WriteString(" --real-time")
	}
	return b.String()
}

func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_./-+=@%:,", r)
	}
	if s != "" && strings.TrimFunc(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// A Result is what came of a [Trial].
type Result struct {
	Trial
	Verdict Verdict
	Failure *Failure // of Fail and PassNonstrict
	Err     error    // of Broken, Skip and Unsupported: why

	Simulated time.Duration // what the world's clock showed at the end
	Wall      time.Duration // how long it took
	Events    uint64        // that the world saw
	Handovers uint64        // between processes

	Replay string   // the command line that runs it again
	Files  []string // captures and the like, added by observers
	Ladder string   // ladder diagram, drawn by an observer
}

// Message says in one line why the verdict is not Pass, or "".
func (r *Result) Message() string {
	var parts []string
	if r.Err != nil {
		line, _, _ := strings.Cut(r.Err.Error(), "\n")
		parts = append(parts, line)
	}
	if r.Failure != nil {
		parts = append(parts, r.Failure.Error())
	}
	return strings.Join(parts, ": ")
}

// Detail says at length why the verdict is not Pass, ending in the command line
// that replays it; "" for Pass.
func (r *Result) Detail() string {
	var parts []string
	if r.Err != nil {
		parts = append(parts, r.Err.Error())
	}
	if r.Failure != nil {
		parts = append(parts, r.Failure.Report())
	}
	if len(parts) == 0 {
		return ""
	}
	if r.Verdict != Skip && r.Verdict != Unsupported {
		parts = append(parts, "  replay   "+r.Replay)
	}
	return strings.Join(parts, "\n")
}

// A Summary is what came of a run.
type Summary struct {
	Results []Result // in the order of the scenarios, seeds and mutants given
	Wall    time.Duration
	Version string // of the program, for reports
}

// Count returns how many results have the verdict.
func (s *Summary) Count(v Verdict) int {
	n := 0
	for i := range s.Results {
		if s.Results[i].Verdict == v {
			n++
		}
	}
	return n
}

// Simulated returns the simulated time of all worlds together.
func (s *Summary) Simulated() time.Duration {
	var d time.Duration
	for i := range s.Results {
		d += s.Results[i].Simulated
	}
	return d
}

// ExitCode returns what a command should exit with: [ExitBroken] if a bench
// broke, else [ExitUsage] if a scenario is invalid, else [ExitFailed] if a scenario failed, else [ExitUnsupported] if
// nothing passed because the endpoint lacks the feature, else [ExitPassed].
func (s *Summary) ExitCode() int {
	switch {
	case s.Count(Broken) > 0:
		return ExitBroken
	case s.Count(Invalid) > 0:
		return ExitUsage
	case s.Count(Fail) > 0:
		return ExitFailed
	case s.Count(Unsupported) > 0 && s.Count(Pass)+s.Count(PassNonstrict) == 0:
		return ExitUnsupported
	}
	return ExitPassed
}
