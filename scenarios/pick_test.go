package scenarios_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
)

func ids(all []*scenarios.Scenario) (out []string) {
	for _, s := range all {
		out = append(out, s.ID)
	}
	return out
}

func TestPick(t *testing.T) {
	all := []*scenarios.Scenario{
		{ID: "carlife/connect"}, {ID: "carlife/unplug/late"}, {ID: "carlife2/x"}, {ID: "link/lost"},
	}
	dir := t.TempDir()
	one, err := os.ReadFile("testdata/good/sample/small.yaml")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "sub", "empty"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sub", "x.yaml"), one, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sub", "x.txt"), []byte("no"), 0o644))

	for _, c := range []struct {
		args, want []string
	}{
		{nil, []string{"carlife/connect", "carlife/unplug/late", "carlife2/x", "link/lost"}},
		{[]string{"carlife/connect"}, []string{"carlife/connect"}},
		{[]string{"carlife"}, []string{"carlife/connect", "carlife/unplug/late"}},
		{[]string{"carlife/"}, []string{"carlife/connect", "carlife/unplug/late"}},
		{[]string{"carlife/unplug"}, []string{"carlife/unplug/late"}},
		{[]string{"link", "carlife/connect", "carlife"}, []string{"link/lost", "carlife/connect", "carlife/unplug/late"}},
		{[]string{dir, "link"}, []string{"sample/small", "link/lost"}},
		{[]string{filepath.Join(dir, "sub", "x.yaml"), dir}, []string{"sample/small"}},
	} {
		got, err := scenarios.Pick(all, c.args)
		require.NoError(t, err, c.args)
		require.Equal(t, c.want, ids(got), c.args)
	}

	for _, c := range []struct{ arg, want string }{
		{"carlife/conect", "carlife/conect: no scenario, no group of scenarios and no file has this name; did you mean carlife/connect?"},
		{"lost", "lost: no scenario, no group of scenarios and no file has this name; did you mean link/lost?"},
		{"elephants", "elephants: no scenario, no group of scenarios and no file has this name; plugfest run --list shows them"},
		{filepath.Join(dir, "sub", "empty"), filepath.Join(dir, "sub", "empty") + ": no .yaml file in this directory"},
		{filepath.Join(dir, "sub", "x.txt"), "a scenario is a mapping with id, title and script, not the value no"},
	} {
		_, err := scenarios.Pick(all, []string{c.arg})
		require.ErrorContains(t, err, c.want)
	}

	require.NoError(t, os.WriteFile(filepath.Join(dir, "sub", "y.yaml"), one, 0o644))
	_, err = scenarios.Pick(all, []string{dir})
	require.ErrorContains(t, err, "two scenarios are called sample/small: ")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sub", "y.yaml"), []byte("id: A\n"), 0o644))
	_, err = scenarios.Pick(all, []string{dir})
	require.ErrorContains(t, err, "y.yaml:1:1: title is missing")
}

func TestParseFS(t *testing.T) {
	all, err := scenarios.ParseFS(os.DirFS("testdata/good"))
	require.NoError(t, err)
	require.Equal(t, []string{"sample/role-switch", "sample/should", "sample/small"}, ids(all))

	small, err := os.ReadFile("testdata/good/sample/small.yaml")
	require.NoError(t, err)
	all, err = scenarios.ParseFS(fstest.MapFS{
		"sample/small.yaml": {Data: small},
		"sample/other.yaml": {Data: small},
		"sample/bad.yaml":   {Data: []byte("id: [")},
		"README.md":         {Data: []byte("#")},
	})
	require.Equal(t, []string{"sample/small", "sample/small"}, ids(all))
	require.ErrorContains(t, err, "sample/other.yaml: its id is sample/small; want sample/other, or another name for the file")
	require.ErrorContains(t, err, "sample/bad.yaml:")
}

// Every built-in scenario is a conformance case.
func TestBuiltin(t *testing.T) {
	all, err := scenarios.Builtin()
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, s := range all {
		require.Empty(t, s.Incomplete(), "%s lacks it", s.ID)
		for _, step := range s.Script {
			if u, ok := step.(scenarios.Unordered); ok {
				for _, p := range u.Events {
					again, err := scenarios.ParsePattern(p.String())
					require.NoError(t, err)
					require.Equal(t, p, again)
				}
				continue
			}
			again, err := scenarios.ParseStep(step.String())
			require.NoError(t, err, step)
			require.Equal(t, step, again)
		}
		require.False(t, seen[s.ID], "%s is there twice", s.ID)
		seen[s.ID] = true
		require.Equal(t, "plugfest run "+s.ID+" --seed 1", scenarios.Trial{Scenario: s, Seed: 1}.Command(false))
	}
}

// Whoever takes scenarios out of the catalogue takes them out of his own.
func TestBuiltinIsEverybodysOwn(t *testing.T) {
	all, err := scenarios.Builtin()
	require.NoError(t, err)
	clear(all)
	again, err := scenarios.Builtin()
	require.NoError(t, err)
	require.NotContains(t, again, (*scenarios.Scenario)(nil))
}
