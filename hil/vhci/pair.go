//go:build unix

package vhci

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// Pair returns the two ends of a stream: one to [Attach], one for whoever is the
// device.
func Pair() (kernel, device *net.UnixConn, err error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("vhci: socketpair: %w", err)
	}
	var ends [2]*net.UnixConn
	for i, fd := range fds {
		syscall.CloseOnExec(fd)
		f := os.NewFile(uintptr(fd), "usbip")
		c, err := net.FileConn(f)
		_ = f.Close()
		if err != nil {
			return nil, nil, fmt.Errorf("vhci: socketpair: %w", err)
		}
		ends[i] = c.(*net.UnixConn)
	}
	return ends[0], ends[1], nil
}
