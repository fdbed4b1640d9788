package scenarios_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file, or writes the file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, path)
}

func parseFile(t *testing.T, name string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.ParseFile(filepath.Join("testdata", "good", "sample", name))
	require.NoError(t, err)
	return s
}

func TestParse(t *testing.T) {
	s := parseFile(t, "role-switch.yaml")
	require.Equal(t, "sample/role-switch", s.ID)
	require.Equal(t, "The phone comes back as a host", s.Title)
	require.Equal(t, "A head unit that has asked for the role switch comes back as a gadget within a second, and keeps the phone supplied meanwhile.", s.Requirement)
	require.Equal(t, "made up for the tests", s.Source)
	require.Equal(t, scenarios.Headunit, s.Role)
	require.Equal(t, scenarios.Must, s.Level)
	require.Equal(t, 30*time.Second, s.Limit)
	require.Empty(t, s.Incomplete())

	require.Len(t, s.Script, 14)
	require.Equal(t, scenarios.Do{Action: "plug"}, s.Script[0])
	require.Equal(t, scenarios.MustStep(`within 1s headunit > usb.request role switch carplay=0 result=ok name="a: b #c"`), s.Script[2])
	require.Equal(t, scenarios.Unordered{When: scenarios.Within(2 * time.Second), Events: []scenarios.Pattern{
		scenarios.MustPattern("headunit > iap2.link syn seq=$s -- a SYN"),
		scenarios.MustPattern("headunit > usb attach -- the gadget appears"),
	}}, s.Script[4])
	require.Equal(t, []scenarios.Pattern{
		scenarios.MustPattern("phone > iap2.control AuthenticationFailed"),
		scenarios.MustPattern("headunit > usb vbus on=0 -- the phone loses its supply"),
	}, s.Never)

	require.Len(t, s.Mutants, 2)
	require.Equal(t, "the gadget never appears", s.Mutants[0].Name)
	require.Equal(t, "the gadget appears", s.Mutants[0].Fails)
	require.Equal(t, []string{"on"}, s.Mutants[0].Setup.Headunit.Keys())
	require.True(t, s.Mutants[0].Setup.Phone.IsZero())

	require.Equal(t, "testdata/good/sample/role-switch.yaml:29:5", s.Position(0, false).String())
	require.Equal(t, 46, s.Position(0, true).Line)
}

// What stands in a file can be said in Go, and the other way round.
func TestParseEqualsGo(t *testing.T) {
	s := parseFile(t, "small.yaml")
	made := &scenarios.Scenario{
		ID:     "sample/small",
		Title:  "The least that a scenario needs",
		Script: []scenarios.Step{scenarios.MustStep("within 1s phone > usb attach")},
	}
	require.NoError(t, made.Check())
	require.Equal(t, made.Script, s.Script)
	require.Equal(t, "requirement", made.Incomplete())
}

func TestParseErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	require.NoError(t, err)
	require.Greater(t, len(files), 30)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			s, err := scenarios.Parse(filepath.Base(file), text)
			require.Error(t, err)
			require.Nil(t, s)
			var e *scenarios.Error
			require.ErrorAs(t, err, &e)
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

func TestParseBounds(t *testing.T) {
	_, err := scenarios.Parse("big.yaml", make([]byte, scenarios.MaxFile+1))
	require.EqualError(t, err, "big.yaml: file is larger than 1 MiB")

	var b bytes.Buffer
	b.WriteString("id: a\ntitle: b\nscript:\n")
	for range scenarios.MaxSteps + 1 {
		b.WriteString("  - within 1s phone > usb attach\n")
	}
	_, err = scenarios.Parse("long.yaml", b.Bytes())
	require.ErrorContains(t, err, "long.yaml:4:3: script of 10001 steps; 10000 is the most")

	s, err := scenarios.Parse("bom.yaml", []byte("\uFEFFid: a\r\ntitle: b\r\nscript:\r\n  - within 1s phone > usb attach\r\n"))
	require.NoError(t, err)
	require.Equal(t, "a", s.ID)
}

func TestCheckInCode(t *testing.T) {
	good := func() *scenarios.Scenario {
		return &scenarios.Scenario{ID: "a", Title: "b", Script: []scenarios.Step{scenarios.MustStep("within 1s phone > usb attach")}}
	}
	require.NoError(t, good().Check())
	p := scenarios.MustPattern("phone > usb attach")
	for _, c := range []struct {
		want   string
		change func(*scenarios.Scenario)
	}{
		{"scenario: id is missing", func(s *scenarios.Scenario) { s.ID = "" }},
		{"id of 101 characters; 100 is the most", func(s *scenarios.Scenario) { s.ID = strings.Repeat("x", 101) }},
		{`id "A B": want words of a-z`, func(s *scenarios.Scenario) { s.ID = "A B" }},
		{"a: title is missing", func(s *scenarios.Scenario) { s.Title = "" }},
		{"title: unprintable character U+000A", func(s *scenarios.Scenario) { s.Title = "a\nb" }},
		{"mutant 1: name: unprintable character U+001B", func(s *scenarios.Scenario) { s.Mutants = []scenarios.Mutant{{Name: "\x1b[31m"}} }},
		{`role "x": want one of [phone headunit host chip]`, func(s *scenarios.Scenario) { s.Role = "x" }},
		{`level "x": want one of [must should may]`, func(s *scenarios.Scenario) { s.Level = "x" }},
		{"limit -1ns: want a time up to 1000h0m0s", func(s *scenarios.Scenario) { s.Limit = -1 }},
		{"nothing is expected", func(s *scenarios.Scenario) { s.Script = nil }},
		{"do has no action", func(s *scenarios.Scenario) { s.Script = append(s.Script, scenarios.Do{}) }},
		{"wait -1ns is negative", func(s *scenarios.Scenario) { s.Script = append(s.Script, scenarios.Wait{For: -1}) }},
		{"quiet for 0s sees nothing", func(s *scenarios.Scenario) { s.Script = append(s.Script, scenarios.Quiet{Event: p}) }},
		{"unordered has no patterns", func(s *scenarios.Scenario) { s.Script = append(s.Script, scenarios.Unordered{}) }},
		{"timing from 2ns to 1ns", func(s *scenarios.Scenario) {
			s.Script = append(s.Script, scenarios.Expect{When: scenarios.From(2, 1), Event: p})
		}},
		{"repeated -1 times", func(s *scenarios.Scenario) { s.Script = append(s.Script, scenarios.Expect{Times: -1, Event: p}) }},
		{"step of type <nil>", func(s *scenarios.Scenario) { s.Script = append(s.Script, nil) }},
		{"want WHO > LAYER KIND", func(s *scenarios.Scenario) { s.Never = []scenarios.Pattern{{}} }},
		{`field "seq" of the pattern has no name or no value`, func(s *scenarios.Scenario) {
			s.Never = []scenarios.Pattern{{Who: "phone", Layer: "usb", Fields: []scenarios.FieldMatch{{Key: "seq"}}}}
		}},
		{"mutant 1 has no name", func(s *scenarios.Scenario) { s.Mutants = []scenarios.Mutant{{}} }},
	} {
		s := good()
		c.change(s)
		require.ErrorContains(t, s.Check(), c.want)
	}
}
