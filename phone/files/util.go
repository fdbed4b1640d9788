package files

import (
	"errors"
	"io"
)

// MkdirAll makes a directory and what is missing above it. A directory that is
// there is fine; anything else in the way is [ErrExist].
func MkdirAll(t Tree, name string) error {
	name, err := Clean(name)
	if err != nil || name == "" {
		return err
	}
	err = t.Mkdir(name)
	switch {
	case errors.Is(err, ErrNotExist):
		if err := MkdirAll(t, name[:max(len(name)-len(base(name))-1, 0)]); err != nil {
			return err
		}
		return t.Mkdir(name)
	case errors.Is(err, ErrNotDir):
		return fail("make directory", name, ErrExist)
	case errors.Is(err, ErrExist):
		if _, notDir := t.ReadDir(name); notDir == nil {
			return nil
		}
	}
	return err
}

// RemoveAll removes what stands at name and everything below. It is an error if
// nothing stands there; the root stays.
func RemoveAll(t Tree, name string) error {
	name, err := Clean(name)
	if err != nil {
		return err
	}
	if name == "" {
		return t.Remove(name)
	}
	i, err := t.Lstat(name)
	if err != nil {
		return err
	}
	if i.Kind == Directory {
		names, err := t.ReadDir(name)
		if err != nil {
			return err
		}
		for _, n := range names {
			if err := RemoveAll(t, join(name, n)); err != nil {
				return err
			}
		}
	}
	return t.Remove(name)
}

// Walk calls fn for what stands at name and everything below: a directory
// before what it holds, and names in ascending order. Links are not followed.
// The first error ends the walk.
func Walk(t Tree, name string, fn func(name string, i Info) error) error {
	name, err := Clean(name)
	if err != nil {
		return err
	}
	i, err := t.Lstat(name)
	if err != nil {
		return err
	}
	if err := fn(name, i); err != nil || i.Kind != Directory {
		return err
	}
	names, err := t.ReadDir(name)
	if err != nil {
		return err
	}
	for _, n := range names {
		if err := Walk(t, join(name, n), fn); err != nil {
			return err
		}
	}
	return nil
}

// ReadFile returns what a file holds. It is for small files.
func ReadFile(t Tree, name string) ([]byte, error) {
	f, err := t.Open(name, Read)
	if err != nil {
		return nil, err
	}
	i, err := f.Stat()
	var data []byte
	if err == nil {
		data = make([]byte, i.Size)
		var n int
		n, err = f.ReadAt(data, 0)
		data = data[:n]
		if err == io.EOF {
			err = nil
		}
	}
	return data, errors.Join(err, f.Close())
}

// WriteFile makes a file that holds data, whatever it held before.
func WriteFile(t Tree, name string, data []byte) error {
	f, err := t.Open(name, Write|Create|Truncate)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data, 0)
	return errors.Join(err, f.Close())
}
