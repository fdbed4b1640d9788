package files

// memoryFile is an open file in memory.
type memoryFile struct {
	disk   *disk
	node   *node
	name   string
	flag   Flag
	closed bool
}

// Open opens a regular file.
func (m *Memory) Open(name string, flag Flag) (File, error) {
	exclusive := flag&Create != 0 && flag&Exclusive != 0
	at, name, err := m.walk(name, !exclusive)
	n := at.node
	switch {
	case err != nil:
	case n == nil && flag&Create == 0:
		err = ErrNotExist
	case n == nil:
		n = m.disk.newNode(Regular)
		at.dir.put(at.base, n, m.disk.now())
	case exclusive:
		err = ErrExist
	case n.kind == Directory:
		err = ErrIsDir
	}
	if err != nil {
		return nil, fail("open", name, err)
	}
	f := &memoryFile{disk: m.disk, node: n, name: name, flag: flag}
	n.open++
	if flag&Truncate != 0 && flag&Write != 0 {
		_ = f.Truncate(0)
	}
	return f, nil
}

// may reports why an operation that needs a flag cannot be done.
func (f *memoryFile) may(need Flag) error {
	switch {
	case f.closed:
		return ErrClosed
	case f.flag&need != need:
		return ErrPermission
	}
	return nil
}

func (f *memoryFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.may(Read); err != nil {
		return 0, fail("read", f.name, err)
	}
	n, err := f.node.readAt(p, off)
	if err == ErrInvalid {
		err = fail("read", f.name, err)
	}
	return n, err
}

func (f *memoryFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.may(Write); err != nil {
		return 0, fail("write", f.name, err)
	}
	n, err := f.node.writeAt(p, off, &f.disk.quota)
	if n > 0 {
		f.node.modified = f.disk.now()
	}
	return n, fail("write", f.name, err)
}

func (f *memoryFile) Truncate(size int64) error {
	err := f.may(Write)
	if err == nil {
		err = f.node.truncate(size, &f.disk.quota)
	}
	if err == nil {
		f.node.modified = f.disk.now()
	}
	return fail("truncate", f.name, err)
}

func (f *memoryFile) Stat() (Info, error) {
	if f.closed {
		return Info{}, fail("stat", f.name, ErrClosed)
	}
	return f.node.info(""), nil
}

func (f *memoryFile) Lock(mode LockMode) error {
	switch {
	case f.closed:
		return fail("lock", f.name, ErrClosed)
	case !f.node.locks.set(f, mode):
		return fail("lock", f.name, ErrWouldBlock)
	}
	return nil
}

func (f *memoryFile) Close() error {
	if f.closed {
		return fail("close", f.name, ErrClosed)
	}
	f.closed = true
	f.node.locks.drop(f)
	f.node.open--
	f.disk.release(f.node)
	return nil
}
