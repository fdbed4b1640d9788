//go:build !unix

package vhci

import (
	"errors"
	"net"
)

// Pair fails: only a Linux kernel has a virtual host controller.
func Pair() (kernel, device *net.UnixConn, err error) {
	return nil, nil, errors.New("vhci: needs Linux")
}
