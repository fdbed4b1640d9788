package afc

import (
	"errors"
	"path"
	"strconv"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/wire/afc"
)

// sink is where the bulk data of a packet goes.
type sink interface {
	put(p []byte) error
	end() error // the data is complete, or a put has failed
	abandon()   // it will never be
}

// open makes the sink of a request that has bulk data. On others bulk data is
// skipped.
func (s *server) open() {
	var err error
	switch s.req.Op {
	case afc.OpFileRefWrite, afc.OpFileRefWriteOffset:
		s.sink, s.status = s.fileWriter()
	case afc.OpWriteFileAtomic:
		s.sink, err = s.atomicWriter()
		s.status = s.statusOf(err)
	case afc.OpSetConnectionOptions:
		s.sink = &optionsWriter{s: s}
	}
	if s.status != afc.StatusSuccess {
		s.sink = nil
	}
}

// pass hands on a piece of bulk data. After a failure the rest is skipped.
func (s *server) pass(p []byte) {
	if s.sink != nil && s.status == afc.StatusSuccess {
		s.status = s.statusOf(s.sink.put(p))
	}
}

// writer writes to an open file, at its position or at an offset.
type writer struct {
	h   *handle
	pos int64
	own bool // pos is an offset of the request, and the handle's stays
}

func (s *server) fileWriter() (sink, afc.Status) {
	h, st := s.handle()
	switch {
	case st != afc.StatusSuccess:
		return nil, st
	case !h.mode.CanWrite():
		return nil, afc.StatusPermDenied // inferred
	}
	w := &h.writer
	*w = writer{h: h, pos: h.pos}
	if s.req.Op == afc.OpFileRefWriteOffset {
		if w.own, w.pos = true, s.req.Offset; w.pos < 0 {
			return nil, afc.StatusInvalidArgument
		}
	}
	return w, afc.StatusSuccess
}

func (w *writer) put(p []byte) error {
	if w.h.mode.Appends() {
		i, err := w.h.file.Stat()
		if err != nil {
			return err
		}
		w.pos = i.Size
	}
	n, err := w.h.file.WriteAt(p, w.pos)
	w.pos += int64(n)
	return err
}

func (w *writer) end() error {
	if !w.own {
		w.h.pos = w.pos
	}
	return nil
}

func (w *writer) abandon() {}

// atomic writes a file beside the one that it is to replace.
type atomic struct {
	root       files.Tree
	f          files.File
	temp, name string
	off        int64
	failed     bool
}

// maxTemp bounds the search for a free name.
const maxTemp = 1000

func (s *server) atomicWriter() (sink, error) {
	name, err := files.Clean(s.req.Path)
	if err != nil {
		return nil, err
	}
	i, err := s.root.Lstat(name)
	if err == nil && i.Kind == files.Directory {
		return nil, files.ErrIsDir
	}
	for n := 1; n <= maxTemp; n++ {
		temp := path.Join(path.Dir(name), ".afc-"+strconv.Itoa(n))
		f, err := s.root.Open(temp, files.Write|files.Create|files.Exclusive)
		if errors.Is(err, files.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return &atomic{root: s.root, f: f, temp: temp, name: name}, nil
	}
	return nil, afc.StatusObjectBusy
}

func (a *atomic) put(p []byte) error {
	n, err := a.f.WriteAt(p, a.off)
	a.off += int64(n)
	a.failed = err != nil
	return err
}

func (a *atomic) end() error {
	if a.failed {
		a.abandon()
		return nil
	}
	err := a.f.Close()
	if err == nil {
		err = a.root.Rename(a.temp, a.name)
	}
	if err != nil {
		_ = a.root.Remove(a.temp)
	}
	return err
}

func (a *atomic) abandon() {
	_ = a.f.Close()
	_ = a.root.Remove(a.temp)
}

// optionsWriter keeps the keys and values that a client sets.
type optionsWriter struct {
	s    *server
	data []byte
}

// maxOptions bounds what SetConnectionOptions may carry, in bytes.
const maxOptions = 4 << 10

func (o *optionsWriter) put(p []byte) error {
	if len(o.data)+len(p) > maxOptions {
		return afc.StatusTooMuchData
	}
	o.data = append(o.data, p...)
	return nil
}

func (o *optionsWriter) end() error {
	if o.s.status == afc.StatusSuccess {
		o.s.options = afc.ParsePairs(o.data)
	}
	return nil
}

func (o *optionsWriter) abandon() {}
