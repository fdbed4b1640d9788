package scenarios_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/scenariotest"
)

func parsed(t *testing.T, text string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("v.yaml", []byte(text))
	require.NoError(t, err)
	return s
}

const twoMutants = `id: a/b
title: t
phone: {on: {go: []}}
script:
  - do go
  - do jump
  - within 1s phone > usb attach
mutants:
  - {name: slow, phone: {on: {jump: []}}, fails: x}
  - {name: odd, phone: {colour: red}, fails: x}
`

// Validate looks over what would run, and only that; a mistake that several
// setups share is told once.
func TestValidate(t *testing.T) {
	s := parsed(t, twoMutants)
	o := scenarios.Options{Bench: scenariotest.Playback, Check: scenariotest.CheckPlayback}
	check := func(o scenarios.Options, want string, cases ...*scenarios.Scenario) {
		t.Helper()
		err := scenarios.Validate(cases, o)
		if want == "" {
			require.NoError(t, err)
			return
		}
		require.EqualError(t, err, want)
		require.ErrorIs(t, err, scenarios.ErrInvalid)
	}
	jump := "v.yaml:6:8: unknown action \"jump\"; known: go\n      - do jump\n           ^"
	check(o, jump, s)
	check(o, jump, s, s)

	o.Mutant = "slow"
	check(o, "", s)
	o.Mutant = "odd"
	colour := "v.yaml:10:25: unknown key \"colour\"; known: broken, hang, on, panic, skip, start, unsupported\n" +
		"      - {name: odd, phone: {colour: red}, fails: x}\n                            ^"
	check(o, colour, s)
	o.Mutant, o.Mutants = "", true
	check(o, colour, s)

	o = scenarios.Options{}
	check(o, "", s)
	o.Mutant = "fast"
	check(o, `a/b has no mutant "fast"; it has ["slow" "odd"]`, s)
	other := scenario("c/d", "within 1s phone > usb attach")
	check(o, `c/d has no mutants`, other)
	o.Mutant = "slo"
	check(o, `none of 2 scenarios has a mutant "slo"; did you mean slow?`, s, other)
	o.Mutant = "slow"
	check(o, "", s, other)

	// A scenario made in code is checked as well.
	bad := scenario("c/d", "within 1s phone > usb attatch")
	check(scenarios.Options{}, "c/d: no event of layer usb is called attatch; did you mean attach?", bad)
	check(scenarios.Options{Check: scenariotest.CheckPlayback}, `c/d: do jump: unknown action "jump"; known: `,
		scenario("c/d", "do jump", "within 1s phone > usb attach"))
}

func TestLook(t *testing.T) {
	s := parsed(t, `id: a/b
title: t
script:
  - do touch 10
  - within 1s phone > usb attach
  - unordered within 1s:
      - phone > usb detach
      - phone > usb reset
  - quiet 1s cable > usb fault
never: [headunit > usb vbus on=0]
`)
	var patterns, steps []string
	err := s.Look(
		func(st scenarios.Step) error { steps = append(steps, st.String()); return nil },
		func(p *scenarios.Pattern) error {
			patterns = append(patterns, p.String())
			switch p.KindText() {
			case "reset":
				return scenarios.WordError("phone", "not %s", "you")
			case "vbus":
				return errors.New("no supply")
			}
			return nil
		})
	require.Len(t, steps, 4)
	require.Equal(t, []string{"phone > usb attach", "phone > usb detach", "phone > usb reset", "cable > usb fault", "headunit > usb vbus on=0"}, patterns)
	require.EqualError(t, err, "v.yaml:8:9: not you\n          - phone > usb reset\n            ^\n"+
		"v.yaml:10:9: no supply\n    never: [headunit > usb vbus on=0]\n            ^")
}

func TestMarkInvalid(t *testing.T) {
	require.NoError(t, scenarios.MarkInvalid(nil))
	full := errors.New("disk is full")
	err := scenarios.MarkInvalid(full)
	require.EqualError(t, err, "disk is full")
	require.ErrorIs(t, err, full)
	require.ErrorIs(t, err, scenarios.ErrInvalid)
	require.NotErrorIs(t, err, scenarios.ErrSkip)
}
