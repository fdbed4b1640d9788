package files

import (
	"path"
	"time"
)

// Guard is a tree of which only a part may be used. What Allow refuses fails
// with [ErrPermission], whether it is there or not. Names are judged by their
// text; a symbolic link cannot be made to something that is refused.
type Guard struct {
	Tree
	// Allow reports whether a name (in the form of Clean) may be looked at, or
	// changed.
	Allow func(name string, change bool) bool
}

// ReadOnly guards a tree against any change.
func ReadOnly(t Tree) Tree {
	return &Guard{t, func(_ string, change bool) bool { return !change }}
}

func (g *Guard) check(op, name string, change bool) error {
	clean, err := Clean(name)
	if err == nil && !g.Allow(clean, change) {
		err = fail(op, clean, ErrPermission)
	}
	return err
}

// Lstat describes what stands at name.
func (g *Guard) Lstat(name string) (Info, error) {
	if err := g.check("stat", name, false); err != nil {
		return Info{}, err
	}
	return g.Tree.Lstat(name)
}

// ReadDir lists a directory.
func (g *Guard) ReadDir(name string) ([]string, error) {
	if err := g.check("list", name, false); err != nil {
		return nil, err
	}
	return g.Tree.ReadDir(name)
}

// Open opens a regular file.
func (g *Guard) Open(name string, flag Flag) (File, error) {
	if err := g.check("open", name, flag&^Read != 0); err != nil {
		return nil, err
	}
	return g.Tree.Open(name, flag)
}

// Mkdir makes a directory.
func (g *Guard) Mkdir(name string) error {
	if err := g.check("make directory", name, true); err != nil {
		return err
	}
	return g.Tree.Mkdir(name)
}

// Remove removes a file, a link or an empty directory.
func (g *Guard) Remove(name string) error {
	if err := g.check("remove", name, true); err != nil {
		return err
	}
	return g.Tree.Remove(name)
}

// Rename moves what stands at from.
func (g *Guard) Rename(from, to string) error {
	for _, name := range []string{from, to} {
		if err := g.check("rename", name, true); err != nil {
			return err
		}
	}
	return g.Tree.Rename(from, to)
}

// Link gives a file a second name.
func (g *Guard) Link(target, name string) error {
	for _, name := range []string{target, name} {
		if err := g.check("link", name, true); err != nil {
			return err
		}
	}
	return g.Tree.Link(target, name)
}

// Symlink makes a symbolic link.
func (g *Guard) Symlink(target, name string) error {
	if err := g.check("make link", name, true); err != nil {
		return err
	}
	if err := g.check("make link", path.Join("/", name, "..", target), false); err != nil {
		return err
	}
	return g.Tree.Symlink(target, name)
}

// SetModTime sets the time of the last modification.
func (g *Guard) SetModTime(name string, t time.Time) error {
	if err := g.check("set time", name, true); err != nil {
		return err
	}
	return g.Tree.SetModTime(name, t)
}

// Sub returns the tree below a directory, guarded in the same way.
func (g *Guard) Sub(dir string) (Tree, error) {
	if err := g.check("sub", dir, false); err != nil {
		return nil, err
	}
	clean, _ := Clean(dir)
	sub, err := g.Tree.Sub(dir)
	if err != nil {
		return nil, err
	}
	return &Guard{sub, func(name string, change bool) bool { return g.Allow(join(clean, name), change) }}, nil
}
