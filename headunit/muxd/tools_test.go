package muxd_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// tool runs an unmodified program of libimobiledevice against the daemon at an
// address, from outside of the world.
func (x *rig) tool(address, name string, args ...string) string {
	x.t.Helper()
	var out []byte
	var err error
	x.w.Outside(name, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Env = append(os.Environ(), "USBMUXD_SOCKET_ADDRESS="+address)
		out, err = cmd.CombinedOutput()
	})
	require.NoError(x.t, err, "%s %v at %s: %s", name, args, address, out)
	return strings.TrimSpace(string(out))
}

// needs skips a test where a program is not installed.
func needs(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed (apt-get install libimobiledevice-utils)", name)
	}
}

// Debian's idevice_id lists the phone, at both kinds of socket. A wrong address
// is silently another daemon's, so that ours must have been asked.
func TestIdeviceIDListsThePhone(t *testing.T) {
	needs(t, "idevice_id")
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "usbmuxd")
	unix, err := net.Listen("unix", path)
	require.NoError(t, err)

	x := newRig(t, muxd.Options{}, sim.RealTime())
	x.d.Listen(tcp)
	x.d.Listen(unix)
	x.run(func(usbmuxd.Device) {
		for _, address := range []string{tcp.Addr().String(), "UNIX:" + path} {
			served := x.d.Served()
			require.Equal(t, udid, x.tool(address, "idevice_id", "-l"))
			require.Greater(t, x.d.Served(), served, "another daemon answered")
		}
		x.cable.Unplug()
		require.True(t, x.d.WaitGone(1, sim.Never))
		require.Empty(t, x.tool(tcp.Addr().String(), "idevice_id", "-l"))
	})
}
