package desk

import "net"

// tell writes an address as USBMUXD_SOCKET_ADDRESS wants it. Every client takes
// IP:PORT; libusbmuxd takes UNIX:PATH as well.
func tell(a net.Addr) string {
	if a.Network() == "unix" {
		return "UNIX:" + a.String()
	}
	return a.String()
}
