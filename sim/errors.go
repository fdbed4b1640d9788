package sim

import (
	"fmt"
	"strings"
	"time"
)

// A Wait is one process and what it waits for.
type Wait struct {
	Process string        // name given to Go
	For     string        // name of the condition, or "sleep"
	Since   time.Duration // when it began to wait
}

func (w Wait) String() string {
	return fmt.Sprintf("%s waits for %s since %v", w.Process, w.For, w.Since)
}

// DeadlockError says that every process waits and nothing will wake them.
type DeadlockError struct {
	At    time.Duration
	Waits []Wait // in the order in which the processes started
}

func (e *DeadlockError) Error() string {
	return fmt.Sprintf("sim: deadlock at %v: nobody can run and no timer is set%s", e.At, list(e.Waits))
}

// LivelockError says that processes kept handing over, or timers firing, while
// the clock stood still.
type LivelockError struct {
	At    time.Duration
	Steps int // how many: the [StepLimit]
	Waits []Wait
}

func (e *LivelockError) Error() string {
	return fmt.Sprintf("sim: livelock at %v: %d hand-overs and timers without the clock moving%s", e.At, e.Steps, list(e.Waits))
}

// TimeLimitError says that the world's clock would have passed its [TimeLimit].
type TimeLimitError struct {
	Limit time.Duration
	Waits []Wait
}

func (e *TimeLimitError) Error() string {
	return fmt.Sprintf("sim: time limit of %v reached%s", e.Limit, list(e.Waits))
}

func list(waits []Wait) string {
	var b strings.Builder
	for _, w := range waits {
		b.WriteString("\n\t")
		b.WriteString(w.String())
	}
	return b.String()
}

// Waits returns what every process waits for, in the order in which they
// started.
func (w *World) Waits() []Wait {
	var out []Wait
	for p := w.living.oldest; p != nil; p = p.newer {
		if p != w.current {
			out = append(out, Wait{Process: p.name, For: p.reason, Since: p.since})
		}
	}
	return out
}

func (w *World) deadlock() error { return &DeadlockError{At: w.now, Waits: w.Waits()} }

func (w *World) livelock() error {
	return &LivelockError{At: w.now, Steps: w.stepLimit, Waits: w.Waits()}
}

func (w *World) overtime() error {
	w.advance(w.timeLimit)
	return &TimeLimitError{Limit: w.timeLimit, Waits: w.Waits()}
}
