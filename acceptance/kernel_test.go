package acceptance

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/hil/lab"
	"github.com/plugfest/plugfest/hil/lab/labtest"
)

// buildWithLibusb builds the program with libusb into a directory.
func buildWithLibusb(t *testing.T, dir string) (program string) {
	t.Helper()
	needPrograms(t, "gcc", "pkg-config")
	if err := exec.Command("pkg-config", "--exists", "libusb-1.0").Run(); err != nil {
		t.Skip("no libusb-1.0-0-dev on this machine")
	}
	program = filepath.Join(dir, "plugfest")
	cmd := exec.Command("go", "build", "-tags", "libusb", "-o", program, "../cmd/plugfest")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

// event is a line of a scenario's events.
type event struct {
	Who    string         `json:"who"`
	Layer  string         `json:"layer"`
	Kind   string         `json:"kind"`
	Fields map[string]any `json:"fields"`
}

func events(t *testing.T, name string) (all []event) {
	t.Helper()
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	for lines := bufio.NewReaderSize(f, 1<<20); ; {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			return all
		}
		var e event
		require.NoError(t, json.Unmarshal(line, &e))
		all = append(all, e)
	}
}

// find returns the events of a kind.
func find(all []event, who, layer, kind string) (out []event) {
	for _, e := range all {
		if e.Who == who && e.Layer == layer && e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// The scenario files that run in memory run unchanged on the kernel: the phone on
// vhci_hcd and the head unit its host by libusb, then the head unit on dummy_hcd's
// controller by FunctionFS and the phone its host, the chip on a /dev/i2c-N.
func TestCarLifeOnTheKernel(t *testing.T) {
	labtest.Need(t, lab.Options{})
	dir := t.TempDir()
	program := buildWithLibusb(t, dir)
	g := boot(t, lab.Options{Dir: dir, TimeLimit: 9 * time.Minute,
		Modules: []string{"vhci_hcd", "dummy_hcd", "libcomposite", "usb_f_fs", "i2c-dev", "i2c-tiny-usb"}})
	labtest.NeedAlternates(t, g.Machine)
	out := g.sh("%s run carlife/connect transfer/carlife-native-64mib --carrier kernel: --slack 2m --capture %s 2>&1", program, dir)
	t.Log("\n" + out)
	require.Contains(t, out, "2 scenarios: 2 pass")

	connect := events(t, filepath.Join(dir, "carlife/connect.seed1.jsonl"))
	require.NotEmpty(t, find(connect, "headunit", "i2c", "read"))
	require.NotEmpty(t, find(connect, "adapter", "state.i2c", "read"), "it is the kernel that asks the chip, by its adapter")
	require.NotEmpty(t, find(connect, "phone", "iap2.control", "AuthenticationSucceeded"))

	const frames = "048af89baea5f60a17578175db2134566fd0b3d61f8c102ad8b7078bac907e25"
	video := events(t, filepath.Join(dir, "transfer/carlife-native-64mib.seed1.jsonl"))
	arrived := find(video, "headunit", "state", "CarLife video")
	require.Len(t, arrived, 1)
	require.EqualValues(t, 64*mib, arrived[0].Fields["bytes"])
	require.Equal(t, frames, arrived[0].Fields["sha256"], "what the head unit has received is what the phone has sent")

	log := g.KernelLog()
	require.Contains(t, log, "i2c-tiny-usb", "the kernel's own driver has the chip's adapter")
	require.Regexp(t, `usb \d+-1: Product: PF-HU-1`, log, "the kernel has enumerated the head unit's gadget")
	require.Regexp(t, `usb \d+-\d: Product: iPhone`, log)
	requireCleanKernelLog(t, log)
}
