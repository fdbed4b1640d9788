package desk

import (
	"fmt"
	"net"
	"strings"
)

// open makes the socket that a spec names: tcp:HOST:PORT or unix:PATH.
func open(spec string) (net.Listener, error) {
	kind, address, ok := strings.Cut(spec, ":")
	if !ok || kind != "tcp" && kind != "unix" {
		return nil, fmt.Errorf("desk: %q is no socket; want tcp:127.0.0.1:27015 or unix:/path", spec)
	}
	l, err := net.Listen(kind, address)
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	return l, nil
}

// tell writes an address as USBMUXD_SOCKET_ADDRESS wants it. Every client takes
// IP:PORT; libusbmuxd takes UNIX:PATH as well.
func tell(a net.Addr) string {
	if a.Network() == "unix" {
		return "UNIX:" + a.String()
	}
	return a.String()
}
