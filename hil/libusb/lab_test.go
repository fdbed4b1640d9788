package libusb

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

// The tests of the guest, built with the tag and run under a real kernel.
func TestInLab(t *testing.T) {
	dir := t.TempDir()
	o := lab.Options{
		Modules:   []string{"vhci_hcd", "dummy_hcd num=2 is_super_speed=1", "libcomposite", "usb_f_ss_lb"},
		Dir:       dir,
		TimeLimit: 5 * time.Minute,
	}
	labtest.Need(t, o)
	needLibusb(t)
	binary := filepath.Join(dir, "libusb.test")
	build := exec.Command("go", "test", "-c", "-tags", "libusb", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	text, err := build.CombinedOutput()
	require.NoError(t, err, "%s", text)
	r, err := lab.Run(t.Context(), o, lab.Command{Args: []string{binary, "-test.v", "-test.run", *guestTests}, Dir: dir})
	out := string(r.Output.Output)
	t.Logf("%s", out)
	require.NoError(t, err)
	require.Zero(t, r.ExitCode)
	for _, name := range guestTestNames(t) {
		if ran, _ := regexp.MatchString(*guestTests, name); ran {
			require.Contains(t, out, "--- PASS: "+name+" ")
		}
	}
	require.Empty(t, complaints(r.KernelLog), "the kernel's complaints")
}

// guestTestNames lists the tests that the guest is to run, as they stand in the
// sources: none may be passed over.
func guestTestNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("guest_*_test.go")
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`(?m)^func (TestGuest\w+)\(`).FindAllSubmatch(b, -1) {
			names = append(names, string(m[1]))
		}
	}
	require.NotEmpty(t, names)
	return names
}

// complaints are the lines of a kernel's log that accuse a program, or the
// kernel itself.
func complaints(log string) []string {
	var list []string
	for l := range strings.Lines(log) {
		for _, fault := range []string{"did not claim interface", "BUG: ", "WARNING: "} {
			if strings.Contains(l, fault) {
				list = append(list, l)
			}
		}
	}
	return list
}

// needLibusb skips where the package cannot be built with its tag.
func needLibusb(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no gcc: apt-get install gcc libc6-dev")
	}
	if err := exec.Command("pkg-config", "--exists", "libusb-1.0").Run(); err != nil {
		t.Skip("no headers of libusb: apt-get install pkg-config libusb-1.0-0-dev")
	}
}
