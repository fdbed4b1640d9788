package vectors

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// Every vector is named by a test: one that none reads proves nothing, and a
// misspelt name in a table is a case less.
func TestEveryVectorIsNamedByATest(t *testing.T) {
	names := named(t)
	raw, err := os.ReadFile(filepath.Join(root, "wire/iap2/testdata/iap2.json"))
	require.NoError(t, err)
	var list []struct{ Name string }
	require.NoError(t, json.Unmarshal(raw, &list))
	require.GreaterOrEqual(t, len(list), 77)
	seen := map[string]bool{}
	for _, v := range list {
		require.False(t, seen[v.Name], "%s is there twice", v.Name)
		seen[v.Name] = true
		if !names[v.Name] {
			t.Errorf("%s: no test names this vector", v.Name)
		}
	}
}

// named returns the string literals of the tests of the module, other than of
// this package.
func named(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == "vectors" || d.Name() != ".." && strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					names[s] = true
				}
			}
			return true
		})
		return nil
	}))
	return names
}
