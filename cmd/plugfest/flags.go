package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/report"
)

// whole is a number of 0 or more. It reads a negative one too, which would pass
// for a flag otherwise, to say what is wrong with it.
type whole uint64

// Decode reads the number; it is called by kong.
func (w *whole) Decode(ctx *kong.DecodeContext) error {
	t := ctx.Scan.Pop()
	if t.IsEOL() {
		return errors.New("number missing")
	}
	n, err := strconv.ParseUint(t.String(), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return fmt.Errorf("%s: want at most %d", t, uint64(math.MaxUint64))
	case err != nil:
		return fmt.Errorf("%s: want a whole number, 0 or more", t)
	}
	*w = whole(n)
	return nil
}

// A reportFile is one KIND=FILE of --report.
type reportFile struct{ kind, path string }

type reportFiles []reportFile

// parseReports reads what --report lists. Several reports of a kind are fine,
// several into one file are not.
func parseReports(list []string) (reportFiles, error) {
	var out reportFiles
	for _, text := range list {
		kind, path, ok := strings.Cut(text, "=")
		switch {
		case !ok || path == "":
			return nil, fmt.Errorf("--report %s: want KIND=FILE, such as junit=results.xml", text)
		case !slices.Contains(report.Kinds(), kind):
			return nil, fmt.Errorf("--report %s: no such kind of report; there are %s", kind, strings.Join(report.Kinds(), ", "))
		}
		for _, r := range out {
			if r.path == path {
				return nil, fmt.Errorf("--report %s=%s: the report %s goes there already", kind, path, r.kind)
			}
		}
		out = append(out, reportFile{kind, path})
	}
	return out, nil
}

// toStdout reports whether one of them is written to standard output.
func (l reportFiles) toStdout() bool {
	return slices.ContainsFunc(l, func(r reportFile) bool { return r.path == "-" })
}

// write writes them; one that cannot be does not keep others from it.
func (l reportFiles) write(stdout io.Writer, sum *scenarios.Summary) error {
	var errs []error
	for _, r := range l {
		var err error
		if r.path == "-" {
			err = report.Write(r.kind, stdout, sum)
		} else {
			err = report.WriteFile(r.kind, r.path, sum)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("report %s: %w", r.kind, err))
		}
	}
	return errors.Join(errs...)
}

// beside is where progress goes: to standard error where a report has standard
// output.
func (a *app) beside(reports reportFiles) *app {
	if !reports.toStdout() {
		return a
	}
	b := *a
	b.out, b.colour = a.err, wantsColour(a.err)
	return &b
}
