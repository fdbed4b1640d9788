// Package preset reads devices that are data: YAML files embedded in a package,
// each of which says only where it differs from the default one.
package preset

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A Set is the embedded presets of one kind of device.
type Set[T any] struct {
	FS      fs.FS // holds Dir
	Dir     string
	Noun    string // "phone: persona", for errors
	Default string // name of the preset that the others start from
	Check   func(*T) error
}

// Names lists the presets.
func (s *Set[T]) Names() []string {
	files, _ := fs.Glob(s.FS, s.Dir+"/*.yaml")
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".yaml")
	}
	return files
}

// Load returns the preset of that name.
func (s *Set[T]) Load(name string) (T, error) {
	var zero T
	data, err := fs.ReadFile(s.FS, s.Dir+"/"+name+".yaml")
	if err != nil {
		return zero, fmt.Errorf("%s: there is no %q; there are %s", s.Noun, name, strings.Join(s.Names(), ", "))
	}
	return s.Parse(data)
}

// Parse reads one from YAML. What it leaves out is as in the default preset;
// unknown keys are refused.
func (s *Set[T]) Parse(data []byte) (T, error) {
	var v T
	base, err := fs.ReadFile(s.FS, s.Dir+"/"+s.Default+".yaml")
	if err != nil {
		return v, err
	}
	if err := s.Overlay(&v, base); err != nil {
		return v, err
	}
	return v, s.Overlay(&v, data)
}

// Overlay sets in v what the YAML names and leaves the rest. A list replaces the
// whole list. Nothing but white space changes nothing.
func (s *Set[T]) Overlay(v *T, data []byte) error {
	if len(strings.TrimSpace(string(data))) == 0 {
		return nil
	}
	if err := yaml.Load(data, v, yaml.WithKnownFields()); err != nil {
		return fmt.Errorf("%s: %w", s.Noun, err)
	}
	return s.Check(v)
}
