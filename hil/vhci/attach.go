package vhci

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/plugfest/plugfest/sim/usb"
)

// A Device is what an import told of the device behind a socket.
type Device struct {
	ID    uint32 // its bus << 16, or its address: the devid of every request
	Speed usb.Speed
}

// sysfs is where the kernel's files are; tests have another.
var sysfs = "/sys"

// Ports lists the ports of every controller.
func Ports() ([]Port, error) { return ports(os.DirFS(sysfs)) }

// Attach gives one end of a stream to the kernel, which then is the host of the
// device at its other end, and returns the number of the port. The kernel
// keeps a reference of its own: close the connection afterwards. It must be a
// socket of this process.
//
// The error wraps that of the kernel: EBUSY never (another port is tried),
// EINVAL for a speed that vhci_hcd refuses, EACCES or EPERM without root.
func Attach(c syscall.Conn, d Device) (port int, err error) {
	all, err := Ports()
	if err != nil {
		return 0, err
	}
	for _, p := range free(all, d.Speed) {
		err = with(c, func(fd uintptr) error {
			return write("attach", fmt.Sprintf("%d %d %d %d", p.Number, fd, d.ID, d.Speed))
		})
		if !errors.Is(err, syscall.EBUSY) {
			return p.Number, err
		}
	}
	if err == nil {
		err = fmt.Errorf("vhci: none of %d ports is free for %v speed: detach something (usbip port, usbip detach -p N)", len(all), d.Speed)
	}
	return 0, err
}

// Detach pulls the cable of a port.
func Detach(port int) error { return write("detach", strconv.Itoa(port)) }

// with calls fn with the number of a connection's file, which stays open for as
// long.
func with(c syscall.Conn, fn func(fd uintptr) error) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return fmt.Errorf("vhci: %w", err)
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = fn(fd) }); err != nil {
		return fmt.Errorf("vhci: %w", err)
	}
	return inner
}

// write writes one of the controller's files, in one piece.
func write(name, text string) error {
	path := filepath.Join(sysfs, base, name)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("vhci: %w: load the module (modprobe vhci_hcd)", err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("vhci: %w: only root attaches and detaches", err)
	case err != nil:
		return fmt.Errorf("vhci: %w", err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		return fmt.Errorf("vhci: writing %q: %w", text, err)
	}
	return nil
}
