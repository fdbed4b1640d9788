package i2c

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

const errREMOTEIO = syscall.EREMOTEIO

// file is the kernel of a real bus.
type file struct {
	f    *os.File
	node string // in sysfs, as long as the device exists; "" when there is no sysfs
}

func openKernel(path string) (kernel, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		var e *os.PathError
		if errors.As(err, &e) {
			err = e.Err // the path is named already
		}
		return nil, err
	}
	k := &file{f: f}
	if info, err := f.Stat(); err == nil {
		if s, ok := info.Sys().(*syscall.Stat_t); ok && info.Mode()&os.ModeCharDevice != 0 {
			k.node = fmt.Sprintf("/sys/dev/char/%d:%d", major(uint64(s.Rdev)), minor(uint64(s.Rdev)))
			if _, err := os.Stat(k.node); err != nil {
				k.node = ""
			}
		}
	}
	return k, nil
}

// major and minor take a device number apart: 12 and 20 bits (linux/kdev_t.h).
func major(dev uint64) uint64 { return dev >> 8 & 0xFFF }
func minor(dev uint64) uint64 { return dev&0xFF | dev>>12&0xFFF00 }

func (k *file) ioctl(request uint, value uintptr) (int, error) {
	return k.call(func(fd uintptr) (uintptr, syscall.Errno) {
		n, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, uintptr(request), value)
		return n, errno
	})
}

func (k *file) ioctlPointer(request uint, p unsafe.Pointer) (int, error) {
	return k.call(func(fd uintptr) (uintptr, syscall.Errno) {
		n, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, uintptr(request), uintptr(p))
		return n, errno
	})
}

// call makes a call on the file, which the lock of Bus keeps open meanwhile.
func (k *file) call(fn func(fd uintptr) (uintptr, syscall.Errno)) (n int, err error) {
	conn, err := k.f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var r uintptr
	var errno syscall.Errno
	if err := conn.Control(func(fd uintptr) { r, errno = fn(fd) }); err != nil {
		return 0, err
	}
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}

func (k *file) present() bool {
	if k.node == "" {
		return true // nobody knows
	}
	_, err := os.Stat(k.node)
	return !errors.Is(err, os.ErrNotExist)
}

func (k *file) close() error { return k.f.Close() }
