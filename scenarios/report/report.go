package report

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/plugfest/plugfest/scenarios"
)

// A format writes a summary.
type format struct {
	kind  string
	write func(io.Writer, *scenarios.Summary) error
}

var formats = []format{
	{"html", HTML},
	{"jsonl", JSONL},
	{"junit", JUnit},
	{"md", Markdown},
	{"tap", TAP},
}

// Kinds lists the formats by name.
func Kinds() []string {
	var kinds []string
	for _, f := range formats {
		kinds = append(kinds, f.kind)
	}
	return kinds
}

// Write writes a summary in the format called kind.
func Write(kind string, w io.Writer, s *scenarios.Summary) error {
	f, err := find(kind)
	if err != nil {
		return err
	}
	return f.write(w, s)
}

// WriteFile is Write into a file; - is standard output.
func WriteFile(kind, path string, s *scenarios.Summary) error {
	f, err := find(kind)
	if err != nil {
		return err
	}
	if path == "-" {
		return f.write(os.Stdout, s)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := f.write(file, s); err != nil {
		file.Close()
		return fmt.Errorf("%s: %w", path, err)
	}
	return file.Close()
}

func find(kind string) (format, error) {
	i := slices.IndexFunc(formats, func(f format) bool { return f.kind == kind })
	if i < 0 {
		return format{}, fmt.Errorf("no report of kind %q; there are %s", kind, strings.Join(Kinds(), ", "))
	}
	return formats[i], nil
}

// label names a result among the others: with its seed where there are several.
func label(s *scenarios.Summary, r *scenarios.Result) string {
	for i := range s.Results {
		if s.Results[i].Seed != r.Seed {
			return fmt.Sprintf("%s seed %d", r.Name(), r.Seed)
		}
	}
	return r.Name()
}

// group is the first word of an identity.
func group(id string) string {
	g, _, _ := strings.Cut(id, "/")
	return g
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }

// totals counts the verdicts that there are, best first.
func totals(s *scenarios.Summary) string {
	var parts []string
	for _, v := range scenarios.Verdicts() {
		if n := s.Count(v); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if len(parts) == 0 {
		return "nothing was run"
	}
	return strings.Join(parts, ", ")
}

// bad reports whether a verdict makes a run fail.
func bad(v scenarios.Verdict) bool {
	return v == scenarios.Fail || v == scenarios.Invalid || v == scenarios.Broken
}

// errWriter remembers the first error, so that formats need not look at each.
type errWriter struct {
	w   io.Writer
	err error
}

func (e *errWriter) printf(format string, args ...any) {
	if e.err == nil {
		_, e.err = fmt.Fprintf(e.w, format, args...)
	}
}
