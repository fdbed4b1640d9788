package afc

import (
	"math"
	"time"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/wire/afc"
)

// makeDir makes the missing parents too, and takes a directory that is there.
// Source: pymobiledevice3, whose tests on real phones show both.
func (s *server) makeDir() afc.Status { return s.statusOf(files.MkdirAll(s.root, s.req.Path)) }

func (s *server) remove() afc.Status {
	st := s.statusOf(s.root.Remove(s.req.Path))
	if st == afc.StatusDirNotEmpty && s.o.OldNotEmpty {
		return afc.StatusUnknownError
	}
	return st
}

func (s *server) removeAll() afc.Status { return s.statusOf(files.RemoveAll(s.root, s.req.Path)) }

// makeLink makes a link named NewPath to Path.
func (s *server) makeLink() afc.Status {
	switch s.req.LinkType {
	case afc.HardLink:
		return s.statusOf(s.root.Link(s.req.Path, s.req.NewPath))
	case afc.SymbolicLink:
		return s.statusOf(s.root.Symlink(s.req.Path, s.req.NewPath))
	}
	return afc.StatusInvalidArgument
}

func (s *server) setModTime() afc.Status {
	if s.req.Time > math.MaxInt64 {
		return afc.StatusInvalidArgument
	}
	return s.statusOf(s.root.SetModTime(s.req.Path, time.Unix(0, int64(s.req.Time))))
}

// truncate sets the size of a file that must be there.
func (s *server) truncate() afc.Status {
	if s.req.Size > math.MaxInt64 {
		return afc.StatusInvalidArgument
	}
	f, err := s.root.Open(s.req.Path, files.Write)
	if err != nil {
		return s.statusOf(err)
	}
	defer func() { _ = f.Close() }()
	return s.statusOf(f.Truncate(int64(s.req.Size)))
}
