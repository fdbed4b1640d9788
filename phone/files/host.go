package files

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"time"
)

// Host is a tree over a directory of this machine. No name and no symbolic
// link leads out of it. What is free is what [Options] say, less what files
// grow; the clock and the block size of times and listings are the machine's.
//
// Only regular files are opened; what else lies in the directory is listed and
// described.
type Host struct {
	store *store
	root  *os.Root
}

var (
	_ Tree   = (*Host)(nil)
	_ Filler = (*Host)(nil)
)

// store is what a tree and its sub-trees share.
type store struct {
	quota
	locked []*hostLock
	roots  []*os.Root
}

type hostLock struct {
	file fs.FileInfo
	locks
}

// NewHost opens a directory as a tree. Close it at the end.
func NewHost(dir string, o Options) (*Host, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Host{store: &store{quota: newQuota(o), roots: []*os.Root{root}}, root: root}, nil
}

// Close gives up the directory, for its sub-trees too.
func (h *Host) Close() error {
	var first error
	for _, r := range h.store.roots {
		if err := r.Close(); first == nil {
			first = err
		}
	}
	h.store.roots = nil
	return first
}

// Space tells what is free.
func (h *Host) Space() Space { return h.store.Space }

// SetFree sets what is free.
func (h *Host) SetFree(bytes int64) { h.store.SetFree(bytes) }

// dot is how package os calls the root.
func dot(name string) string {
	if name == "" {
		return "."
	}
	return name
}

// with runs an operation on a cleaned name and puts its error in our words.
func with(op, name string, fn func(clean string) error) error {
	clean, err := Clean(name)
	if err != nil {
		return err
	}
	return fail(op, clean, translate(fn(dot(clean))))
}

// Sub returns the tree below a directory.
func (h *Host) Sub(dir string) (Tree, error) {
	var sub *Host
	err := with("sub", dir, func(name string) error {
		r, err := h.root.OpenRoot(name)
		if err != nil {
			return err
		}
		h.store.roots = append(h.store.roots, r)
		sub = &Host{store: h.store, root: r}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// Lstat describes what stands at name.
func (h *Host) Lstat(name string) (i Info, err error) {
	return i, with("stat", name, func(name string) error {
		fi, err := h.root.Lstat(name)
		if err != nil {
			return err
		}
		i = hostInfo(fi)
		if i.Kind == SymbolicLink {
			i.Target, err = h.root.Readlink(name)
		}
		if name == "." {
			i.Name = ""
		}
		return err
	})
}

// ReadDir lists a directory.
func (h *Host) ReadDir(name string) (names []string, err error) {
	return names, with("list", name, func(name string) error {
		fi, err := h.root.Stat(name) // opening a pipe would wait for its other end
		if err != nil {
			return err
		}
		if !fi.IsDir() {
			return ErrNotDir
		}
		d, err := h.root.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = d.Close() }()
		names, err = d.Readdirnames(-1)
		slices.Sort(names)
		return err
	})
}

// Mkdir makes a directory.
func (h *Host) Mkdir(name string) error {
	return with("make directory", name, func(name string) error { return h.root.Mkdir(name, 0o755) })
}

// Remove removes a file, a link or an empty directory.
func (h *Host) Remove(name string) error {
	return with("remove", name, func(name string) error {
		if name == "." {
			return ErrPermission
		}
		freed := h.lastName(name)
		err := h.root.Remove(name)
		if err == nil {
			h.store.give(-freed)
		}
		return err
	})
}

// lastName returns how much space a file gives back when it loses this name.
func (h *Host) lastName(name string) int64 {
	fi, err := h.root.Lstat(name)
	if err != nil || !fi.Mode().IsRegular() || hostInfo(fi).Links > 1 {
		return 0
	}
	return h.store.round(fi.Size())
}

// Rename moves what stands at from.
func (h *Host) Rename(from, to string) error {
	clean, err := Clean(to)
	if err != nil {
		return err
	}
	return with("rename", from, func(from string) error {
		if from == "." || clean == "" {
			return ErrPermission
		}
		freed := h.lastName(clean)
		if from == clean {
			freed = 0
		}
		err := h.root.Rename(from, clean)
		if errors.Is(err, fs.ErrExist) {
			err = h.replace(from, clean)
		}
		if err == nil {
			h.store.give(-freed)
		}
		return err
	})
}

// below reports whether dir is one of the directories that name lies in. It asks
// the file system, since links lead to one directory by many names.
func (h *Host) below(dir fs.FileInfo, name string) bool {
	top, err := h.root.Stat(".")
	if err != nil {
		return false
	}
	for up := path.Dir(name); ; up += "/.." {
		in, err := h.root.Stat(up)
		if err != nil || os.SameFile(in, top) {
			return false
		}
		if os.SameFile(in, dir) {
			return true
		}
	}
}

// replace moves a directory to where an empty one stands, which package os
// refuses to do.
func (h *Host) replace(from, to string) error {
	old, err := h.root.Lstat(from)
	if err != nil {
		return err
	}
	stands, err := h.root.Lstat(to)
	switch {
	case err != nil:
		return err
	case os.SameFile(old, stands):
		return nil
	case !old.IsDir():
		return ErrIsDir
	case h.below(old, to):
		return ErrInvalid
	}
	if err := h.root.Remove(to); err != nil {
		return err
	}
	if err := h.root.Rename(from, to); err != nil {
		return errors.Join(err, h.root.Mkdir(to, 0o755))
	}
	return nil
}

// Link gives a file a second name.
func (h *Host) Link(target, name string) error {
	clean, err := Clean(name)
	if err != nil {
		return err
	}
	return with("link", target, func(target string) error { return h.root.Link(target, dot(clean)) })
}

// Symlink makes a symbolic link.
func (h *Host) Symlink(target, name string) error {
	return with("make link", name, func(name string) error {
		if err := checkTarget(target); err != nil {
			return err
		}
		return h.root.Symlink(target, name)
	})
}

// SetModTime sets the time of the last modification.
func (h *Host) SetModTime(name string, t time.Time) error {
	return with("set time", name, func(name string) error { return h.root.Chtimes(name, time.Time{}, t) })
}

// lockOf returns the locks on a file.
func (s *store) lockOf(fi fs.FileInfo) *hostLock {
	for _, l := range s.locked {
		if os.SameFile(l.file, fi) {
			return l
		}
	}
	l := &hostLock{file: fi}
	s.locked = append(s.locked, l)
	return l
}

// forget drops what nobody holds any more.
func (s *store) forget() {
	s.locked = slices.DeleteFunc(s.locked, func(l *hostLock) bool { return l.none() })
}
