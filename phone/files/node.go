package files

import (
	"path"
	"strings"
	"time"
)

// node is a file, directory or link in memory.
type node struct {
	kind     Kind
	links    int // names; of directories the one it has
	open     int // open files
	modified time.Time
	born     time.Time
	content         // of a regular file
	locks    locks  // of a regular file
	target   string // of a link

	children map[string]*node // of a directory
	parent   *node            // of a directory
}

func (d *disk) newNode(k Kind) *node {
	now := d.now()
	n := &node{kind: k, modified: now, born: now}
	if k == Directory {
		n.children = map[string]*node{}
	}
	return n
}

func (n *node) info(name string) Info {
	i := Info{Name: name, Kind: n.kind, Size: n.size, Links: int64(n.links), ModTime: n.modified, BirthTime: n.born, Target: n.target}
	switch n.kind {
	case Regular:
		i.Blocks = n.held / 512
	case Directory:
		i.Links = int64(len(n.children)) + 2
		i.Size = 32 * i.Links
	case SymbolicLink:
		i.Size = int64(len(n.target))
	}
	return i
}

// put gives n a name in directory d.
func (d *node) put(name string, n *node, now time.Time) {
	d.children[name] = n
	d.modified = now
	n.links++
	if n.kind == Directory {
		n.parent = d
	}
}

// drop takes a name away, and with the last one the file.
func (d *disk) drop(dir *node, name string) {
	n := dir.children[name]
	delete(dir.children, name)
	dir.modified = d.now()
	n.links--
	d.release(n)
}

// release frees the space of a file that nobody can reach any more.
func (d *disk) release(n *node) {
	if n.links == 0 && n.open == 0 {
		d.give(-n.held)
		n.content = content{}
	}
}

// below reports whether d is top or lies below it.
func (d *node) below(top *node) bool {
	for ; d != nil; d = d.parent {
		if d == top {
			return true
		}
	}
	return false
}

// place is where a name leads: to node, the child base of dir. The root has no
// dir; where nothing stands, there is no node.
type place struct {
	dir  *node
	base string
	node *node
}

// maxHops is how many symbolic links a name may lead through. Source: Darwin's
// MAXSYMLINKS.
const maxHops = 32

// walk finds a name. The directory of its last part must be there. With follow,
// a link at the end is followed.
func (m *Memory) walk(name string, follow bool) (at place, clean string, err error) {
	if clean, err = Clean(name); err != nil {
		return at, clean, err
	}
	dir, rest, hops := m.root, clean, 0
	at = place{node: m.root}
	for rest != "" {
		part, after, more := strings.Cut(rest, "/")
		rest = after
		switch part {
		case "", ".":
			continue
		case "..": // from a link
			if dir == m.root {
				return at, clean, ErrPermission
			}
			dir = dir.parent
			at = place{node: dir}
			continue
		}
		next := dir.children[part]
		at = place{dir, part, next}
		switch {
		case next == nil && more:
			return at, clean, ErrNotExist
		case next == nil:
			return at, clean, nil
		case next.kind == Directory:
			dir = next
		case next.kind == SymbolicLink && (more || follow):
			if hops++; hops > maxHops {
				return at, clean, ErrLoop
			}
			if path.IsAbs(next.target) {
				return at, clean, ErrPermission
			}
			if rest = next.target; more {
				rest += "/" + after
			}
			at = place{node: dir}
		case more:
			return at, clean, ErrNotDir
		}
	}
	return at, clean, nil
}

// find finds what stands at a name.
func (m *Memory) find(name string, follow bool) (*node, string, error) {
	at, clean, err := m.walk(name, follow)
	if err == nil && at.node == nil {
		err = ErrNotExist
	}
	return at.node, clean, err
}

func base(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
