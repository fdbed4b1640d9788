package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/hil/lab"
	"github.com/plugfest/plugfest/hil/lab/labtest"
)

// serveChips runs plugfest mfi serve as a program until the test ends, and returns the port that it serves.
func serveChips(t *testing.T, args ...string) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Args = append([]string{"plugfest", "mfi", "serve", "--usbip", "tcp:127.0.0.1:0"}, args...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		assert.NoError(t, cmd.Wait(), "it ends well when told to")
	})
	lines, said := bufio.NewScanner(out), ""
	for lines.Scan() {
		said += lines.Text() + "\n"
		if m := regexp.MustCompile(`^usbip --tcp-port (\d+) attach -r 127.0.0.1 -b 1-1$`).FindStringSubmatch(lines.Text()); m != nil {
			return m[1]
		}
	}
	t.Fatalf("no command to attach in what it said:\n%s", said)
	return ""
}

// A client that asks what there is gets the adapter.
func TestServeMfi(t *testing.T) {
	port := serveChips(t, "--chip", "3.0", "--chip", "2.0C@0x11")
	c, err := net.Dial("tcp", "127.0.0.1:"+port)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = c.Write([]byte{0x01, 0x11, 0x80, 0x05, 0, 0, 0, 0}) // OP_REQ_DEVLIST
	require.NoError(t, err)
	list := make([]byte, 12+312+4)
	_, err = io.ReadFull(c, list)
	require.NoError(t, err)
	assert.Equal(t, []byte{0x01, 0x11, 0x00, 0x05, 0, 0, 0, 0, 0, 0, 0, 1}, list[:12])
	assert.Equal(t, []byte{0x04, 0x03, 0xC6, 0x31}, list[12+300:12+304], "vendor and product")
}

// The command that asks, on the kernel's bus that the command that serves makes.
func TestMfiInTheLab(t *testing.T) {
	o := lab.Options{Modules: []string{"vhci_hcd", "i2c-dev", "i2c-tiny-usb"}, Network: true, TimeLimit: 4 * time.Minute}
	labtest.Need(t, o)
	port := serveChips(t, "--chip", "3.0", "--chip", "2.0C@0x11", "--seed", "3")
	m := labtest.Start(t, o)
	self, err := os.Executable()
	require.NoError(t, err)
	plugfest := func(args string) string {
		t.Helper()
		out, err := m.Exec(t.Context(), "bash", "-c", fmt.Sprintf("exec -a plugfest %s %s", self, args))
		require.NoError(t, err)
		require.Zero(t, out.ExitCode, "%s", out.Output)
		return string(out.Output)
	}
	out, err := m.Shell(t.Context(), "mkdir -p /var/run/vhci_hcd; usbip --tcp-port "+port+" attach -r "+lab.HostAddress+` -b 1-1 &&
		for n in $(seq 200); do [ -e /dev/i2c-0 ] && exit 0; sleep 0.05; done; exit 1`)
	require.NoError(t, err)
	require.Zero(t, out.ExitCode, "%s", out.Output)

	for _, tt := range []struct{ bus, address, simulated string }{
		{"i2c:i2c-tiny-usb@0x10", "MFi 3.0 at 0x10 on /dev/i2c-0", "sim:3.0"},
		{"i2c:/dev/i2c-0@0x11", "MFi 2.0 at 0x11 on /dev/i2c-0", "sim:2.0C@0x11"},
	} {
		first, rest, _ := strings.Cut(plugfest("mfi --bus "+tt.bus), "\n")
		assert.Equal(t, tt.address, first)
		var same strings.Builder
		require.Zero(t, execute([]string{"mfi", "--bus", tt.simulated, "--seed", "3"}, &same, &same, benchOf{}))
		_, want, _ := strings.Cut(same.String(), "\n")
		assert.Equal(t, want, rest, "the kernel's bus gives what the model has")
		assert.Regexp(t, `^(signature \d in .*: good\n){2}$`, plugfest("mfi verify -n 2 --bus "+tt.bus))
		assert.Contains(t, plugfest("mfi self-test --bus "+tt.bus), "0xC0")
	}
}
