package bench_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
	"github.com/plugfest/plugfest/scenarios/capture"
)

// record runs carlife/connect with a seed and, where it is not empty, jitter on
// the cable, and returns the capture's file.
func record(t *testing.T, seed uint64, jitter string) string {
	t.Helper()
	dir := t.TempDir()
	cases, err := scenarios.Pick(catalogue(t), []string{"carlife/connect"})
	require.NoError(t, err)
	if jitter != "" {
		s, err := scenarios.NewSettings(map[string]any{"jitter": jitter})
		require.NoError(t, err)
		c := *cases[0]
		c.Setup.Cable = s.Merge(c.Setup.Cable)
		cases[0] = &c
	}
	sum := scenarios.Run(cases, scenarios.Options{Bench: bench.New, Seeds: []uint64{seed}, Observe: capture.Dir(dir)})
	require.Equal(t, scenarios.Pass, sum.Results[0].Verdict, sum.Results[0].Detail())
	files, err := filepath.Glob(filepath.Join(dir, "carlife", "connect.seed*.pcapng"))
	require.NoError(t, err)
	for _, f := range files {
		if !strings.HasSuffix(f, ".i2c.pcapng") {
			return f
		}
	}
	require.Fail(t, "no capture", files)
	return ""
}

func contents(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(b)
}

// The same seed gives the same capture, byte for byte; another seed, with jitter
// on the cable, another one.
func TestCaptureIsReproducible(t *testing.T) {
	require.Equal(t, contents(t, record(t, 7, "")), contents(t, record(t, 7, "")))
	require.Equal(t, contents(t, record(t, 7, "200us")), contents(t, record(t, 7, "200us")))
	require.NotEqual(t, contents(t, record(t, 7, "200us")), contents(t, record(t, 8, "200us")))
}

// tshark, which we did not write, reads every frame as USB and finds nothing
// malformed, the role switch, and the link's bytes.
func TestTsharkReadsTheCapture(t *testing.T) {
	if testing.Short() {
		t.Skip("tshark takes long to start")
	}
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	file := record(t, 7, "")
	tshark := func(args ...string) []string {
		out, err := exec.Command("tshark", append([]string{"-r", file}, args...)...).Output()
		require.NoError(t, err)
		return strings.Split(strings.TrimSpace(string(out)), "\n")
	}

	protocols := tshark("-T", "fields", "-e", "frame.protocols")
	require.Greater(t, len(protocols), 200)
	for i, p := range protocols {
		require.True(t, p == "usb" || strings.HasPrefix(p, "usb:"), "frame %d is %q", i+1, p)
	}
	require.Equal(t, []string{""}, tshark("-Y", "_ws.malformed"))

	request := tshark("-Y", "usb.setup.bRequest == 0x51", "-T", "fields",
		"-e", "usb.bmRequestType", "-e", "usb.setup.wValue", "-e", "usb.setup.wIndex", "-e", "usb.setup.wLength")
	require.Equal(t, []string{"0x40\t0x0000\t0\t0"}, request)

	payload := tshark("-Y", "usb.transfer_type == 3 && usb.capdata[0:2] == ff:5a", "-T", "fields", "-e", "usb.capdata")
	require.Greater(t, len(payload), 10)
	require.Contains(t, payload[0], "ff5a001a80", "the SYN")
	require.Equal(t, []string{"ff550200ee10", "ff550200ee10"},
		tshark("-Y", "usb.capdata == ff:55:02:00:ee:10", "-T", "fields", "-e", "usb.capdata"))
}
