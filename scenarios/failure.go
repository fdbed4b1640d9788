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

	Came   *sim.Event  // what should not have come, or came too early
	Near   []Near      // what came closest, best first
	Recent []sim.Event // the last events before the failure
	Waits  []sim.Wait  // what each process waited for
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

// Report is everything there is to say.
func (f *Failure) Report() string {
	var b strings.Builder
	b.WriteString(f.Summary())
	if f.Where.Line > 0 {
		fmt.Fprintf(&b, "\n  in       %v", f.Where)
	}
	for i := range f.Recent {
		label := "  before   "
		if i > 0 {
			label = "           "
		}
		fmt.Fprintf(&b, "\n%s%s", label, describe(&f.Recent[i]))
	}
	for i, w := range f.Waits {
		label := "  waiting  "
		if i > 0 {
			label = "           "
		}
		fmt.Fprintf(&b, "\n%s%v", label, w)
	}
	return b.String()
}

// describe is the line of an event with its time counted from the world's
// start.
func describe(e *sim.Event) string { return trace.Describe(e) }
