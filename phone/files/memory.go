package files

import (
	"maps"
	"slices"
	"time"
)

// Memory is a tree in memory. Directories report sizes and link counts as APFS
// does: 32 bytes and one link for each entry, and for two more.
type Memory struct {
	disk *disk
	root *node
}

var (
	_ Tree   = (*Memory)(nil)
	_ Filler = (*Memory)(nil)
)

// disk is what a tree and its sub-trees share.
type disk struct {
	quota
	now func() time.Time
}

// NewMemory makes an empty tree.
func NewMemory(o Options) *Memory {
	d := &disk{quota: newQuota(o), now: o.clock()}
	return &Memory{disk: d, root: d.newNode(Directory)}
}

// Space tells what is free.
func (m *Memory) Space() Space { return m.disk.Space }

// SetFree sets what is free.
func (m *Memory) SetFree(bytes int64) { m.disk.SetFree(bytes) }

// Sub returns the tree below a directory.
func (m *Memory) Sub(dir string) (Tree, error) {
	n, name, err := m.find(dir, true)
	if err == nil && n.kind != Directory {
		err = ErrNotDir
	}
	if err != nil {
		return nil, fail("sub", name, err)
	}
	return &Memory{disk: m.disk, root: n}, nil
}

// Lstat describes what stands at name.
func (m *Memory) Lstat(name string) (Info, error) {
	n, name, err := m.find(name, false)
	if err != nil {
		return Info{}, fail("stat", name, err)
	}
	return n.info(base(name)), nil
}

// ReadDir lists a directory.
func (m *Memory) ReadDir(name string) ([]string, error) {
	n, name, err := m.find(name, true)
	if err == nil && n.kind != Directory {
		err = ErrNotDir
	}
	if err != nil {
		return nil, fail("list", name, err)
	}
	return slices.Sorted(maps.Keys(n.children)), nil
}

// Mkdir makes a directory.
func (m *Memory) Mkdir(name string) error {
	return m.add("make directory", name, func() (*node, error) { return m.disk.newNode(Directory), nil })
}

// Symlink makes a symbolic link.
func (m *Memory) Symlink(target, name string) error {
	return m.add("make link", name, func() (*node, error) {
		n := m.disk.newNode(SymbolicLink)
		n.target = target
		return n, checkTarget(target)
	})
}

// Link gives a file a second name.
func (m *Memory) Link(target, name string) error {
	src, target, err := m.walk(target, false)
	if err != nil {
		return fail("link", target, err)
	}
	dst, name, err := m.walk(name, false)
	switch {
	case err != nil:
	case src.node == nil:
		name, err = target, ErrNotExist
	case dst.node != nil:
		err = ErrExist
	case src.node.kind == Directory:
		err = ErrPermission
	default:
		dst.dir.put(dst.base, src.node, m.disk.now())
	}
	return fail("link", name, err)
}

// add puts what create returns at a name where nothing stands yet.
func (m *Memory) add(op, name string, create func() (*node, error)) error {
	at, name, err := m.walk(name, false)
	if err == nil && at.node != nil {
		err = ErrExist
	}
	if err != nil {
		return fail(op, name, err)
	}
	n, err := create()
	if err != nil {
		return fail(op, name, err)
	}
	at.dir.put(at.base, n, m.disk.now())
	return nil
}

// Remove removes a file, a link or an empty directory.
func (m *Memory) Remove(name string) error {
	at, name, err := m.walk(name, false)
	switch {
	case err != nil:
	case at.node == nil:
		err = ErrNotExist
	case at.dir == nil:
		err = ErrPermission
	case len(at.node.children) > 0:
		err = ErrNotEmpty
	default:
		m.disk.drop(at.dir, at.base)
	}
	return fail("remove", name, err)
}

// Rename moves what stands at from.
func (m *Memory) Rename(from, to string) error {
	src, from, err := m.walk(from, false)
	if err != nil {
		return fail("rename", from, err)
	}
	dst, to, err := m.walk(to, false)
	if err != nil {
		return fail("rename", to, err)
	}
	old := dst.node
	switch {
	case src.node == nil:
		err = ErrNotExist
	case src.dir == nil || dst.dir == nil:
		err = ErrPermission
	case src.node == old:
		return nil
	case src.node.kind == Directory && dst.dir.below(src.node):
		err = ErrInvalid
	case old == nil:
	case old.kind == Directory && src.node.kind != Directory:
		err = ErrIsDir
	case old.kind != Directory && src.node.kind == Directory:
		err = ErrNotDir
	case len(old.children) > 0:
		err = ErrNotEmpty
	}
	if err != nil {
		return fail("rename", to, err)
	}
	if old != nil {
		m.disk.drop(dst.dir, dst.base)
	}
	now := m.disk.now()
	delete(src.dir.children, src.base)
	src.dir.modified = now
	src.node.links--
	dst.dir.put(dst.base, src.node, now)
	return nil
}

// SetModTime sets the time of the last modification.
func (m *Memory) SetModTime(name string, t time.Time) error {
	n, name, err := m.find(name, true)
	if err != nil {
		return fail("set time", name, err)
	}
	n.modified = t
	return nil
}
