package usbip_test

import (
	"net"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usbip"
)

// usbipTool runs Debian's usbip against a server.
func usbipTool(t *testing.T, addr string, args ...string) string {
	t.Helper()
	program, err := exec.LookPath("usbip")
	if err != nil {
		t.Skip("usbip is not installed: apt-get install usbip")
	}
	_, port, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	out, err := exec.Command(program, append([]string{"--tcp-port", port}, args...)...).CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

// The program that Linux comes with reads our list. (That it imports is for the
// lab to see: it takes a kernel.)
func TestUsbipToolLists(t *testing.T) {
	b := serve(t, usbip.Options{})
	got := usbipTool(t, b.addr, "list", "-r", "127.0.0.1")
	require.Contains(t, got, "1-1: ")
	require.Contains(t, got, "(1209:0001)")
	require.Contains(t, got, ": /plugfest/usb1/1-1\n")
	require.Contains(t, got, ": (Defined at Interface level) (00/00/00)\n")
	require.Contains(t, got, ":  0 - ")
	require.Contains(t, got, "(ff/01/00)\n")
	require.Contains(t, got, ":  1 - ")
	require.Contains(t, got, "(ff/02/00)\n")
}
