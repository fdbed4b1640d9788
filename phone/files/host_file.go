package files

import (
	"io"
	"os"
)

// hostFile is an open file of this machine.
type hostFile struct {
	store *store
	f     *os.File
	name  string
	flag  Flag
}

// Open opens a regular file.
func (h *Host) Open(name string, flag Flag) (File, error) {
	var out *hostFile
	err := with("open", name, func(name string) error {
		exists := false
		if fi, err := h.root.Stat(name); err == nil {
			exists = true
			switch {
			case flag&Create != 0 && flag&Exclusive != 0:
				return ErrExist
			case fi.IsDir():
				return ErrIsDir
			case !fi.Mode().IsRegular():
				return ErrPermission
			}
		}
		how := os.O_RDONLY
		if flag&Write != 0 {
			how = os.O_RDWR
		}
		if flag&Create != 0 && !exists {
			how |= os.O_CREATE
			if flag&Exclusive != 0 {
				how |= os.O_EXCL
			}
		}
		f, err := h.root.OpenFile(name, how, 0o644)
		if err != nil {
			return err
		}
		out = &hostFile{store: h.store, f: f, name: name, flag: flag}
		if exists && flag&Truncate != 0 && flag&Write != 0 {
			err = out.Truncate(0)
		}
		return err
	})
	if err != nil {
		if out != nil {
			_ = out.f.Close()
		}
		return nil, err
	}
	return out, nil
}

func (f *hostFile) may(op string, need Flag) error {
	if f.flag&need != need {
		return fail(op, f.name, ErrPermission)
	}
	return nil
}

func (f *hostFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.may("read", Read); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, fail("read", f.name, ErrInvalid)
	}
	n, err := f.f.ReadAt(p, off)
	if err != nil && err != io.EOF {
		err = fail("read", f.name, translate(err))
	}
	return n, err
}

func (f *hostFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.may("write", Write); err != nil {
		return 0, err
	}
	switch {
	case off < 0:
		return 0, fail("write", f.name, ErrInvalid)
	case off+int64(len(p)) < 0:
		return 0, fail("write", f.name, ErrTooLarge)
	case len(p) == 0:
		return 0, nil
	}
	fi, err := f.f.Stat()
	if err != nil {
		return 0, fail("write", f.name, translate(err))
	}
	q := &f.store.quota
	had := q.round(fi.Size())
	var full error
	if most := had + q.Free/q.BlockSize*q.BlockSize; off+int64(len(p)) > most {
		full = ErrNoSpace
		p = p[:max(most-off, 0)]
	}
	n, err := f.f.WriteAt(p, off)
	if n > 0 {
		q.give(max(q.round(off+int64(n))-had, 0))
	}
	if err == nil {
		err = full
	}
	return n, fail("write", f.name, translate(err))
}

func (f *hostFile) Truncate(size int64) error {
	if err := f.may("truncate", Write); err != nil {
		return err
	}
	if size < 0 {
		return fail("truncate", f.name, ErrInvalid)
	}
	fi, err := f.f.Stat()
	if err == nil {
		err = f.f.Truncate(size)
	}
	if err == nil {
		if q := &f.store.quota; size < fi.Size() {
			q.give(q.round(size) - q.round(fi.Size()))
		}
	}
	return fail("truncate", f.name, translate(err))
}

func (f *hostFile) Stat() (Info, error) {
	fi, err := f.f.Stat()
	if err != nil {
		return Info{}, fail("stat", f.name, translate(err))
	}
	i := hostInfo(fi)
	i.Name = ""
	return i, nil
}

func (f *hostFile) Lock(mode LockMode) error {
	fi, err := f.f.Stat()
	if err != nil {
		return fail("lock", f.name, translate(err))
	}
	defer f.store.forget()
	if !f.store.lockOf(fi).set(f, mode) {
		return fail("lock", f.name, ErrWouldBlock)
	}
	return nil
}

func (f *hostFile) Close() error {
	for _, l := range f.store.locked {
		l.drop(f)
	}
	f.store.forget()
	return fail("close", f.name, translate(f.f.Close()))
}
