// Package unixsocket is what every server at a Unix socket needs before it listens.
package unixsocket

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// ErrServed says that somebody listens at a socket.
var ErrServed = errors.New("a server serves it")

// RemoveStale removes a socket that nobody serves. One that is served is [ErrServed];
// of what is no socket, or not there, net.Listen knows what to say.
func RemoveStale(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != os.ModeSocket {
		return nil
	}
	c, err := net.Dial("unix", path)
	if err == nil {
		_ = c.Close()
		return ErrServed
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return os.Remove(path)
	}
	return err
}
