package pages_test

import (
	"encoding"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
	"github.com/plugfest/plugfest/sim"
)

// Tables of settings stand below a marker such as
//
//	<!-- keys: phone timing -->
//
// and have a row for each key of that struct: its name, type, default, and what
// it is. -update writes them anew and keeps what people wrote in the last
// column; a new key gets the comment of its field. Below
//
//	<!-- files: phone/personas -->
//
// stands a row for each file of that directory, with the comment it begins with.
const personasPage = "doc/personas.md"

var (
	marker = regexp.MustCompile(`(?m)^<!-- (keys|files): (.+) -->$`)
	row    = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]* \\| [^|]* \\| (.*) \\|$")
)

// A table is one struct of a persona or model.
type table struct {
	name  string // "phone apps[] carlife"
	value reflect.Value
}

// tables lists the structs of v, itself first.
func tables(name string, v reflect.Value) []table {
	list := []table{{name, v}}
	for i := range v.NumField() {
		f, key := v.Field(i), yamlKey(v.Type().Field(i))
		switch {
		case f.Kind() == reflect.Struct:
			list = append(list, tables(name+" "+key, f)...)
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct:
			list = append(list, tables(name+" "+key+"[]", reflect.Zero(f.Type().Elem()))...)
		}
	}
	return list
}

func yamlKey(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return key
}

func settingsTables(t *testing.T) []table {
	persona, err := phone.LoadPersona(phone.DefaultPersona)
	require.NoError(t, err)
	model, err := headunit.LoadModel(headunit.DefaultModel)
	require.NoError(t, err)
	return append(tables("phone", reflect.ValueOf(persona)), tables("headunit", reflect.ValueOf(model))...)
}

func TestTablesOfSettingsAreComplete(t *testing.T) {
	page := read(t, personasPage)
	parts := marker.Split(page, -1)
	heads := marker.FindAllStringSubmatch(page, -1)
	want := parts[0]
	done := map[string]bool{}
	byName := map[string]reflect.Value{}
	for _, tb := range settingsTables(t) {
		byName[tb.name] = tb.value
	}
	for i, head := range heads {
		kind, name := head[1], head[2]
		old, rest, _ := strings.Cut(strings.TrimLeft(parts[i+1], "\n"), "\n\n")
		if !strings.HasPrefix(old, "|") {
			old, rest = "", parts[i+1]
		}
		done[name] = true
		v, ok := byName[name]
		now := ""
		switch {
		case kind == "files":
			now = filesTable(t, name)
		case ok:
			now = settingsTable(t, v, old)
		default:
			t.Errorf("%s: there are no keys of %s", personasPage, name)
		}
		want += head[0] + "\n\n" + now + "\n" + strings.TrimLeft(rest, "\n")
	}
	for _, tb := range settingsTables(t) {
		if !done[tb.name] && hasKeys(tb.value) {
			t.Errorf("%s lacks the keys of %q: put <!-- keys: %s --> where they belong and run go test ./internal/pages -update", personasPage, tb.name, tb.name)
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(filepath.Join(root, personasPage), []byte(want), 0o644))
		page = want
	}
	if page != want {
		t.Errorf("%s: a table of settings is not as the code has it: run go test ./internal/pages -update, and look at what is new", personasPage)
	}
	require.NotContains(t, want, "TODO")
}

// filesTable lists the YAML files of a directory, with the comment at the top.
func filesTable(t *testing.T, dir string) string {
	files, err := filepath.Glob(filepath.Join(root, dir, "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var b strings.Builder
	b.WriteString("| name | what it is |\n|---|---|\n")
	for _, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		var about []string
		for _, l := range strings.Split(string(text), "\n") {
			if !strings.HasPrefix(l, "#") {
				break
			}
			about = append(about, strings.TrimPrefix(l, "#"))
		}
		fmt.Fprintf(&b, "| [`%s`](../%s/%s) | %s |\n",
			strings.TrimSuffix(filepath.Base(path), ".yaml"), dir, filepath.Base(path), cell(strings.Join(about, " ")))
	}
	return b.String()
}

// settingsTable makes the table of a struct; old is the one that stands there.
func settingsTable(t *testing.T, v reflect.Value, old string) string {
	text := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(old, -1) {
		text[m[1]] = m[2]
	}
	var b strings.Builder
	b.WriteString("| key | type | default | what it is |\n|---|---|---|---|\n")
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !isKey(f) {
			continue
		}
		key := yamlKey(f)
		what, ok := text[key]
		if !ok {
			what = cell(comment(t, v.Type(), f.Name))
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s |\n", key, typeWord(f.Type), defaultText(key, v.Field(i)), what)
	}
	return b.String()
}

func isKey(f reflect.StructField) bool {
	return f.IsExported() && f.Type.Kind() != reflect.Struct &&
		(f.Type.Kind() != reflect.Slice || f.Type.Elem().Kind() != reflect.Struct)
}

func hasKeys(v reflect.Value) bool {
	for i := range v.NumField() {
		if isKey(v.Type().Field(i)) {
			return true
		}
	}
	return false
}

func typeWord(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "time"
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return "text"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "bool"
	case reflect.String:
		return "text"
	case reflect.Slice:
		return "list of " + typeWord(t.Elem()) + "s"
	case reflect.Pointer:
		return typeWord(t.Elem())
	}
	return "number"
}

// hexKeys are numbers that everybody writes in hexadecimal.
var hexKeys = map[string]bool{"vendor-id": true, "product-id": true, "release": true, "unknown-message": true, "address": true}

func defaultText(key string, v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		s := x.String()
		if strings.HasSuffix(s, "m0s") {
			s = strings.TrimSuffix(s, "0s")
		}
		return s
	case encoding.TextMarshaler:
		b, _ := x.MarshalText()
		return string(b)
	case string:
		if x == "" {
			return `""`
		}
		return x
	}
	switch {
	case v.Kind() == reflect.Slice:
		var all []string
		for i := range v.Len() {
			all = append(all, defaultText(key, v.Index(i)))
		}
		return "[" + strings.Join(all, ", ") + "]"
	case v.Kind() == reflect.Pointer && v.IsNil():
		return "~"
	case hexKeys[key] && v.Uint() != 0:
		return fmt.Sprintf("0x%04X", v.Uint())
	}
	return fmt.Sprint(v.Interface())
}

// comment is what the source says of a field.
func comment(t *testing.T, typ reflect.Type, field string) string {
	dir := filepath.Join(root, strings.TrimPrefix(typ.PkgPath(), "github.com/plugfest/plugfest/"))
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		found := ""
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != typ.Name() {
				return true
			}
			st, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			for _, f := range st.Fields.List {
				for _, id := range f.Names {
					if id.Name == field {
						found = f.Doc.Text() + f.Comment.Text()
					}
				}
			}
			return false
		})
		if found != "" {
			return found
		}
	}
	return ""
}

// The tables of chip and cable settings, which only the bench knows, name every
// key that it knows. An error of the bench lists them.
func TestChipAndCableSettingsAreComplete(t *testing.T) {
	page := read(t, "doc/scenarios.md")
	for _, part := range []struct{ settings, prefix string }{
		{"chip: {zzz: 1}", ""},
		{"chip: {faults: {zzz: 1}}", "faults."},
		{"cable: {zzz: 1}", ""},
		{"cable: {from-phone: {zzz: 1}}", ""},
		{"cable: {from-phone: {faults: [{zzz: 1}]}}", ""},
	} {
		_, known, ok := strings.Cut(benchError(t, part.settings), "known: ")
		require.True(t, ok, part.settings)
		known, _, _ = strings.Cut(known, "\n")
		for _, key := range strings.Split(known, ", ") {
			name := part.prefix + key
			if !regexp.MustCompile("(?m)^\\|.*`"+regexp.QuoteMeta(name)+"`.*\\|").MatchString(page) && key != "faults" {
				t.Errorf("doc/scenarios.md: no row for the setting %s of %s", name, part.settings)
			}
		}
	}
}

func benchError(t *testing.T, settings string) string {
	s, err := scenarios.Parse("x.yaml", []byte("id: x\ntitle: x\n"+settings+"\nscript: [within 1s phone > usb attach]\n"))
	require.NoError(t, err)
	_, err = bench.New(sim.New(), scenarios.Config{Setup: s.Setup})
	require.Error(t, err, settings)
	return err.Error()
}
