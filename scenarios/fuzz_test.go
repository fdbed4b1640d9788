package scenarios_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/scenariotest"
	"github.com/plugfest/plugfest/sim/trace"
)

// Whatever a file holds, Parse gives a scenario that checks out or errors that
// name their place.
func FuzzParse(f *testing.F) {
	for _, glob := range []string{"testdata/good/*/*.yaml", "testdata/bad/*.yaml"} {
		files, err := filepath.Glob(glob)
		require.NoError(f, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := scenarios.Parse("f.yaml", text)
		if err != nil {
			var e *scenarios.Error
			require.ErrorAs(t, err, &e)
			require.NotEmpty(t, e.Msg)
			return
		}
		require.NoError(t, s.Check())
		for _, step := range s.Script {
			if _, ok := step.(scenarios.Unordered); ok {
				continue
			}
			again, err := scenarios.ParseStep(step.String())
			require.NoError(t, err)
			require.Equal(t, step, again)
		}
	})
}

// What parses as a step is written back as a line that parses to the same.
func FuzzParseStep(f *testing.F) {
	for _, line := range []string{
		"do plug", `do touch 10 "a b"`, "wait 1m30s", "quiet 5s headunit > iap2.*",
		"within 1s phone > usb.request role switch carplay=0 result!=stall|timeout -- why",
		"+5ms phone > iap2.link ack seq=$s+1 ack=0x10..20", "+0..500ms * > * a|b c!=*",
		`repeat 3 +1s phone > x "a=b"|c name="\u00e4" data=ff5a..619`, "send phone > iap2.link rst seq=$s",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		step, err := scenarios.ParseStep(line)
		if err != nil {
			var e *scenarios.SyntaxError
			require.True(t, errors.As(err, &e))
			require.LessOrEqual(t, e.Offset, len(line))
			require.NotEmpty(t, err.Error())
			return
		}
		text := step.String()
		again, err := scenarios.ParseStep(text)
		if len(text) > scenarios.MaxLine {
			return
		}
		require.NoError(t, err, text)
		require.Equal(t, step, again, text)
	})
}

// Any pattern can be held against any event.
func FuzzPatternMatches(f *testing.F) {
	f.Add("phone > iap2.link ack|data seq=$s ack=$s+1 len=10..20", "phone > iap2.link ack seq=12 ack=13 len=15", []byte(nil))
	f.Add("* > iap2.* name!=*|x data=ff5a..9", `phone > iap2.control Ack name="a b"`, []byte{0xFF, 0x5A})
	f.Add("phone > usb role switch id=0xAA00 name=a*b*c", "phone > usb role switch id=0xAA00 name=abc", []byte{1})
	f.Fuzz(func(t *testing.T, pattern, line string, data []byte) {
		p, err := scenarios.ParsePattern(pattern)
		if err != nil {
			return
		}
		l, err := trace.ParseLine("+0s " + line)
		if err != nil {
			return
		}
		e := l.Event(0)
		e.Data = data
		vars := scenarios.Vars{}
		if !p.Matches(&e, vars) {
			require.Empty(t, vars, "what does not fit binds nothing")
			return
		}
		require.True(t, p.Matches(&e, vars), "what fits once fits again")
		again, err := scenarios.ParsePattern(p.String())
		if len(p.String()) <= scenarios.MaxLine {
			require.NoError(t, err)
			require.True(t, again.Matches(&e, nil))
		}
	})
}

// Whatever a scenario says, running it ends in a verdict.
func FuzzRun(f *testing.F) {
	files, err := filepath.Glob("testdata/good/*/*.yaml")
	require.NoError(f, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := scenarios.Parse("f.yaml", text)
		if err != nil {
			return
		}
		r := runOne(t, s, scenarios.Options{Bench: scenariotest.Playback})
		require.Contains(t, scenarios.Verdicts(), r.Verdict)
		require.Equal(t, r.Verdict == scenarios.Pass, r.Message() == "")
	})
}
