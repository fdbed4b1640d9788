package desk_test

import (
	"net"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
)

// The one form of USBMUXD_SOCKET_ADDRESS that every client takes is IP:PORT, of
// IPv4: where there is a socket for it, that is what a desk tells; the number is
// that of package traps.
func TestTrap11AddressThatAllClientsTake(t *testing.T) {
	for _, listen := range [][]string{nil, {"tcp:127.0.0.1:0"}, {"localhost:0"}, {"tcp://127.0.0.1:0"}, {":0"}, {"0.0.0.0:0"}} {
		d, err := desk.Start(desk.Options{}, listen...)
		require.NoError(t, err, listen)
		at, err := netip.ParseAddrPort(d.Address())
		require.NoError(t, err, "%s: %s", listen, d.Address())
		require.True(t, at.Addr().Is4(), "%s: %s", listen, d.Address())
		require.True(t, at.Addr().IsLoopback(), "%s: %s", listen, d.Address())
		require.Equal(t, "USBMUXD_SOCKET_ADDRESS="+at.String(), d.Environment())
		c, err := net.Dial("tcp", d.Address())
		require.NoError(t, err)
		require.NoError(t, c.Close())
		require.NoError(t, d.Close())
	}
	path := filepath.Join(t.TempDir(), "usbmuxd")
	d, err := desk.Start(desk.Options{}, "unix:"+path)
	require.NoError(t, err)
	require.Equal(t, "USBMUXD_SOCKET_ADDRESS=UNIX:"+path, d.Environment(), "as libusbmuxd has it")
	require.NoError(t, d.Close())
}
