package gadget

import (
	"io"
	"os"
)

// files is what is asked of configfs, sysfs and tracefs.
type files interface {
	Mkdir(path string) error
	Remove(path string) error // a file, a link or an empty directory
	Symlink(target, path string) error
	Write(path, data string) error  // in one write, to a file that exists
	Append(path, data string) error // the same, behind what is there
	Read(path string) (string, error)
	List(path string) ([]string, error) // names, sorted
	Lock(path string) (io.Closer, error)
}

// realFiles are the machine's.
type realFiles struct{}

func (realFiles) Mkdir(path string) error           { return os.Mkdir(path, 0o755) }
func (realFiles) Remove(path string) error          { return os.Remove(path) }
func (realFiles) Symlink(target, path string) error { return os.Symlink(target, path) }
func (realFiles) Write(path, data string) error     { return write(path, data, 0) }
func (realFiles) Append(path, data string) error    { return write(path, data, os.O_APPEND) }

func (realFiles) Read(path string) (string, error) {
	b, err := os.ReadFile(path)
	return string(b), err
}

func (realFiles) List(path string) ([]string, error) {
	entries, err := os.ReadDir(path)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

func write(path, data string, flag int) error {
	f, err := os.OpenFile(path, os.O_WRONLY|flag, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(data)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
