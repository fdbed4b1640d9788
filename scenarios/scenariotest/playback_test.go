package scenariotest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/scenariotest"
)

func run(t *testing.T, text string) scenarios.Result {
	t.Helper()
	s, err := scenarios.Parse("t.yaml", []byte("id: a\ntitle: b\n"+text))
	require.NoError(t, err)
	return scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: scenariotest.Playback}).Results[0]
}

// Lines of several parts are played side by side; those of one follow each
// other.
func TestPlayback(t *testing.T) {
	r := run(t, `
phone: {start: [+1ms phone > x.l one, +4ms phone > x.l three], on: {go: [+1ms phone > x.l four]}}
headunit: {start: [+3ms headunit > x.l two x=0x10 name="a b"], on: {go: [+2ms headunit > x.l five]}}
script:
  - +1ms phone > x.l one
  - +2ms headunit > x.l two name="a b"
  - +2ms phone > x.l three
  - do go
  - +1ms phone > x.l four
  - wait 1ms
  - send phone > x.l ack seq=7 text=x
  - do go
  - +1ms phone > x.l four
  - +1ms headunit > x.l five
`)
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Equal(t, "step 10 of 10: +1ms headunit > x.l five: did not come by 9ms", strings.Split(r.Message(), ";")[0])
}

// What an action plays from all parts comes in one sequence.
func TestPlaybackOfAnAction(t *testing.T) {
	r := run(t, `
phone: {on: {go: [+1ms phone > x.l one, +1ms phone > x.l two]}}
script:
  - do go
  - +1ms phone > x.l one
  - +1ms phone > x.l two
  - send phone > x.l ack seq=7 text=x
  - do go with some arguments
  - +1ms phone > x.l one
`)
	require.Equal(t, scenarios.Pass, r.Verdict, r.Detail())
	require.Equal(t, 3*time.Millisecond, r.Simulated)
	require.Equal(t, uint64(4), r.Events)
}

func TestPlaybackErrors(t *testing.T) {
	for settings, want := range map[string]string{
		"phone: {start: [nonsense]}":                    `t.yaml:3:9: start: line 1, "nonsense": column 1: `,
		"phone: {start: [-1ms phone > x.l one]}":        `t.yaml:3:9: start: line 1, "-1ms phone > x.l one": time runs backwards`,
		"cable: {on: {go: [+1ms phone > x.l one, +1]}}": `t.yaml:3:9: on: go: line 2, "+1": column 1: `,
		"chip: {sart: []}":                              `t.yaml:3:8: unknown key "sart"; known: broken, hang, on, panic, skip, start, unsupported`,
	} {
		r := run(t, settings+"\nscript: [within 1s phone > x.l one]\n")
		require.Equal(t, scenarios.Invalid, r.Verdict, settings)
		require.True(t, strings.HasPrefix(r.Err.Error(), want), r.Err.Error())
	}
}

func TestRunAndMutants(t *testing.T) {
	s, err := scenarios.Parse("t.yaml", []byte(`
id: usb/attach
title: The phone appears
phone: {start: [+1ms phone > usb attach]}
script: [within 1s phone > usb attach]
mutants: [{name: late, phone: {start: [+2s phone > usb attach]}, fails: too late}]
`))
	require.NoError(t, err)
	skipped, err := scenarios.Parse("t.yaml", []byte("id: usb/skip\ntitle: b\ncable: {skip: not today}\nscript: [within 1s phone > x.l one]\n"))
	require.NoError(t, err)
	scenariotest.Run(t, scenariotest.Playback, s, skipped)
	scenariotest.Mutants(t, scenariotest.Playback, s, skipped)
}
