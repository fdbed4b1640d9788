package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed catalogue
var catalogue embed.FS

// Builtin returns the built-in scenarios, sorted by identity. They are read once:
// the slice is yours, what it points to is not.
func Builtin() ([]*Scenario, error) {
	all, err := builtin()
	return slices.Clone(all), err // the caller may sort and filter it
}

var builtin = sync.OnceValues(func() ([]*Scenario, error) {
	sub, err := fs.Sub(catalogue, "catalogue")
	if err != nil {
		return nil, err
	}
	all, err := ParseFS(sub)
	for _, s := range all {
		s.builtin = true
	}
	return all, err
})

// ParseFS reads every .yaml file below the root of a file system, in the order
// of their names. A file must be called after the identity of its scenario:
// carlife/connect.yaml. What could be read is returned beside the error.
func ParseFS(fsys fs.FS) ([]*Scenario, error) {
	var all []*Scenario
	var errs []error
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		s, err := Parse(name, text)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		if want := strings.TrimSuffix(name, ".yaml"); s.ID != want {
			errs = append(errs, fmt.Errorf("%s: its id is %s; want %s, or another name for the file", name, s.ID, want))
		}
		all = append(all, s)
		return nil
	})
	return all, errors.Join(append(errs, err)...)
}
