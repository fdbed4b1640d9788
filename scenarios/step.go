package scenarios

import (
	"fmt"
	"strings"
	"time"
)

// A Step is one line of a script: a [Do], [Send], [Wait], [Expect],
// [Unordered] or [Quiet]. [ParseStep] reads its text form, String writes it.
type Step interface {
	fmt.Stringer
	step()
}

// Do has the bench do something: "do plug", "do touch 10 20". Steps after it
// see what happens from the moment at which the action begins.
type Do struct {
	Action string
	Args   []string
}

// Send has the bench put a frame on the wire: "send phone > iap2.link rst
// seq=9". Its pattern names one kind, and one value for each field.
type Send struct{ Frame Pattern }

// Wait lets time pass: "wait 200ms".
type Wait struct{ For time.Duration }

// Expect is met when an event comes that fits: "within 1s phone > usb attach",
// "+5ms headunit > iap2.link ack". Events that do not fit are passed over; one
// that fits but comes too early fails the step.
//
// With Times above 1, "repeat 3 within 5s ...", that many must come: all of
// them within the one span, or, with a + timing, each so long after the one
// before.
type Expect struct {
	When  Timing
	Times int // 0 means 1
	Event Pattern
}

// Unordered is met when an event has come for each of its patterns, in any
// order: "unordered within 2s:" with a list below it. An event counts for the
// first pattern in the list that it fits and that has none yet.
type Unordered struct {
	When   Timing
	Events []Pattern
}

// Quiet is met when no event that fits comes for so long: "quiet 5s headunit >
// iap2.*".
type Quiet struct {
	For   time.Duration
	Event Pattern
}

func (Do) step()        {}
func (Send) step()      {}
func (Wait) step()      {}
func (Expect) step()    {}
func (Unordered) step() {}
func (Quiet) step()     {}

func (s Do) String() string {
	var b strings.Builder
	b.WriteString("do ")
	b.WriteString(quoteArg(s.Action))
	for _, a := range s.Args {
		b.WriteByte(' ')
		b.WriteString(quoteArg(a))
	}
	return b.String()
}

func (s Send) String() string  { return "send " + s.Frame.String() }
func (s Wait) String() string  { return "wait " + formatDuration(s.For) }
func (s Quiet) String() string { return "quiet " + formatDuration(s.For) + " " + s.Event.String() }

func (s Expect) String() string {
	if s.Times > 1 {
		return fmt.Sprintf("repeat %d %v %v", s.Times, s.When, s.Event)
	}
	return s.When.String() + " " + s.Event.String()
}

// String formats the step as a line and, indented below it, its patterns.
func (s Unordered) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "unordered %v:", s.When)
	for _, p := range s.Events {
		b.WriteString("\n  - ")
		b.WriteString(p.String())
	}
	return b.String()
}
