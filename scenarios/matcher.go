package scenarios

import (
	"fmt"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// A matcher follows a script along the stream of events. It works where events
// are told, so that of two events at one instant none is missed; the steps that
// act are left to the driver, which waits on wake.
type matcher struct {
	w      *sim.World
	s      *Scenario
	slack  time.Duration // how far real clocks may be off
	linger time.Duration // how long to look for what comes too late

	wake  sim.Cond
	timer *sim.Timer // end of the step in hand
	limit *sim.Timer
	vars  Vars

	at      int // step in hand, and the same by its type
	expect  *Expect
	unorder *Unordered
	quiet   *Quiet
	base    time.Duration // where its time is counted from
	count   int           // repetitions that came
	met     []bool        // patterns of an Unordered that came
	busy    string        // what the bench is doing, if the driver is in there
	failing bool          // failed, and looking for what comes too late
	over    bool
	failure *Failure

	recent recent
	near   nearest
}

// tick is the smallest step of the clock. An event at the very end of a span is
// in time, so that the span's timer fires a tick later.
const tick = time.Nanosecond

// scriptCond is what the main process waits for while the matcher is at work.
const scriptCond = "the script"

func newMatcher(w *sim.World, s *Scenario, slack, linger time.Duration) *matcher {
	m := &matcher{w: w, s: s, slack: slack, linger: linger, vars: Vars{}}
	m.wake.Init(w, scriptCond)
	m.timer = w.NewTimer(m.expire)
	m.limit = w.NewTimer(m.limitReached)
	return m
}

// begin takes the first step in hand.
func (m *matcher) begin() {
	m.limit.Set(m.ends())
	m.arm()
}

func (m *matcher) step() Step {
	if m.at < len(m.s.Script) {
		return m.s.Script[m.at]
	}
	return nil
}

// advance goes on to the next step, which counts its time from base.
func (m *matcher) advance(base time.Duration) {
	m.at++
	m.base = base
	m.arm()
}

// arm prepares for the step in hand.
func (m *matcher) arm() {
	m.timer.Stop()
	m.near.reset()
	m.count = 0
	m.expect, m.unorder, m.quiet = nil, nil, nil
	switch s := m.step().(type) {
	case nil:
		m.end()
	case Do, Send:
		m.wake.Signal()
	case Wait:
		m.timer.Set(m.base + s.For)
	case Quiet:
		m.quiet = &s
		m.timer.Set(m.base + s.For)
	case Expect:
		m.expect = &s
		m.timer.Set(m.base + s.When.To + m.slack + tick)
	case Unordered:
		m.unorder = &s
		m.met = append(m.met[:0], make([]bool, len(s.Events))...)
		m.timer.Set(m.base + s.When.To + m.slack + tick)
	}
}

func (m *matcher) end() {
	m.over = true
	m.timer.Stop()
	m.limit.Stop()
	m.wake.Signal()
}

// observe is told every event.
func (m *matcher) observe(e *sim.Event) {
	if m.over {
		return
	}
	if ownWord(e.Layer) { // for the reader, never for the verdict
		if !m.failing {
			m.recent.add(e)
		}
		return
	}
	if m.failing {
		m.tooLate(e)
		return
	}
	m.recent.add(e)
	m.catchUp()
	for i := range m.s.Never {
		if p := &m.s.Never[i]; p.seen(e, m.vars) {
			m.fail(p, fmt.Sprintf("came at %v", m.w.Now()), e)
			m.failure.Step, m.failure.Where = 0, m.s.Position(i, true)
			m.failure.Expected = withoutNote(*p)
			m.end()
			return
		}
	}
	switch {
	case m.expect != nil:
		m.expected(e, m.expect)
	case m.unorder != nil:
		m.unordered(e, m.unorder)
	case m.quiet != nil:
		if m.quiet.Event.seen(e, m.vars) {
			m.fail(&m.quiet.Event, fmt.Sprintf("came after %v", m.w.Now()-m.base), e)
			m.end()
		}
	}
}

// catchUp ends a wait or quiet whose time is up: which of two timers of one
// instant fires first should not matter.
func (m *matcher) catchUp() {
	for !m.over && !m.failing {
		var end time.Duration
		switch s := m.step().(type) {
		case Wait:
			end = m.base + s.For
		case Quiet:
			end = m.base + s.For
		default:
			return
		}
		if m.w.Now() < end {
			return
		}
		m.expire()
	}
}

func (m *matcher) expected(e *sim.Event, s *Expect) {
	if !s.Event.Matches(e, m.vars) {
		m.near.add(e, &s.Event, m.vars)
		return
	}
	if m.tooEarly(e, &s.Event, s.When) {
		return
	}
	if m.count++; m.count >= s.Times {
		m.advance(m.w.Now())
		return
	}
	if !s.When.Span {
		m.base = m.w.Now()
		m.timer.Set(m.base + s.When.To + m.slack + tick)
	}
}

func (m *matcher) unordered(e *sim.Event, s *Unordered) {
	for i := range s.Events {
		if m.met[i] || !s.Events[i].Matches(e, m.vars) {
			continue
		}
		if m.tooEarly(e, &s.Events[i], s.When) {
			return
		}
		m.met[i] = true
		if m.count++; m.count == len(s.Events) {
			m.advance(m.w.Now())
		}
		return
	}
	for i := range s.Events {
		if !m.met[i] {
			m.near.add(e, &s.Events[i], m.vars)
		}
	}
}

// tooEarly fails the step if its time has not begun.
func (m *matcher) tooEarly(e *sim.Event, p *Pattern, t Timing) bool {
	since := m.w.Now() - m.base
	if since >= t.From-m.slack {
		return false
	}
	m.fail(p, fmt.Sprintf("came after %v, %v too early", since, t.From-since), e)
	m.end()
	return true
}

// expire is called when the time of the step in hand is up.
func (m *matcher) expire() {
	if m.failing {
		m.end()
		return
	}
	switch s := m.step().(type) {
	case Wait:
		m.advance(m.base + s.For)
	case Quiet:
		m.advance(m.base + s.For)
	case Expect:
		what := fmt.Sprintf("did not come by %v", m.base+s.When.To)
		if s.Times > 1 {
			what = fmt.Sprintf("came %d of %d times by %v", m.count, s.Times, m.base+s.When.To)
		}
		m.fail(&s.Event, what, nil)
		m.keepLooking()
	case Unordered:
		var missing []*Pattern
		for i := range s.Events {
			if !m.met[i] {
				missing = append(missing, &s.Events[i])
			}
		}
		what := fmt.Sprintf("did not come by %v", m.base+s.When.To)
		for _, p := range missing[1:] {
			what += ", nor did " + withoutNote(*p)
			if p.Note != "" {
				what += " (" + p.Note + ")"
			}
		}
		m.fail(missing[0], fmt.Sprintf("%s; %d of %d came", what, m.count, len(s.Events)), nil)
		m.keepLooking()
	}
}

// keepLooking lets the world go on for a while, up to the scenario's limit:
// that something came too late is worth knowing.
func (m *matcher) keepLooking() {
	m.failing = true
	m.timer.Set(min(m.w.Now()+m.linger, m.ends()))
}

// tooLate looks at an event after the step's time.
func (m *matcher) tooLate(e *sim.Event) {
	var late bool
	var t Timing
	switch s := m.step().(type) {
	case Expect:
		late, t = s.Event.Matches(e, m.vars), s.When
	case Unordered:
		t = s.When
		for i := range s.Events {
			late = late || !m.met[i] && s.Events[i].Matches(e, m.vars)
		}
	}
	if late {
		m.failure.What += fmt.Sprintf("; came %v too late", m.w.Now()-m.base-t.To)
		m.end()
	}
}

// ends is when the scenario ends anyway.
func (m *matcher) ends() time.Duration { return m.s.limit() + m.slack }

func (m *matcher) limitReached() {
	switch {
	case m.failing:
		m.end()
	case m.busy != "":
		m.over = true // the driver is stuck; the world will say where
	default:
		m.fail(nil, fmt.Sprintf("not over by the scenario's limit of %v", m.ends()), nil)
		m.end()
	}
}

// fail records the failure of the step in hand. p is the pattern that failed
// and came the event that should not have, where there are such.
func (m *matcher) fail(p *Pattern, what string, came *sim.Event) {
	f := &Failure{
		Step:   m.at + 1,
		Steps:  len(m.s.Script),
		Where:  m.s.Position(m.at, false),
		What:   what,
		At:     m.w.Now(),
		Near:   m.near.list(m.vars),
		Recent: m.recent.events(),
	}
	if came != nil {
		e := came.Clone()
		f.Came = &e
	}
	for _, w := range m.w.Waits() {
		if w.For != scriptCond {
			f.Waits = append(f.Waits, w)
		}
	}
	switch s := m.step().(type) {
	case Expect:
		s.Event.Note = ""
		f.Expected = s.String()
	case Quiet:
		s.Event.Note = ""
		f.Expected = s.String()
	case Unordered:
		f.Expected = "unordered " + s.When.String()
		if p != nil {
			f.Expected += ": " + withoutNote(*p)
		}
	case nil:
	default:
		f.Expected = s.String()
	}
	if p != nil {
		f.Note = p.Note
	}
	m.failure = f
}

func withoutNote(p Pattern) string {
	p.Note = ""
	return p.String()
}
