package pages_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

var update = flag.Bool("update", false, "write the generated pages anew")

const root = "../.."

// handWritten lists the pages that people write, relative to the root.
func handWritten(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(root, "doc", "*.md"))
	require.NoError(t, err)
	decisions, err := filepath.Glob(filepath.Join(root, "doc", "decisions", "*.md"))
	require.NoError(t, err)
	list := []string{"README.md", "CONTRIBUTING.md"}
	for _, p := range append(pages, decisions...) {
		name, err := filepath.Rel(root, p)
		require.NoError(t, err)
		if name = filepath.ToSlash(name); generated[name] == nil {
			list = append(list, name)
		}
	}
	return list
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(text)
}

// generated are the pages that no one writes.
var generated = map[string]func(*testing.T) []byte{
	"doc/iap2-messages.md": func(*testing.T) []byte { return control.Markdown() },
	"doc/catalogue.md":     catalogue,
}

func TestGeneratedPagesAreCurrent(t *testing.T) {
	for name, page := range generated {
		want := page(t)
		if *update {
			require.NoError(t, os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), want, 0o644))
		}
		if string(want) != read(t, name) {
			t.Errorf("%s is not what is generated now: run go test ./internal/pages -update", name)
		}
	}
}

// catalogue is the page of the built-in scenarios.
func catalogue(t *testing.T) []byte {
	all, err := scenarios.Builtin()
	require.NoError(t, err)
	mutants := 0
	for _, s := range all {
		mutants += len(s.Mutants)
	}
	b := fmt.Appendf(nil, "# The built-in scenarios\n\n"+
		"Generated from `scenarios/catalogue`: %d scenarios with %d mutants. Role is the endpoint under test. A requirement that is a *should* gives "+
		"`pass-nonstrict` where it is not met. [sources.md](sources.md) says what the sources are; *inferred* means that no public source states it.\n",
		len(all), mutants)
	group := ""
	for _, s := range all {
		if g, _, _ := strings.Cut(s.ID, "/"); g != group {
			group = g
			b = fmt.Appendf(b, "\n## %s\n\n| case | what | requirement | role | level | source |\n|---|---|---|---|---|---|\n", group)
		}
		b = fmt.Appendf(b, "| [`%s`](../scenarios/catalogue/%s.yaml) | %s | %s | %s | %s | %s |\n",
			s.ID, s.ID, cell(s.Title), cell(s.Requirement), s.Role, s.Level, cell(s.Source))
	}
	return b
}

// cell keeps a text from breaking its table.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}
