package desk

import (
	"net"
	"net/netip"
)

// tell writes an address as USBMUXD_SOCKET_ADDRESS wants it. Every client takes
// IP:PORT, where IP is one of IPv4; libusbmuxd takes UNIX:PATH as well. A socket
// for every address of the machine is told as the one by which its own programs
// reach it.
func tell(a net.Addr) string {
	if a.Network() == "unix" {
		return "UNIX:" + a.String()
	}
	if at, err := netip.ParseAddrPort(a.String()); err == nil && at.Addr().IsUnspecified() {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), at.Port()).String()
	}
	return a.String()
}
