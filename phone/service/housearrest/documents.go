package housearrest

import (
	"strings"

	"github.com/plugfest/plugfest/phone/files"
)

// documents is the part of a container that an app shares: the directory Documents,
// which is all that the root shows.
type documents struct{ files.Guard }

const shared = "Documents"

func newDocuments(container files.Tree) *documents {
	return &documents{files.Guard{Tree: container, Allow: allow}}
}

func allow(name string, change bool) bool {
	switch {
	case strings.HasPrefix(name, shared+"/"):
		return true
	case name == "", name == shared:
		return !change
	}
	return false
}

// ReadDir lists a directory.
func (d *documents) ReadDir(name string) ([]string, error) {
	if clean, err := files.Clean(name); err == nil && clean == "" {
		return []string{shared}, nil
	}
	return d.Guard.ReadDir(name)
}
