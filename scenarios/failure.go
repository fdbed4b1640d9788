package scenarios

import (
	"fmt"
	"strings"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
)

// A Failure says what was expected, by when, and what came instead.
type Failure struct {
	Step     int      // in the script, from 1; 0 for a pattern of never
	Steps    int      // length of the script
	Where    Position // of the step in its file
	Expected string   // the step as a line
	Note     string   // what the step means, if it says so
	What     string   // how it failed: "did not come by 2s"
	At       time.Duration

	Came   *sim.Event // what should not have come, or came too early
	Near   []Near     // what came closest, best first
	Recent []Recent   // the last events before the failure
	Waits  []sim.Wait // what each process waited for
}

// Near is an event that comes close to what was expected.
type Near struct {
	Event sim.Event
	Wrong []string // how it differs
}

// Error says it in one line.
func (f *Failure) Error() string {
	var b strings.Builder
	if f.Step == 0 {
		b.WriteString("never")
	} else {
		fmt.Fprintf(&b, "step %d of %d", f.Step, f.Steps)
	}
	if f.Note != "" {
		fmt.Fprintf(&b, " (%s)", f.Note)
	}
	fmt.Fprintf(&b, ": %s: %s", f.Expected, f.What)
	return b.String()
}

// Summary is Error and what came closest. It is what the failure of a
// [Mutant] is looked for in.
func (f *Failure) Summary() string {
	var b strings.Builder
	b.WriteString(f.Error())
	if f.Came != nil {
		b.WriteString("\n  came     " + describe(f.Came))
	}
	for i, n := range f.Near {
		label := "  nearest  "
		if i > 0 {
			label = "           "
		}
		fmt.Fprintf(&b, "\n%s%s", label, describe(&n.Event))
		if len(n.Wrong) > 0 {
			fmt.Fprintf(&b, "\n             %s", strings.Join(n.Wrong, "; "))
		}
	}
	return b.String()
}

// Report is Summary, the place in the file and the events before the failure.
func (f *Failure) Report() string {
	var b strings.Builder
	b.WriteString(f.Summary())
	if f.Where.Line > 0 {
		fmt.Fprintf(&b, "\n  in       %v", f.Where)
	}
	label := "  before   "
	for i := range f.Recent {
		if n := f.Recent[i].Skipped; n > 0 {
			fmt.Fprintf(&b, "\n%s... %d more", label, n)
			label = "           "
		}
		fmt.Fprintf(&b, "\n%s%s", label, describe(&f.Recent[i].Event))
		label = "           "
	}
	return b.String()
}

// Waiting says what each process of the world waited for, a line each.
func (f *Failure) Waiting() string {
	var lines []string
	for _, w := range f.Waits {
		lines = append(lines, w.String())
	}
	return strings.Join(lines, "\n")
}

// describe is the line of an event with its time counted from the world's
// start.
func describe(e *sim.Event) string { return trace.Describe(e) }
