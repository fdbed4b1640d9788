package muxd

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// ParseAddress reads the address of a usbmuxd in the forms that [Open] lists, for
// net.Dial and net.Listen.
func ParseAddress(address string) (network, rest string, err error) {
	network, rest = "tcp", address
	if strings.HasPrefix(address, "/") {
		network = "unix"
	} else if word, after, ok := strings.Cut(address, ":"); ok {
		if w := strings.ToLower(word); w == "tcp" || w == "unix" {
			network, rest = w, strings.TrimPrefix(after, "//")
		}
	}
	if network == "tcp" {
		_, _, err = net.SplitHostPort(rest)
	} else if rest == "" {
		err = fmt.Errorf("no path")
	}
	if err != nil {
		return "", "", fmt.Errorf("muxd: address %q: %w; want HOST:PORT or unix:/path", address, err)
	}
	return network, rest, nil
}

// Tell writes the address of a socket as USBMUXD_SOCKET_ADDRESS wants it. Every
// client takes IP:PORT, where IP is one of IPv4; libusbmuxd takes UNIX:PATH as
// well. A socket for every address of the machine is told as the one by which its
// own programs reach it.
func Tell(a net.Addr) string {
	if a.Network() == "unix" {
		return "UNIX:" + a.String()
	}
	if at, err := netip.ParseAddrPort(a.String()); err == nil && at.Addr().IsUnspecified() {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), at.Port()).String()
	}
	return a.String()
}
