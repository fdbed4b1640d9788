package scenarios_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/sim"
)

// happening is an event of the model: a letter at a time.
type happening struct {
	at   time.Duration
	kind string
}

// judge is the matcher in its simplest form, with the whole stream before it:
// it returns the step that fails, counted from 1, or 0.
func judge(script []scenarios.Step, stream []happening) int {
	base, next := time.Duration(0), 0
	for n, step := range script {
		ok := true
		switch s := step.(type) {
		case scenarios.Wait:
			base += s.For
			for next < len(stream) && stream[next].at < base {
				next++
			}
		case scenarios.Quiet:
			base += s.For
			for ; next < len(stream) && stream[next].at < base; next++ {
				ok = ok && stream[next].kind != s.Event.KindText()
			}
		case scenarios.Expect:
			base, next, ok = judgeExpect(s, stream, base, next)
		}
		if !ok {
			return n + 1
		}
	}
	return 0
}

func judgeExpect(s scenarios.Expect, stream []happening, base time.Duration, next int) (time.Duration, int, bool) {
	for count := 0; count < max(s.Times, 1); next++ {
		if next == len(stream) || stream[next].at > base+s.When.To {
			return base, next, false
		}
		h := stream[next]
		if h.kind != s.Event.KindText() {
			continue
		}
		if h.at < base+s.When.From {
			return base, next, false
		}
		if count++; count == max(s.Times, 1) || !s.When.Span {
			base = h.at
		}
	}
	return base, next, true
}

// The live matcher and the model agree about random scripts and streams.
func TestMatcherAgreesWithTheModel(t *testing.T) {
	letter := rapid.SampledFrom([]string{"a", "b", "c"})
	span := func(t *rapid.T, name string) time.Duration {
		return time.Duration(rapid.IntRange(0, 6).Draw(t, name)) * time.Millisecond
	}
	rapid.Check(t, func(t *rapid.T) {
		var stream []happening
		at := time.Duration(0)
		for range rapid.IntRange(0, 12).Draw(t, "events") {
			at += span(t, "gap")
			stream = append(stream, happening{at, letter.Draw(t, "kind")})
		}
		s := &scenarios.Scenario{ID: "model", Title: "model", Limit: time.Second}
		for range rapid.IntRange(1, 5).Draw(t, "steps") {
			p := scenarios.Pattern{Who: "phone", Layer: "x.l", Kind: []scenarios.Value{{Text: letter.Draw(t, "kind")}}}
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				s.Script = append(s.Script, scenarios.Wait{For: span(t, "for")})
			case 1:
				s.Script = append(s.Script, scenarios.Quiet{For: span(t, "for") + time.Millisecond, Event: p})
			default:
				when := scenarios.Within(span(t, "to"))
				if rapid.Bool().Draw(t, "plus") {
					from := span(t, "from")
					when = scenarios.From(from, from+span(t, "length"))
				}
				s.Script = append(s.Script, scenarios.Expect{When: when, Times: rapid.IntRange(0, 3).Draw(t, "times"), Event: p})
			}
		}
		s.Script = append(s.Script, scenarios.MustStep("within 100ms phone > x.l end"))
		stream = append(stream, happening{at + 20*time.Millisecond, "end"})

		want := judge(s.Script, stream)
		r := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: streamBench(stream)}).Results[0]
		got := 0
		if r.Failure != nil {
			got = r.Failure.Step
		}
		require.Contains(t, []scenarios.Verdict{scenarios.Pass, scenarios.Fail}, r.Verdict, r.Detail())
		require.Equal(t, want, got, "%v\n%v\n%s", stream, s.Script, r.Detail())
	})
}

// streamBench plays a stream.
func streamBench(stream []happening) scenarios.Maker {
	return func(w *sim.World, c scenarios.Config) (scenarios.Bench, error) {
		return bench{start: func() error {
			w.Go("stream", func() {
				for _, h := range stream {
					w.SleepUntil(h.at)
					w.Emit(sim.Event{Who: "phone", Layer: "x.l", Kind: h.kind})
				}
			})
			return nil
		}}, nil
	}
}
