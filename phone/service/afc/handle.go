package afc

import (
	"math"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/wire/afc"
)

// handle is an open file of a connection.
type handle struct {
	file files.File
	mode afc.OpenMode
	pos  int64

	writer writer // of the write that is passing
}

// handle returns the one that the request names. One that is not open is
// StatusInvalidArgument. Source: pymobiledevice3's tests on real phones.
func (s *server) handle() (*handle, afc.Status) {
	if h := s.handles[s.req.Handle]; h != nil {
		return h, afc.StatusSuccess
	}
	return nil, afc.StatusInvalidArgument
}

// fileOpen opens a file. A handle is never zero, which libimobiledevice takes
// for none, and none is given out twice.
func (s *server) fileOpen() error {
	m := s.req.Mode
	if !m.Valid() {
		return s.fail(afc.StatusInvalidArgument)
	}
	if len(s.handles)+len(s.dirs) >= s.o.MaxHandles {
		return s.fail(afc.StatusNoResources)
	}
	flag := files.Read
	if m.CanWrite() {
		flag = files.Write | files.Create
		if m.CanRead() {
			flag |= files.Read
		}
	}
	if m.Truncates() {
		flag |= files.Truncate
	}
	f, err := s.root.Open(s.req.Path, flag)
	if err != nil {
		return s.fail(err)
	}
	s.last++
	s.handles[s.last] = &handle{file: f, mode: m}
	return s.value(s.last, afc.AppendOpened)
}

func (s *server) fileClose() afc.Status {
	h, st := s.handle()
	if st != afc.StatusSuccess {
		return st
	}
	delete(s.handles, s.req.Handle)
	return s.statusOf(h.file.Close())
}

func (s *server) tell() error {
	h, st := s.handle()
	if st != afc.StatusSuccess {
		return s.fail(st)
	}
	return s.value(uint64(h.pos), afc.AppendPosition)
}

// seek moves the position, which may lie behind the end.
func (s *server) seek() afc.Status {
	h, st := s.handle()
	if st != afc.StatusSuccess {
		return st
	}
	base := int64(0)
	switch s.req.Whence {
	case afc.SeekStart:
	case afc.SeekCurrent:
		base = h.pos
	case afc.SeekEnd:
		i, err := h.file.Stat()
		if err != nil {
			return s.statusOf(err)
		}
		base = i.Size
	default:
		return afc.StatusInvalidArgument
	}
	if base+s.req.Offset < 0 { // or over the largest number, and so below zero
		return afc.StatusInvalidArgument
	}
	h.pos = base + s.req.Offset
	return afc.StatusSuccess
}

// setFileSize leaves the position where it is.
func (s *server) setFileSize() afc.Status {
	h, st := s.handle()
	switch {
	case st != afc.StatusSuccess:
		return st
	case s.req.Size > math.MaxInt64:
		return afc.StatusInvalidArgument
	}
	return s.statusOf(h.file.Truncate(int64(s.req.Size)))
}

// lock locks or unlocks a file. A lock that another holds is refused at once.
// Source: libimobiledevice; idevicebackup2 tries again on StatusOpWouldBlock.
func (s *server) lock() afc.Status {
	h, st := s.handle()
	if st != afc.StatusSuccess {
		return st
	}
	switch s.req.Lock {
	case afc.LockShared:
		return s.statusOf(h.file.Lock(files.Shared))
	case afc.LockExclusive:
		return s.statusOf(h.file.Lock(files.Alone))
	case afc.Unlock:
		return s.statusOf(h.file.Lock(files.Unlock))
	}
	return afc.StatusInvalidArgument
}
