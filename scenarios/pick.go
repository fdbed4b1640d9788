package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Pick finds the scenarios that arguments of a command line name. An argument
// is the identity of one of all, a prefix of identities that ends before a
// slash (carlife, for carlife/connect and others), a file, or a directory whose
// .yaml files are taken, those in directories below included. Without
// arguments it is all of them. A scenario named twice counts once.
func Pick(all []*Scenario, args []string) ([]*Scenario, error) {
	if len(args) == 0 {
		return all, nil
	}
	var out []*Scenario
	var errs []error
	for _, arg := range args {
		found := pickID(all, arg)
		if len(found) == 0 {
			var err error
			if found, err = pickFiles(all, arg); err != nil {
				errs = append(errs, err)
			}
		}
		out = append(out, found...)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return unique(out)
}

// unique drops repetitions, and refuses different scenarios of one identity.
func unique(in []*Scenario) ([]*Scenario, error) {
	var out []*Scenario
	seen := map[string]*Scenario{}
	for _, s := range in {
		switch was := seen[s.ID]; {
		case was == nil:
			seen[s.ID] = s
			out = append(out, s)
		case was != s && was.File != s.File:
			return nil, fmt.Errorf("two scenarios are called %s: %s and %s", s.ID, was.File, s.File)
		}
	}
	return out, nil
}

func pickID(all []*Scenario, arg string) []*Scenario {
	prefix := strings.TrimSuffix(arg, "/") + "/"
	var out []*Scenario
	for _, s := range all {
		if s.ID == arg || strings.HasPrefix(s.ID, prefix) {
			out = append(out, s)
		}
	}
	return out
}

func pickFiles(all []*Scenario, arg string) ([]*Scenario, error) {
	info, err := os.Stat(arg)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: no scenario, no group of scenarios and no file has this name%s", arg, suggestion(all, arg))
	case err != nil:
		return nil, err
	case !info.IsDir():
		s, err := ParseFile(arg)
		if err != nil {
			return nil, err
		}
		return []*Scenario{s}, nil
	}
	var out []*Scenario
	var errs []error
	err = filepath.WalkDir(arg, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".yaml" {
			return err
		}
		s, err := ParseFile(name)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		out = append(out, s)
		return nil
	})
	if err = errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no .yaml file in this directory", arg)
	}
	return out, nil
}

// suggestion names the identities that look most like arg.
func suggestion(all []*Scenario, arg string) string {
	var ids []string
	for _, s := range all {
		ids = append(ids, s.ID)
	}
	return cmp.Or(meant(arg, ids), "; plugfest run --list shows them")
}

// editDistance counts the letters to change, add or leave out.
func editDistance(a, b string) int {
	a, b = a[:min(len(a), maxID)], b[:min(len(b), maxID)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
