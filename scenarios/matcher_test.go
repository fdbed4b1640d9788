package scenarios_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/scenariotest"
)

// play runs a script against events that begin when the bench starts. Both are
// lines; those of the script may be followed by "never" and patterns, and an
// unordered by its patterns, indented.
func play(t *testing.T, script, events string) scenarios.Result {
	t.Helper()
	var b strings.Builder
	b.WriteString("id: test/played\ntitle: played\nlimit: 20s\nphone:\n  start:\n")
	for _, l := range lines(events) {
		words := strings.Fields(l)
		if len(words) == 4 || strings.Contains(words[4], "=") {
			words = slices.Insert(words, 4, "happens") // the kind of those of which it does not matter
		}
		b.WriteString("    - '" + strings.Join(words, " ") + "'\n")
	}
	b.WriteString("  on: {act: [+1s phone > x.acted once, +0s phone > x.acted again], nothing: []}\nscript:\n")
	for _, l := range lines(script) {
		switch text := strings.TrimSpace(l); {
		case text == "never":
			b.WriteString("never:\n")
		case strings.HasPrefix(text, "- "):
			b.WriteString("      - '" + text[2:] + "'\n")
		case strings.HasPrefix(text, "unordered"):
			b.WriteString("  - " + text + "\n")
		default:
			b.WriteString("  - '" + text + "'\n")
		}
	}
	s, err := scenarios.Parse("played.yaml", []byte(b.String()))
	require.NoError(t, err, b.String())
	sum := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: scenariotest.Playback})
	require.Len(t, sum.Results, 1)
	return sum.Results[0]
}

func lines(s string) []string {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

func TestScriptsThatPass(t *testing.T) {
	for name, c := range map[string]struct {
		script, events string
		ends           time.Duration
	}{
		"events that do not fit are passed over": {
			"within 1s phone > x.b", "+10ms phone > x.a\n+10ms phone > x.b", 20 * time.Millisecond,
		},
		"several events at one instant, in their order": {
			"within 1s phone > x.a\n+0s phone > x.b\n+0s phone > x.c", "+5ms phone > x.a\n+0s phone > x.b\n+0s phone > x.c", 5 * time.Millisecond,
		},
		"one event counts once": {
			"within 1s phone > x.a\nwithin 1s phone > x.a", "+5ms phone > x.a\n+5ms phone > x.a", 10 * time.Millisecond,
		},
		"an event at the end of the span is in time": {
			"within 1s phone > x.a", "+1s phone > x.a", time.Second,
		},
		"exact times": {
			"+5ms phone > x.a\n+7ms phone > x.b\n+1ms..3ms phone > x.c", "+5ms phone > x.a\n+7ms phone > x.b\n+3ms phone > x.c", 15 * time.Millisecond,
		},
		"repeat within one span": {
			"repeat 3 within 5s phone > x.a", "+2s phone > x.a\n+2s phone > x.a\n+1s phone > x.a", 5 * time.Second,
		},
		"repeat, each after the one before": {
			"repeat 3 +2s phone > x.a", "+2s phone > x.a\n+2s phone > x.a\n+2s phone > x.a", 6 * time.Second,
		},
		"unordered": {
			"unordered within 1s:\n- phone > x.a\n- phone > x.b\n- phone > x.a x=1\n+1s phone > x.c",
			"+1ms phone > x.b\n+1ms phone > x.a\n+1ms phone > x.a x=1\n+1s phone > x.c", time.Second + 3*time.Millisecond,
		},
		"references": {
			"within 1s phone > x.a seq=$s\nwithin 1s phone > x.a seq=$s+1", "+1ms phone > x.a seq=255\n+1ms phone > x.a seq=7\n+1ms phone > x.a seq=0", 3 * time.Millisecond,
		},
		"quiet ends before an event at its end": {
			"within 1s phone > x.a\nquiet 1s phone > x.b\n+0s phone > x.b", "+1ms phone > x.a\n+1s phone > x.b", time.Second + time.Millisecond,
		},
		"wait passes events over": {
			"wait 2s\nquiet 1s phone > x.a", "+1s phone > x.a\n+500ms phone > x.a", 3 * time.Second,
		},
		"an action's events are seen from its beginning": {
			"do nothing\ndo act\n+1s phone > x.acted once\n+0s phone > x.acted again", "", time.Second,
		},
		"after the last action the scenario is over": {
			"within 1s phone > x.a\ndo act", "+1ms phone > x.a", time.Millisecond,
		},
		"a frame that is sent": {
			"within 1s phone > x.a seq=$s\nsend phone > x.l ack seq=$s+1\n+0s phone > x.l ack seq=8", "+1ms phone > x.a seq=7", time.Millisecond,
		},
		"a quiet does not hear the action before it": {
			"send phone > x.l ack seq=1\nquiet 1s phone > x.l", "", time.Second,
		},
		"never, with a reference that is not bound yet": {
			"within 1s phone > x.b\nwithin 1s phone > x.a seq=$s\nnever\nphone > x.b seq=$s", "+1ms phone > x.b seq=1\n+1ms phone > x.a seq=1", 2 * time.Millisecond,
		},
		"what states say counts for nothing": {
			"quiet 1s *  > *", "+1ms phone > state authenticated", time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := play(t, c.script, c.events)
			require.Equal(t, scenarios.Pass, r.Verdict, r.Detail())
			require.Equal(t, c.ends, r.Simulated)
			require.Nil(t, r.Failure)
			require.NoError(t, r.Err)
			require.Empty(t, r.Message())
			require.Empty(t, r.Detail())
		})
	}
}

func TestScriptsThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		script, events string
		want           string
	}{
		"does not come": {
			"within 1s phone > x.a -- the phone says a", "",
			"step 1 of 1 (the phone says a): within 1s phone > x.a: did not come by 1s",
		},
		"in the wrong order": {
			"within 1s phone > x.b\nwithin 1s phone > x.a", "+1ms phone > x.a\n+1ms phone > x.b",
			"step 2 of 2: within 1s phone > x.a: did not come by 1.002s",
		},
		"one event does not count twice": {
			"within 1s phone > x.a\nwithin 1s phone > x.a", "+1ms phone > x.a",
			"step 2 of 2: within 1s phone > x.a: did not come by 1.001s",
		},
		"a tick after the span": {
			"within 1s phone > x.a", "+1.000000001s phone > x.a",
			"step 1 of 1: within 1s phone > x.a: did not come by 1s; came 1ns too late",
		},
		"too late": {
			"within 1s phone > x.a", "+1.5s phone > x.a",
			"step 1 of 1: within 1s phone > x.a: did not come by 1s; came 500ms too late",
		},
		"five seconds too late": {
			"within 1s phone > x.a", "+6s phone > x.a",
			"step 1 of 1: within 1s phone > x.a: did not come by 1s; came 5s too late",
		},
		"more than five seconds too late": {
			"within 1s phone > x.a", "+6.1s phone > x.a",
			"step 1 of 1: within 1s phone > x.a: did not come by 1s",
		},
		"too late, and after the limit": {
			"within 18s phone > x.a", "+20.5s phone > x.a",
			"step 1 of 1: within 18s phone > x.a: did not come by 18s",
		},
		"too early for an exact time": {
			"+5ms phone > x.a", "+3ms phone > x.a",
			"step 1 of 1: +5ms phone > x.a: came after 3ms, 2ms too early",
		},
		"too late for an exact time": {
			"+5ms phone > x.a", "+7ms phone > x.a",
			"step 1 of 1: +5ms phone > x.a: did not come by 5ms; came 2ms too late",
		},
		"too early for a range": {
			"+1s..2s phone > x.a", "+999ms phone > x.a",
			"step 1 of 1: +1s..2s phone > x.a: came after 999ms, 1ms too early",
		},
		"too few": {
			"repeat 3 within 5s phone > x.a", "+1s phone > x.a\n+1s phone > x.a",
			"step 1 of 1: repeat 3 within 5s phone > x.a: came 2 of 3 times by 5s",
		},
		"a repetition too early": {
			"repeat 3 +1s phone > x.a", "+1s phone > x.a\n+900ms phone > x.a",
			"step 1 of 1: repeat 3 +1s phone > x.a: came after 900ms, 100ms too early",
		},
		"one of an unordered": {
			"unordered within 1s:\n- phone > x.a\n- phone > x.b -- the b\n- phone > x.c", "+1ms phone > x.c\n+1ms phone > x.a",
			"step 1 of 1 (the b): unordered within 1s: phone > x.b: did not come by 1s; 2 of 3 came",
		},
		"an unordered too late": {
			"unordered within 1s:\n- phone > x.a\n- phone > x.b", "+1ms phone > x.b\n+1.5s phone > x.a",
			"step 1 of 1: unordered within 1s: phone > x.a: did not come by 1s; 1 of 2 came; came 501ms too late",
		},
		"not quiet": {
			"wait 1s\nquiet 1s phone > * -- silence", "+1.5s phone > x.b seq=1",
			"step 2 of 2 (silence): quiet 1s phone > *: came after 500ms",
		},
		"never": {
			"within 5s phone > x.a\nnever\nphone > x.c\nphone > x.b -- no b", "+1ms phone > x.b seq=1\n+1ms phone > x.a",
			"never (no b): phone > x.b: came at 1ms",
		},
		"a reference": {
			"within 1s phone > x.a seq=$s\nwithin 1s phone > x.a seq=$s+1", "+1ms phone > x.a seq=255\n+1ms phone > x.a seq=7",
			"step 2 of 2: within 1s phone > x.a seq=$s+1: did not come by 1.001s",
		},
		"the limit": {
			"wait 30s\nwithin 1s phone > x.a", "",
			"step 1 of 2: wait 30s: not over by the scenario's limit of 20s",
		},
		"the limit, while something is awaited": {
			"within 30s phone > x.a", "",
			"step 1 of 1: within 30s phone > x.a: not over by the scenario's limit of 20s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := play(t, c.script, c.events)
			require.Equal(t, scenarios.Fail, r.Verdict, r.Detail())
			require.Equal(t, c.want, r.Failure.Error())
			require.Equal(t, c.want, r.Message())
			require.NoError(t, r.Err)
		})
	}
}

func TestFailureReport(t *testing.T) {
	for name, c := range map[string]struct{ script, events string }{
		"nearest": {
			"within 1s phone > iap2.link syn seq=$s\nwithin 1s phone > iap2.link ack seq=$s+1 ack=7 len=10..20 -- the phone acknowledges",
			`+1ms phone > iap2.link syn seq=11
			 +1ms phone > iap2.link data seq=12 ack=7
			 +1ms headunit > iap2.link ack seq=12 ack=7 len=9
			 +1ms phone > usb attach
			 +1ms phone > state link up
			 +1ms phone > iap2.link ack seq=12 ack=9 len=9
			 +1ms phone > iap2.link ack seq=13 ack=7
			 +1ms headunit > usb complete urb=1`,
		},
		"kinds": {
			`within 1s phone > iap2.control "AuthenticationSucceeded"|StartIdentification id!=5 name!=*`,
			`+1ms phone > iap2.control AuthenticationFailed id=0xAA04
			 +1ms headunit > iap2.control AuthenticationSucceeded
			 +1ms phone > iap2.control StartIdentification id=5 name="a b"`,
		},
		"data": {
			`within 1s phone > ea.native data data=00*`, "+1ms phone > ea.native data data=ff00",
		},
		"runs": {
			"within 1s phone > x.b",
			strings.Repeat("+1ms phone > x.a data seq=1\n", 20) + "+1ms headunit > x.a data\n+1ms headunit > x.a data\n+1ms phone > x.c",
		},
		"many-runs": {
			"within 1s phone > x.b", strings.Repeat(strings.Repeat("+1ms phone > x.a data\n", 4)+strings.Repeat("+1ms phone > x.c data\n", 6), 2) + "+1ms phone > x.a data",
		},
		"early": {
			"+5ms phone > x.a", "+3ms phone > x.a",
		},
		"never": {
			"within 1s phone > x.a\nnever\nphone > x.b", "+1ms phone > x.b",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := play(t, c.script, c.events)
			require.Equal(t, scenarios.Fail, r.Verdict)
			golden(t, "testdata/failure-"+name+".txt", r.Detail()+"\n")
		})
	}
}

// A long stream passes a step without an allocation an event.
func TestMatcherDoesNotAllocate(t *testing.T) {
	run := func(n string) float64 {
		s, err := scenarios.Parse("a.yaml", []byte("id: a\ntitle: b\nscript:\n  - repeat "+n+" within 60s phone > x.l data seq=0..255 len!=7 -- all\nnever: [phone > x.l rst, headunit > x.l data]\n"))
		require.NoError(t, err)
		return testing.AllocsPerRun(3, func() {
			r := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: flood})
			require.Equal(t, scenarios.Pass, r.Results[0].Verdict, r.Results[0].Detail())
		})
	}
	few, many := run("10"), run("10010")
	require.Less(t, (many-few)/10000, 0.01, "allocations an event")
}
