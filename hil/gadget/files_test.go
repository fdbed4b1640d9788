package gadget

import (
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
)

// fakeFiles behave as configfs does where it matters: a directory comes with what
// belongs to it, and goes only when nothing is left in it that was made.
type fakeFiles struct {
	entries map[string]*string // nil for a directory
	own     map[string]bool    // came with its directory
	log     []string
	fail    map[string]error // by line of the log
	locked  map[string]bool
	looked  func(at string) // before a directory is listed; may be nil
}

func newFakeFiles() *fakeFiles {
	f := &fakeFiles{entries: map[string]*string{}, own: map[string]bool{}, fail: map[string]error{}, locked: map[string]bool{}}
	f.dir("/")
	f.dir(configRoot)
	return f
}

func (f *fakeFiles) dir(at string) {
	for ; f.entries[at] == nil && at != "."; at = path.Dir(at) {
		f.entries[at] = nil
		if at == "/" {
			return
		}
	}
}

func (f *fakeFiles) file(at, data string) {
	f.dir(path.Dir(at))
	f.entries[at] = &data
}

func (f *fakeFiles) note(op, at, data string) error {
	line := strings.TrimSpace(op + " " + strings.TrimPrefix(at, configRoot+"/") + " " + strings.TrimSpace(data))
	f.log = append(f.log, line)
	if err := f.fail[line]; err != nil {
		return &fs.PathError{Op: op, Path: at, Err: err}
	}
	return nil
}

func (f *fakeFiles) has(at string) bool { _, ok := f.entries[at]; return ok }

func (f *fakeFiles) Mkdir(at string) error {
	if err := f.note("mkdir", at, ""); err != nil {
		return err
	}
	if f.has(at) {
		return &fs.PathError{Op: "mkdir", Path: at, Err: syscall.EEXIST}
	}
	if !f.has(path.Dir(at)) {
		return &fs.PathError{Op: "mkdir", Path: at, Err: syscall.ENOENT}
	}
	f.entries[at] = nil
	comes := func(names ...string) {
		for _, n := range names {
			f.own[path.Join(at, n)] = true
			f.entries[path.Join(at, n)] = nil
			if n != "strings" && n != "configs" && n != "functions" {
				empty := ""
				f.entries[path.Join(at, n)] = &empty
			}
		}
	}
	switch parent := path.Dir(at); {
	case parent == configRoot:
		comes("UDC", "bcdUSB", "bDeviceClass", "bDeviceSubClass", "bDeviceProtocol", "bMaxPacketSize0", "idVendor", "idProduct", "bcdDevice", "max_speed",
			"strings", "configs", "functions")
	case path.Base(parent) == "configs":
		comes("strings", "bmAttributes", "MaxPower")
	case path.Base(parent) == "strings" && path.Base(path.Dir(path.Dir(parent))) == "configs":
		comes("configuration")
	case path.Base(parent) == "strings":
		comes("manufacturer", "product", "serialnumber")
	}
	return nil
}

func (f *fakeFiles) Remove(at string) error {
	if err := f.note("remove", at, ""); err != nil {
		return err
	}
	if !f.has(at) {
		return &fs.PathError{Op: "remove", Path: at, Err: syscall.ENOENT}
	}
	if f.own[at] {
		return &fs.PathError{Op: "remove", Path: at, Err: syscall.EPERM}
	}
	for name := range f.entries {
		if strings.HasPrefix(name, at+"/") && !f.own[name] {
			return &fs.PathError{Op: "remove", Path: at, Err: syscall.ENOTEMPTY}
		}
	}
	for name := range f.entries {
		if name == at || strings.HasPrefix(name, at+"/") {
			delete(f.entries, name)
			delete(f.own, name)
		}
	}
	return nil
}

func (f *fakeFiles) Symlink(target, at string) error {
	if err := f.note("link", at, strings.TrimPrefix(target, configRoot+"/")); err != nil {
		return err
	}
	if !f.has(target) {
		return &fs.PathError{Op: "link", Path: at, Err: syscall.ENOENT}
	}
	f.entries[at] = &target
	return nil
}

func (f *fakeFiles) Write(at, data string) error {
	if err := f.note("write", at, data); err != nil {
		return err
	}
	if p := f.entries[at]; p != nil {
		*p = data
		return nil
	}
	return &fs.PathError{Op: "open", Path: at, Err: syscall.ENOENT}
}

func (f *fakeFiles) Append(at, data string) error {
	if err := f.note("append", at, data); err != nil {
		return err
	}
	if p := f.entries[at]; p != nil {
		*p += data
		return nil
	}
	return &fs.PathError{Op: "open", Path: at, Err: syscall.ENOENT}
}

func (f *fakeFiles) Read(at string) (string, error) {
	if p := f.entries[at]; p != nil {
		return *p, nil
	}
	return "", &fs.PathError{Op: "open", Path: at, Err: syscall.ENOENT}
}

func (f *fakeFiles) List(at string) ([]string, error) {
	if f.looked != nil {
		f.looked(at)
	}
	if !f.has(at) {
		return nil, &fs.PathError{Op: "open", Path: at, Err: syscall.ENOENT}
	}
	var names []string
	for name := range f.entries {
		if name != "/" && path.Dir(name) == at {
			names = append(names, path.Base(name))
		}
	}
	slices.Sort(names)
	return names, nil
}

func (f *fakeFiles) Lock(at string) (io.Closer, error) {
	if err := f.note("lock", at, ""); err != nil {
		return nil, err
	}
	if f.locked[at] {
		return nil, &fs.PathError{Op: "lock", Path: at, Err: syscall.EWOULDBLOCK}
	}
	f.locked[at] = true
	return fakeLock{f, at}, nil
}

type fakeLock struct {
	f  *fakeFiles
	at string
}

func (l fakeLock) Close() error { delete(l.f.locked, l.at); return nil }
