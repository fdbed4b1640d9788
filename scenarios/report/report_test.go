package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// summary has a result of each verdict, and texts that each format must escape.
func summary() *scenarios.Summary {
	result := func(id, title string, v scenarios.Verdict) scenarios.Result {
		s := &scenarios.Scenario{ID: id, Title: title, Requirement: "It must <hold>,\nalways.", Source: "made up", Role: scenarios.Headunit, Level: scenarios.Must}
		t := scenarios.Trial{Scenario: s, Seed: 7}
		return scenarios.Result{Trial: t, Verdict: v, Simulated: 3210 * time.Millisecond, Wall: 4567 * time.Microsecond, Events: 12, Handovers: 34, Replay: t.Command(false)}
	}
	failure := &scenarios.Failure{Step: 2, Steps: 3, Expected: `within 1s phone > usb.request role switch name="<a&b>"`, Note: "the gadget # appears", What: "did not come by 2s"}

	pass := result("carlife/connect", "The whole | connection", scenarios.Pass)
	pass.Files = []string{"out/carlife/connect.seed7.pcapng"}
	nonstrict := result("carlife/goodbye", "Says goodbye", scenarios.PassNonstrict)
	nonstrict.Scenario.Level = scenarios.Should
	nonstrict.Failure = failure
	fail := result("link/lost", "A \"lost\" packet <&> #1", scenarios.Fail)
	fail.Failure = failure
	broken := result("link/odd", "Odd\x01one", scenarios.Broken)
	broken.Err = errors.New("bench broke:\n\t```\n\tmain waits for a miracle")
	skip := result("link/skip", "Makes no sense here", scenarios.Skip)
	skip.Err = fmt.Errorf("%w: wrong moon", scenarios.ErrSkip)
	unsupported := result("usb/super", "Super speed", scenarios.Unsupported)
	unsupported.Err = fmt.Errorf("%w: super speed", scenarios.ErrUnsupported)
	invalid := result("usb/typo", "Asks for what there is not", scenarios.Invalid)
	invalid.Err = scenarios.MarkInvalid(errors.New("no action \"plugg\"; there are plug, unplug"))
	mutant := result("usb/vbus", "Keeps VBUS", scenarios.Pass)
	mutant.Mutant = &scenarios.Mutant{Name: "switches it off"}
	return &scenarios.Summary{
		Results: []scenarios.Result{pass, nonstrict, fail, broken, skip, unsupported, invalid, mutant},
		Wall:    123456 * time.Microsecond,
		Version: "v0.1.0",
	}
}

func TestFormats(t *testing.T) {
	for _, kind := range report.Kinds() {
		t.Run(kind, func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, report.Write(kind, &b, summary()))
			path := filepath.Join("testdata", "report."+kind)
			if *update {
				require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), b.String())
		})
	}
}

func TestJUnitIsXML(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, report.JUnit(&b, summary()))
	var suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Tests int    `xml:"tests,attr"`
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
					Text    string `xml:",chardata"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal(b.Bytes(), &suites))
	require.Equal(t, []int{8, 1, 2, 2}, []int{suites.Tests, suites.Failures, suites.Errors, suites.Skipped})
	require.Len(t, suites.Suites, 3)
	lost := suites.Suites[1].Cases[0]
	require.Equal(t, "link/lost", lost.Name)
	require.Contains(t, lost.Failure.Message, `name="<a&b>"`)
	require.Contains(t, lost.Failure.Text, "replay   plugfest run link/lost --seed 7")
}

func TestJSONLReadsBack(t *testing.T) {
	var b bytes.Buffer
	s := summary()
	require.NoError(t, report.JSONL(&b, s))
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	require.Len(t, lines, len(s.Results))
	for i, text := range lines {
		var l report.Line
		require.NoError(t, json.Unmarshal([]byte(text), &l))
		require.Equal(t, s.Results[i].Scenario.ID, l.Case)
		require.Equal(t, string(s.Results[i].Verdict), l.Verdict)
		require.Equal(t, s.Results[i].Detail(), l.Detail)
		require.Equal(t, 3.21, l.Simulated)
	}
}

// With several seeds, results are told apart by them.
func TestSeedsInLabels(t *testing.T) {
	s := summary()
	s.Results = s.Results[:2]
	s.Results[1].Seed = 8
	var b bytes.Buffer
	require.NoError(t, report.TAP(&b, s))
	require.Contains(t, b.String(), "ok 1 - carlife/connect seed 7: The whole | connection\n")
	require.Contains(t, b.String(), "not ok 2 - carlife/goodbye seed 8: Says goodbye # TODO a should that is not met\n")
}

func TestNothingWasRun(t *testing.T) {
	for _, kind := range report.Kinds() {
		var b bytes.Buffer
		require.NoError(t, report.Write(kind, &b, &scenarios.Summary{}), kind)
	}
	var b bytes.Buffer
	require.NoError(t, report.Markdown(&b, &scenarios.Summary{}))
	require.Equal(t, "# Plugfest: nothing was run\n\n0s simulated in 0s.\n\n", b.String())
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk is full") }

func TestErrorsOfTheWriter(t *testing.T) {
	for _, kind := range report.Kinds() {
		require.ErrorContains(t, report.Write(kind, fullDisk{}, summary()), "disk is full", kind)
	}
	require.EqualError(t, report.Write("pdf", io.Discard, summary()), `no report of kind "pdf"; there are html, jsonl, junit, md, tap`)
}

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.xml")
	require.NoError(t, report.WriteFile("junit", path, summary()))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, report.JUnit(&b, summary()))
	require.Equal(t, b.String(), string(got))
	require.Error(t, report.WriteFile("junit", filepath.Join(path, "below"), summary()))
	require.Error(t, report.WriteFile("pdf", path, summary()))
}
