package files

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Layout is what a tree is to hold, as data. See [ParseLayout].
type Layout struct {
	Entries []Entry `yaml:"entries"`
}

// Entry is a file, a link or, if nothing says otherwise, a directory. What is
// missing above it is made.
type Entry struct {
	Path     string    `yaml:"path"`
	Text     *string   `yaml:"text"`     // a file of this text; "" is an empty file
	Noise    int64     `yaml:"noise"`    // a file of so many bytes that depend on the path alone
	Zeros    int64     `yaml:"zeros"`    // a file of so many zeros, which take up no space
	Picture  string    `yaml:"picture"`  // a JPEG picture of this size: "160x120"
	Link     string    `yaml:"link"`     // a symbolic link to this target
	Modified time.Time `yaml:"modified"` // zero: the clock of the tree
}

// ParseLayout reads a layout from YAML. Unknown keys are refused.
//
//	entries:
//	  - path: DCIM/100APPLE/IMG_0001.JPG
//	    picture: 160x120
//	    modified: 2025-12-24T18:30:00Z
//	  - path: Downloads
func ParseLayout(data []byte) (Layout, error) {
	var l Layout
	if err := yaml.Load(data, &l, yaml.WithKnownFields()); err != nil {
		return l, fmt.Errorf("files: layout: %w", err)
	}
	for _, e := range l.Entries {
		if err := e.check(); err != nil {
			return l, fmt.Errorf("files: layout: %s: %w", e.Path, err)
		}
	}
	return l, nil
}

func (e *Entry) check() error {
	if clean, err := Clean(e.Path); err != nil || clean == "" {
		return errors.Join(errors.New("needs a path below the root"), err)
	}
	kinds := 0
	for _, is := range []bool{e.Text != nil, e.Noise != 0, e.Zeros != 0, e.Picture != "", e.Link != ""} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds > 1:
		return errors.New("is text, noise, zeros, picture or link, but only one of them")
	case e.Noise < 0 || e.Zeros < 0:
		return errors.New("noise and zeros are numbers of bytes")
	case e.Picture != "":
		_, _, err := pictureSize(e.Picture)
		return err
	case e.Link != "" && !e.Modified.IsZero():
		return errors.New("a link has no time of its own")
	}
	return nil
}

// Build makes in t what the layout says.
func (l Layout) Build(t Tree) error {
	for i := range l.Entries {
		if err := l.Entries[i].build(t); err != nil {
			return err
		}
	}
	// At the end, because making a file changes the time of its directory.
	for _, e := range l.Entries {
		if !e.Modified.IsZero() {
			if err := t.SetModTime(e.Path, e.Modified); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *Entry) build(t Tree) error {
	name, err := Clean(e.Path)
	if err != nil {
		return err
	}
	if err := MkdirAll(t, strings.TrimSuffix(name[:len(name)-len(base(name))], "/")); err != nil {
		return err
	}
	switch {
	case e.Text != nil:
		return WriteFile(t, name, []byte(*e.Text))
	case e.Noise > 0:
		return noise(t, name, e.Noise)
	case e.Zeros > 0:
		return zeros(t, name, e.Zeros)
	case e.Picture != "":
		data, err := picture(name, e.Picture)
		if err != nil {
			return err
		}
		return WriteFile(t, name, data)
	case e.Link != "":
		return t.Symlink(e.Link, name)
	}
	return MkdirAll(t, name)
}

func zeros(t Tree, name string, size int64) error {
	f, err := t.Open(name, Write|Create|Truncate)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Close())
}

func noise(t Tree, name string, size int64) error {
	f, err := t.Open(name, Write|Create|Truncate)
	if err != nil {
		return err
	}
	src := rand.NewChaCha8(sha256.Sum256([]byte(name)))
	buf := make([]byte, min(size, chunkSize))
	for off := int64(0); off < size && err == nil; off += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), size-off)]
		_, _ = src.Read(buf)
		_, err = f.WriteAt(buf, off)
	}
	return errors.Join(err, f.Close())
}
