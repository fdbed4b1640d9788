package gadget

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

// An Error is a call of the operating system that failed: what was to be done
// with which file, why it did not go, and what helps.
type Error struct {
	Op   string // such as "mkdir"
	Path string
	Err  error  // the errno, or what is wrong
	Help string // what to do; "" if nothing is known to help
}

func (e *Error) Error() string {
	s := fmt.Sprintf("gadget: %s %s: %v", e.Op, e.Path, e.Err)
	if e.Help != "" {
		s += ": " + e.Help
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// What keeps a gadget from being shown.
var (
	// ErrInUse: another process has a gadget on this controller.
	ErrInUse = errors.New("another process has a gadget on this controller")
	// ErrNoUDC: there is no such controller.
	ErrNoUDC = errors.New("no such device controller")
	// ErrAlternates: the kernel refuses alternate settings other than 0.
	ErrAlternates = errors.New("this kernel's FunctionFS refuses SET_INTERFACE to alternate settings other than 0")
	// ErrVirtual: a controller does not follow a virtual clock.
	ErrVirtual = errors.New("gadget: a real controller does not follow a virtual clock: make the world with sim.RealTime")
)

// errNotSupported is ENOTSUPP, which is the kernel's own and has no name outside.
const errNotSupported = syscall.Errno(524)

// explain makes an Error of what a call returned, and nil of nil.
func explain(op, at string, err error) error {
	if err == nil {
		return nil
	}
	var already *Error
	if errors.As(err, &already) {
		return err
	}
	e := &Error{Op: op, Path: at, Err: err}
	var of *fs.PathError
	if errors.As(err, &of) {
		e.Err = of.Err // the path is named already
	}
	if errors.Is(err, errNotSupported) {
		e.Err = fmt.Errorf("ENOTSUPP: %w", errNotSupported)
	}
	e.Help = help(at, err)
	return e
}

// help says what to do about a failure at a path.
func help(at string, err error) string {
	is := func(list ...syscall.Errno) bool {
		for _, e := range list {
			if errors.Is(err, e) {
				return true
			}
		}
		return false
	}
	base := path.Base(at)
	switch {
	case is(syscall.EACCES, syscall.EPERM):
		return "this takes root, or CAP_SYS_ADMIN and the right to write there"
	case at == "functionfs" && is(syscall.ENODEV), strings.HasPrefix(base, "ffs.") && is(syscall.ENOENT):
		return "the kernel has no FunctionFS: modprobe usb_f_fs"
	case at == "functionfs" && is(syscall.ENOSYS):
		return "mounting without a directory takes Linux 5.2"
	case path.Dir(at) == configRoot && is(syscall.ENOENT), path.Dir(at) == configRoot && is(syscall.EROFS):
		return "there are no gadgets: modprobe libcomposite, and mount -t configfs none /sys/kernel/config"
	case base == "UDC" && is(syscall.ENODEV):
		return "there is no such controller: look at " + udcRoot
	case base == "UDC" && is(syscall.EBUSY):
		return "the controller has another gadget: look for its name in " + configRoot + "/*/UDC"
	case base == "UDC" && is(errNotSupported, syscall.EINVAL):
		return "the controller has not the endpoints that the device needs; the kernel's log says more"
	case base == "max_speed" && is(syscall.ENOENT):
		return "limiting the speed takes Linux 5.11"
	case strings.HasPrefix(base, "ep0") && is(syscall.EINVAL):
		return "FunctionFS does not take these descriptors; the kernel's log says more"
	case is(syscall.EOVERFLOW):
		return "the text is longer than the 126 bytes that the kernel keeps"
	case strings.HasPrefix(at, udcRoot) && is(syscall.ENOENT, syscall.ENODEV):
		return "the controller is gone"
	}
	return ""
}
