package tap_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/tap"
)

// log is a writer that goroutines share.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// Debian's tools work through a tap as without one, the text says what they did,
// and Wireshark reads the capture.
func TestToolsThroughATap(t *testing.T) {
	if testing.Short() {
		t.Skip("runs Debian's tools")
	}
	if _, err := exec.LookPath("ideviceinfo"); err != nil {
		t.Skip("no ideviceinfo: install libimobiledevice-utils")
	}
	for _, listen := range []string{"tcp:127.0.0.1:0", "unix:" + filepath.Join(t.TempDir(), "phone")} {
		d, err := desk.Start(desk.Options{State: state.Options{Image: true, ProductVersion: "15.8"}}, listen)
		require.NoError(t, err)
		network, address, err := muxd.ParseAddress(d.Address())
		require.NoError(t, err)
		var text log
		name := filepath.Join(t.TempDir(), "tap.pcapng")
		file, err := os.Create(name)
		require.NoError(t, err)
		capture, err := tap.NewCapture(file)
		require.NoError(t, err)
		x := tap.New(tap.Options{
			Dial:    func() (net.Conn, error) { return net.Dial(network, address) },
			Note:    tap.Text(&text, true),
			Capture: capture,
		})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		served := make(chan error, 1)
		go func() { served <- x.Serve(l) }()

		run := func(name string, args ...string) string {
			cmd := exec.Command(name, args...)
			cmd.Env = append(os.Environ(), "USBMUXD_SOCKET_ADDRESS="+l.Addr().String())
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s: %s", name, out)
			return string(out)
		}
		require.Contains(t, run("idevicepair", "pair"), "SUCCESS: Paired with device "+d.UDID())
		require.Contains(t, run("ideviceinfo"), "UniqueDeviceID: "+d.UDID())
		shot := filepath.Join(t.TempDir(), "shot.png")
		run("idevicescreenshot", shot)
		require.FileExists(t, shot)

		require.NoError(t, l.Close())
		require.NoError(t, <-served)
		x.Close()
		require.NoError(t, d.Close())
		require.NoError(t, capture.Flush())
		require.NoError(t, file.Close())

		for _, want := range []string{
			`client > usbmuxd   Connect tag=\d+ device=1 port=62078 \(lockdown\)`,
			`server > usbmuxd   Result tag=\d+ ok`,
			`client > lockdown  QueryType`,
			`client > lockdown  Pair`,
			`client > tls       handshake ClientHello, TLS 1\.\d`,
			`server > tls       \d+ bytes of application data for lockdown, encrypted`,
			`client > tap       closed`,
			`        <key>Request</key>|\t<key>Request</key>`,
		} {
			require.Regexp(t, want, text.b.String())
		}
		require.NotContains(t, text.b.String(), "cannot be followed")
		wireshark(t, name)
	}
}

// wireshark has tshark read a capture: nothing is malformed or lost, and the
// notes are the packets' comments.
func wireshark(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Log("no tshark: the capture has not been read back")
		return
	}
	tshark := func(args ...string) string {
		out, err := exec.Command("tshark", append([]string{"-r", name}, args...)...).Output()
		require.NoError(t, err)
		return string(out)
	}
	require.Empty(t, tshark("-Y", "_ws.malformed or tcp.analysis.lost_segment or tcp.analysis.retransmission or tcp.checksum.status == 0",
		"-o", "tcp.check_checksum:TRUE"))
	comments := tshark("-T", "fields", "-e", "frame.comment", "-Y", "tcp.len > 0")
	require.Contains(t, comments, "lockdown: QueryType")
	first := strings.Split(tshark("-q", "-z", "follow,tcp,ascii,0"), "\n")
	require.Contains(t, strings.Join(first, "\n"), "<string>ListDevices</string>")
}
