package libusb

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// netlinkKobjectUevent is the netlink family of the kernel's events
// (linux/netlink.h); group 1 is the kernel itself, 2 is udevd.
const (
	netlinkKobjectUevent = 15
	kernelGroup          = 1
)

// uevents listens to the kernel's events.
type uevents struct{ file *os.File }

// openUevents begins to listen. In a network namespace that is not the machine's
// own this succeeds, and nothing is ever heard.
func openUevents() (*uevents, error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, netlinkKobjectUevent)
	if err != nil {
		return nil, fmt.Errorf("libusb: netlink: %w", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK, Groups: kernelGroup}); err != nil {
		syscall.Close(fd)
		return nil, fmt.Errorf("libusb: netlink: %w", err)
	}
	return &uevents{os.NewFile(uintptr(fd), "uevents")}, nil
}

// run calls fn after each event about USB, until close. It may call it without
// cause: fn looks for itself what has changed, and believes no event.
func (u *uevents) run(fn func()) {
	buf := make([]byte, 8192)
	for {
		n, err := u.file.Read(buf)
		switch {
		case errors.Is(err, syscall.ENOBUFS):
			fn() // events were lost
		case err != nil:
			return
		case aboutUSB(buf[:n]):
			fn()
		}
	}
}

func (u *uevents) close() { u.file.Close() }
