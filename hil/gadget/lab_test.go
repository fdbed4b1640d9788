package gadget

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/hil/lab"
	"github.com/plugfest/plugfest/hil/lab/labtest"
)

var guestTests = flag.String("guest", "^TestGuest", "tests for TestInLab to run in the guest")

// The tests of the guest, built with libusb as the other end, under a real
// kernel.
func TestInLab(t *testing.T) {
	dir := t.TempDir()
	o := lab.Options{
		Modules:   []string{"dummy_hcd num=2", "libcomposite", "usb_f_fs"},
		Dir:       dir,
		TimeLimit: 5 * time.Minute,
		CPUs:      1, // probes change the kernel's code, which QEMU without KVM gets wrong with two
	}
	labtest.Need(t, o)
	needLibusb(t)
	binary := filepath.Join(dir, "gadget.test")
	build := exec.Command("go", "test", "-c", "-tags", "libusb", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	text, err := build.CombinedOutput()
	require.NoError(t, err, "%s", text)
	r, err := lab.Run(t.Context(), o, lab.Command{Args: []string{binary, "-test.v", "-test.run", *guestTests}, Dir: dir})
	t.Logf("%s", r.Output.Output)
	require.NoError(t, err)
	require.Zero(t, r.ExitCode)
	for _, line := range strings.Split(r.KernelLog, "\n") {
		require.NotRegexp(t, complaint, line)
	}
}

// complaint is what a kernel says where something is wrong: with itself, or with
// what FunctionFS or its host were given.
var complaint = regexp.MustCompile(`WARNING|BUG|Oops|Call Trace|(?i)functionfs read size|descriptors for EP|config_ep_by_speed|usb 1-1: .*(invalid|error|unable|can't|bad|timed out)`)

// needLibusb skips where the other end cannot be built.
func needLibusb(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no gcc: apt-get install gcc libc6-dev")
	}
	if err := exec.Command("pkg-config", "--exists", "libusb-1.0").Run(); err != nil {
		t.Skip("no headers of libusb: apt-get install pkg-config libusb-1.0-0-dev")
	}
}
