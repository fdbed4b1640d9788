package afc

import "github.com/plugfest/plugfest/wire/afc"

// directory is an open directory enumerator: the names that were there when it
// was opened. That it is read in pieces, and ends with an empty one, is
// inferred.
type directory struct{ names []string }

// dirPiece is how many bytes of names one read gives, or one name.
const dirPiece = 16 << 10

func (s *server) dirOpen() error {
	if len(s.handles)+len(s.dirs) >= s.o.MaxHandles {
		return s.fail(afc.StatusNoResources)
	}
	names, err := s.root.ReadDir(s.req.Path)
	if err != nil {
		return s.fail(err)
	}
	s.last++
	s.dirs[s.last] = &directory{names: append([]string{".", ".."}, names...)}
	return s.value(s.last, afc.AppendDirOpened)
}

func (s *server) dirRead() error {
	d := s.dirs[s.req.Handle]
	if d == nil {
		return s.fail(afc.StatusInvalidArgument)
	}
	var b []byte
	for len(d.names) > 0 && (len(b) == 0 || len(b)+len(d.names[0]) < dirPiece) {
		b = afc.AppendStrings(b, d.names[0])
		d.names = d.names[1:]
	}
	return s.data(b)
}

func (s *server) dirClose() afc.Status {
	if s.dirs[s.req.Handle] == nil {
		return afc.StatusInvalidArgument
	}
	delete(s.dirs, s.req.Handle)
	return afc.StatusSuccess
}
