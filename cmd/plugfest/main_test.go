package main

import (
	"bytes"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/scenariotest"
)

// The scripts run plugfest on a bench that plays back what a scenario says.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"plugfest": func() {
			os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr, benchOf{scenariotest.Playback, scenariotest.CheckPlayback}))
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
		},
	})
}

// exits N ARG ... runs plugfest and wants exit code N. Its output is then that
// of the last command.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits N ARG ...")
	}
	err := ts.Exec("plugfest", args[1:]...)
	code := "0"
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		code = strconv.Itoa(exit.ExitCode())
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if code != args[0] {
		ts.Fatalf("plugfest %v: exit code %s, want %s", args[1:], code, args[0])
	}
}

func TestParseSeeds(t *testing.T) {
	for in, want := range map[string][]uint64{
		"3":    {3},
		"3..3": {3},
		"0..2": {0, 1, 2},
		"18446744073709551613..18446744073709551614": {18446744073709551613, 18446744073709551614},
	} {
		got, err := parseSeeds(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got)
	}
	for in, want := range map[string]string{
		"":           "--seeds : want A..B with whole numbers, such as 1..100",
		"a..b":       "--seeds a..b: want A..B with whole numbers, such as 1..100",
		"-1..3":      "--seeds -1..3: want A..B with whole numbers, such as 1..100",
		"3..1":       "--seeds 3..1: 1 is below 3",
		"0..1000000": "--seeds 0..1000000: more than 1000000 seeds",
	} {
		_, err := parseSeeds(in)
		require.EqualError(t, err, want)
	}
	_, err := parseSeeds("18446744073709551614..18446744073709551615")
	require.Error(t, err, "the last number of all would never end")
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                        "0s",
		999:                      "999ns",
		123456:                   "123µs",
		3214567890:               "3.21s",
		12345 * time.Millisecond: "12.3s",
		754 * time.Second:        "12m34s",
		30 * time.Hour:           "30h0m0s",
	} {
		require.Equal(t, want, short(d))
	}
}

// A terminal gets colours; nothing else does.
func TestColour(t *testing.T) {
	require.False(t, wantsColour(&bytes.Buffer{}))
	f, err := os.CreateTemp(t.TempDir(), "out")
	require.NoError(t, err)
	defer f.Close()
	require.False(t, wantsColour(f))
	t.Setenv("TERM", "xterm")
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a character device
	require.NoError(t, err)
	defer null.Close()
	require.True(t, wantsColour(null))
	t.Setenv("NO_COLOR", "1")
	require.False(t, wantsColour(null))

	plain, colour := &app{}, &app{colour: true}
	require.Equal(t, "pass", plain.paint(scenarios.Pass, "pass"))
	require.Equal(t, "\x1b[32mpass\x1b[0m", colour.paint(scenarios.Pass, "pass"))
	require.Equal(t, "\x1b[31mFAIL\x1b[0m", colour.paint(scenarios.Fail, "FAIL"))
	require.Equal(t, "\x1b[33mskip\x1b[0m", colour.paint(scenarios.Skip, "skip"))
}
