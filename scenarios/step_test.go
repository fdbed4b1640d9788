package scenarios_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/scenarios"
)

func TestParseStep(t *testing.T) {
	ack := scenarios.MustPattern("phone > iap2.link ack")
	for line, want := range map[string]scenarios.Step{
		"do plug":                                   scenarios.Do{Action: "plug"},
		`do touch 10 "two words" "" a|b`:            scenarios.Do{Action: "touch", Args: []string{"10", "two words", "", "a|b"}},
		"wait 200ms":                                scenarios.Wait{For: 200 * time.Millisecond},
		"send phone > iap2.link ack":                scenarios.Send{Frame: ack},
		"quiet 5s phone > iap2.link ack":            scenarios.Quiet{For: 5 * time.Second, Event: ack},
		"within 1m30s phone > iap2.link ack":        scenarios.Expect{When: scenarios.Within(90 * time.Second), Times: 1, Event: ack},
		"within 0 phone > iap2.link ack":            scenarios.Expect{When: scenarios.Within(0), Times: 1, Event: ack},
		"+5ms phone > iap2.link ack":                scenarios.Expect{When: scenarios.Exactly(5 * time.Millisecond), Times: 1, Event: ack},
		"+0..500ms phone > iap2.link ack":           scenarios.Expect{When: scenarios.From(0, 500*time.Millisecond), Times: 1, Event: ack},
		"+1.5ms..2h phone > iap2.link ack":          scenarios.Expect{When: scenarios.From(1500*time.Microsecond, 2*time.Hour), Times: 1, Event: ack},
		"repeat 3 within 5s phone > iap2.link ack":  scenarios.Expect{When: scenarios.Within(5 * time.Second), Times: 3, Event: ack},
		"repeat 3 +1s phone > iap2.link ack":        scenarios.Expect{When: scenarios.Exactly(time.Second), Times: 3, Event: ack},
		"repeat 3 +0..1s phone > iap2.link ack":     scenarios.Expect{When: scenarios.From(0, time.Second), Times: 3, Event: ack},
		"  within   1s   phone   >  iap2.link  ack": scenarios.Expect{When: scenarios.Within(time.Second), Times: 1, Event: ack},
	} {
		got, err := scenarios.ParseStep(line)
		require.NoError(t, err, line)
		require.Equal(t, want, got, line)
		again, err := scenarios.ParseStep(got.String())
		require.NoError(t, err, got)
		require.Equal(t, got, again, line)
	}
}

func TestStepString(t *testing.T) {
	for _, line := range []string{
		"do plug",
		`do say "two words" "" "#" x`,
		"wait 2m",
		"wait 1h",
		"wait 1h0m5s",
		"wait 0s",
		"within 1s phone > usb attach -- the gadget appears",
		"+5ms phone > iap2.link ack seq=12 ack=7",
		"+0s..500ms phone > usb detach",
		"repeat 3 +10s..12s headunit > iap2.link syn",
		"quiet 5s headunit > iap2.*",
		"send phone > iap2.link rst seq=9",
	} {
		require.Equal(t, line, scenarios.MustStep(line).String())
	}
	u := scenarios.Unordered{When: scenarios.Within(2 * time.Second), Events: []scenarios.Pattern{
		scenarios.MustPattern("phone > a"), scenarios.MustPattern("phone > b c=1 -- why"),
	}}
	require.Equal(t, "unordered within 2s:\n  - phone > a\n  - phone > b c=1 -- why", u.String())
}

func TestStepErrors(t *testing.T) {
	for _, c := range []struct {
		in, want string
		col      int
	}{
		{"", "empty line; want one of: do ACTION, ", 1},
		{"phone > usb attach", "say by when it must come: within 1s, +5ms or +100ms..200ms before the pattern", 1},
		{"jump 5", `"jump" is no step; want one of: do ACTION, `, 1},
		{"do", "do needs an action, such as do plug", 3},
		{`do "`, "the quote that opens here is not closed", 4},
		{`do a b"c`, "quote inside of a word", 7},
		{`do a "b"|c`, "something follows the closing quote", 9},
		{"wait", `"" is no time; write one with a unit, such as 5ms, 1.5s or 2m`, 5},
		{"wait 5", `"5" is no time; write one with a unit, such as 5ms, 1.5s or 2m`, 6},
		{"wait -5s", "time -5s is negative", 6},
		{"wait 2000h", "time 2000h is beyond 1000h0m0s", 6},
		{"wait 5s now", `"now" after the time; wait takes nothing more`, 9},
		{"quiet 0s phone > usb attach", "quiet for no time at all sees nothing", 7},
		{"quiet phone > usb attach", `"phone" is no time`, 7},
		{"within phone > usb attach", `"phone" is no time`, 8},
		{"within", "within needs a time, such as within 1s", 7},
		{"+ phone > usb attach", `"" is no time`, 2},
		{"+1s..x phone > usb attach", `"x" is no time`, 6},
		{"+2s..1s phone > usb attach", "+2s..1s ends before it begins", 6},
		{"repeat 1 within 1s phone > usb attach", "repeat 1: want a number from 2 to 1000000", 8},
		{"repeat x within 1s phone > usb attach", "repeat x: want a number from 2 to 1000000", 8},
		{"repeat 3 phone > usb attach", "say by when: repeat 3 within 5s (all of them), or +1s (each after the one before)", 10},
		{"unordered within 1s:", "unordered needs a colon at its end and a list of patterns below it", 1},
		{"within 1s phone usb attach", "want > after the endpoint phone", 17},
		{"wait 1s" + strings.Repeat(" ", scenarios.MaxLine), "line of 2007 bytes; 2000 is the most", 2001},
	} {
		_, err := scenarios.ParseStep(c.in)
		var syntax *scenarios.SyntaxError
		require.ErrorAs(t, err, &syntax, "%q", c.in)
		require.True(t, strings.HasPrefix(syntax.Msg, c.want), "%q: %s", c.in, syntax.Msg)
		require.Equal(t, c.col, syntax.Offset+1, "%q", c.in)
	}
	require.Panics(t, func() { scenarios.MustStep("jump") })
}

// values draws the forms of a value.
var values = rapid.OneOf(
	rapid.Map(rapid.String(), func(s string) scenarios.Value { return scenarios.Value{Op: scenarios.Text, Text: s} }),
	rapid.Just(scenarios.Value{Op: scenarios.Glob, Text: "ab*c*"}),
	rapid.Custom(func(t *rapid.T) scenarios.Value {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		return scenarios.Value{Op: scenarios.Between, From: min(a, b), To: max(a, b), Text: fmt.Sprintf("%d..%d", min(a, b), max(a, b))}
	}),
)

func TestAnyPatternSurvivesItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := scenarios.Pattern{
			Who:   rapid.SampledFrom([]string{"phone", "*", "cable:1"}).Draw(t, "who"),
			Layer: rapid.SampledFrom([]string{"usb", "*", "iap2.*"}).Draw(t, "layer"),
			Note:  rapid.SampledFrom([]string{"", "a note -- of two parts", "#1"}).Draw(t, "note"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "kinds") {
			p.Kind = append(p.Kind, scenarios.Value{Op: scenarios.Text, Text: rapid.String().Draw(t, "kind")})
		}
		for range rapid.IntRange(0, 3).Draw(t, "fields") {
			f := scenarios.FieldMatch{Key: rapid.SampledFrom([]string{"seq", "a.b[0]"}).Draw(t, "key"), Not: rapid.Bool().Draw(t, "not")}
			f.Any = rapid.SliceOfN(values, 1, 3).Draw(t, "values")
			p.Fields = append(p.Fields, f)
		}
		line := p.String()
		if len(line) > scenarios.MaxLine {
			t.Skip()
		}
		got, err := scenarios.ParsePattern(line)
		require.NoError(t, err, line)
		require.Equal(t, p, got, line)
	})
}
