package report

import (
	"encoding/xml"
	"fmt"
	"io"

	"github.com/plugfest/plugfest/scenarios"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class      string          `xml:"classname,attr"`
	Name       string          `xml:"name,attr"`
	Time       string          `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Failure    *junitProblem   `xml:"failure"`
	Error      *junitProblem   `xml:"error"`
	Skipped    *junitProblem   `xml:"skipped"`
	Out        string          `xml:"system-out,omitempty"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit writes JUnit XML, one suite for each first word of an identity. A
// verdict of pass-nonstrict passes, and says why on system-out; skip and
// unsupported are skipped.
func JUnit(w io.Writer, s *scenarios.Summary) error {
	all := junitSuites{Name: "plugfest", Tests: len(s.Results), Time: seconds(s.Wall)}
	for i := range s.Results {
		r := &s.Results[i]
		name := group(r.Scenario.ID)
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != name {
			all.Suites = append(all.Suites, junitSuite{Name: name})
		}
		suite := &all.Suites[len(all.Suites)-1]
		c := newJUnitCase(s, r)
		suite.Cases = append(suite.Cases, c)
		suite.Tests++
		switch {
		case c.Failure != nil:
			suite.Failures++
			all.Failures++
		case c.Error != nil:
			suite.Errors++
			all.Errors++
		case c.Skipped != nil:
			suite.Skipped++
			all.Skipped++
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func newJUnitCase(s *scenarios.Summary, r *scenarios.Result) junitCase {
	c := junitCase{
		Class: r.Scenario.ID,
		Name:  label(s, r),
		Time:  seconds(r.Wall),
		Properties: []junitProperty{
			{"title", r.Scenario.Title},
			{"seed", fmt.Sprint(r.Seed)},
			{"simulated", seconds(r.Simulated)},
		},
	}
	for _, p := range []junitProperty{{"role", string(r.Scenario.Role)}, {"level", string(r.Scenario.Level)}, {"version", s.Version}} {
		if p.Value != "" {
			c.Properties = append(c.Properties, p)
		}
	}
	problem := &junitProblem{Message: r.Message(), Type: string(r.Verdict), Text: r.Detail()}
	switch r.Verdict {
	case scenarios.Fail:
		c.Failure = problem
	case scenarios.Broken, scenarios.Invalid:
		c.Error = problem
	case scenarios.Skip, scenarios.Unsupported:
		c.Skipped = &junitProblem{Message: r.Message()}
	case scenarios.PassNonstrict:
		c.Out = string(r.Verdict) + "\n" + r.Detail()
	}
	return c
}
