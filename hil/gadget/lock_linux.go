package gadget

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Lock keeps other processes from path until the closer is closed, or the process
// has ended. It fails with EWOULDBLOCK where another one has it.
func (realFiles) Lock(path string) (io.Closer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return f, nil
}
