package lab

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// A moduleTree is what modules.dep and modules.builtin of one kernel say.
type moduleTree struct {
	files   map[string]string   // name to file
	needs   map[string][]string // file to files that must be loaded before
	builtin map[string]bool
}

// moduleName is the name under which the kernel knows a module's file.
func moduleName(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// readModules reads the lists in a directory such as /lib/modules/6.1.0-56-amd64.
func readModules(dir fs.FS) (*moduleTree, error) {
	dep, err := fs.ReadFile(dir, "modules.dep")
	if err != nil {
		return nil, err
	}
	t := &moduleTree{files: map[string]string{}, needs: map[string][]string{}, builtin: map[string]bool{}}
	for line := range strings.Lines(string(dep)) {
		file, needs, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		t.files[moduleName(file)] = file
		t.needs[file] = strings.Fields(needs)
	}
	builtin, _ := fs.ReadFile(dir, "modules.builtin") // a kernel without it has everything in modules
	for line := range strings.Lines(string(builtin)) {
		t.builtin[moduleName(strings.TrimSpace(line))] = true
	}
	return t, nil
}

// order lists the files to load for these modules, what they need first, each
// once.
func (t *moduleTree) order(names ...string) ([]string, error) {
	var out []string
	seen := map[string]bool{}
	var add func(file string)
	add = func(file string) {
		if seen[file] {
			return
		}
		seen[file] = true
		needs := t.needs[file]
		for i := len(needs) - 1; i >= 0; i-- { // depmod lists the last to load first
			add(needs[i])
		}
		out = append(out, file)
	}
	for _, name := range names {
		name = strings.ReplaceAll(name, "-", "_")
		file, ok := t.files[name]
		switch {
		case ok:
			add(file)
		case !t.builtin[name]:
			return nil, fmt.Errorf("lab: the kernel has no module %s", name)
		}
	}
	return out, nil
}
