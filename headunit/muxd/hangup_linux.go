package muxd

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// hungUp reports whether the other end of a socket sends no more, whatever of it is
// still to be read. It does not wait. Where a TCP socket is full the end has not come
// yet: there the system's own probes find out, in minutes.
func (s *socket) hungUp() (gone bool) {
	c, ok := s.outside.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	_ = raw.Control(func(fd uintptr) { // closed: who reads learns that
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		n, err := unix.Poll(p, 0)
		gone = err == nil && n > 0 && p[0].Revents&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR) != 0
	})
	return gone
}
