package muxd

import (
	"fmt"
	"net"
	"os"

	"github.com/plugfest/plugfest/internal/unixsocket"
)

// Open listens at an address, for [Daemon.Listen]:
//
//	127.0.0.1:27015, tcp:127.0.0.1:27015  TCP
//	/run/usbmuxd, unix:/run/usbmuxd       a Unix socket that everybody may use
//
// Two slashes may follow the colon, and the words may be in capitals: what
// programs take in USBMUXD_SOCKET_ADDRESS is taken here. The one form that all of
// them take is IP:PORT; for libusbmuxd a Unix socket is UNIX:/path. Programs that
// do not understand the variable silently use the system's daemon.
//
// A socket that a daemon left behind is replaced, one that is served is not.
func Open(address string) (net.Listener, error) {
	fail := func(err error) (net.Listener, error) {
		return nil, fmt.Errorf("muxd: address %q: %w", address, err)
	}
	network, rest, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	if network == "unix" {
		if err := unixsocket.RemoveStale(rest); err != nil {
			return fail(err)
		}
	}
	l, err := net.Listen(network, rest)
	if err != nil {
		return fail(err)
	}
	if network == "unix" {
		if err := os.Chmod(rest, 0o666); err != nil {
			_ = l.Close()
			return fail(err)
		}
	}
	return l, nil
}
