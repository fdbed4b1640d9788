package rooms

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// inWorlds are the directories whose code runs inside worlds. sim itself is the
// world: it has the door, and the clock.
var inWorlds = []string{"wire", "sim/usb", "sim/trace", "sim/session", "mfi", "phone", "headunit"}

// outside says which files work outside of the world on purpose, and why.
var outside = map[string]string{
	"headunit/muxd/directory.go": "pair records are files, which several worlds may share",
	"headunit/muxd/memory.go":    "pair records that several worlds may share",
}

// rule returns what a node does that no code inside a world may do, or "".
func rule(n ast.Node, imports map[string]string) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "starts a goroutine: use World.Go"
	case *ast.SelectStmt:
		return "selects on channels: use a sim.Cond"
	case *ast.SelectorExpr:
		x, ok := n.X.(*ast.Ident)
		if !ok {
			return ""
		}
		switch path := imports[x.Name]; {
		case path == "time" && (n.Sel.Name == "Now" || n.Sel.Name == "Sleep" || n.Sel.Name == "After" || n.Sel.Name == "NewTimer" || n.Sel.Name == "Since"):
			return "asks the machine's clock: use World.Now, World.Sleep"
		case path == "math/rand/v2" && ast.IsExported(n.Sel.Name) && !strings.HasPrefix(n.Sel.Name, "New") && globalRand[n.Sel.Name]:
			return "draws from the global source: use World.Rand"
		case path == "crypto/rand":
			return "draws randomness that no seed gives: use World.Bytes"
		}
	}
	return ""
}

// globalRand are the functions of math/rand/v2 that draw from its global source.
var globalRand = map[string]bool{"Int": true, "IntN": true, "Int32": true, "Int32N": true, "Int64": true, "Int64N": true,
	"Uint": true, "UintN": true, "Uint32": true, "Uint32N": true, "Uint64": true, "Uint64N": true, "N": true,
	"Float32": true, "Float64": true, "ExpFloat64": true, "NormFloat64": true, "Perm": true, "Shuffle": true}

// breaches lists what a source file does that it must not.
func breaches(t *testing.T, fset *token.FileSet, name string, src any) []string {
	t.Helper()
	f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	require.NoError(t, err)
	imports := map[string]string{}
	var found []string
	for _, i := range f.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		base := strings.TrimSuffix(path, "/v2")
		local := base[strings.LastIndex(base, "/")+1:]
		if i.Name != nil {
			local = i.Name.Name
		}
		imports[local] = path
		switch path {
		case "sync", "sync/atomic", "math/rand":
			found = append(found, fset.Position(i.Pos()).String()+" imports "+path+": inside a world nothing needs a lock, and all randomness has a seed")
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if why := rule(n, imports); n != nil && why != "" {
			found = append(found, fset.Position(n.Pos()).String()+" "+why)
		}
		return true
	})
	return found
}

// Inside a world there is one clock, one runner and one seed.
func TestCodeInsideWorldsKeepsToThem(t *testing.T) {
	fset := token.NewFileSet()
	const root = "../.."
	for _, dir := range inWorlds {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(root, path)
			rel = filepath.ToSlash(rel)
			switch {
			case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), "gen") || strings.HasSuffix(d.Name(), "test")):
				return fs.SkipDir // usbtest, afctest and their like are for tests
			case d.IsDir(), !strings.HasSuffix(path, ".go"), strings.HasSuffix(path, "_test.go"), strings.HasSuffix(path, ".pb.go"), outside[rel] != "":
				return nil
			}
			for _, b := range breaches(t, fset, path, nil) {
				t.Error(b)
			}
			return nil
		})
		require.NoError(t, err)
	}
}

func TestBreachesAreSeen(t *testing.T) {
	const src = `package p
import ("time"; "sync"; "math/rand/v2"; crand "crypto/rand")
var mu sync.Mutex
func f() {
	go f()
	time.Sleep(time.Now().Sub(time.Time{}))
	_ = rand.IntN(3)
	_ = rand.New(rand.NewPCG(1, 2)).IntN(3)
	crand.Read(nil)
	select {}
}`
	require.Len(t, breaches(t, token.NewFileSet(), "p.go", src), 7)
}
