package gadget

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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
	out := string(r.Output.Output)
	t.Logf("%s", out)
	require.NoError(t, err)
	require.Zero(t, r.ExitCode)
	require.Empty(t, notPassed(out, guestTestNames(t, *guestTests), beforeAlternates(t, r.KernelLog)), "tests that did not run in the guest")
	for _, line := range strings.Split(r.KernelLog, "\n") {
		require.NotRegexp(t, complaint, line)
	}
}

// guestTestNames lists the tests that the guest is to run, as they stand in the
// sources.
func guestTestNames(t *testing.T, wanted string) []string {
	t.Helper()
	files, err := filepath.Glob("guest*_test.go")
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`(?m)^func (TestGuest\w+)\(`).FindAllSubmatch(b, -1) {
			if ran, _ := regexp.Match(wanted, m[1]); ran {
				names = append(names, string(m[1]))
			}
		}
	}
	require.NotEmpty(t, names, "no test of a guest is called %s", wanted)
	return names
}

// needAlternatesTests may skip on kernels before 6.8, whose FunctionFS has no
// alternate settings to test; and one may on all others.
var needAlternatesTests = []string{"TestGuestAlternates", "TestGuestAlternatesGuessed", "TestGuestCarLife"}

const noAlternatesTest = "TestGuestAlternatesRefused"

// notPassed lists the tests that have not passed by what the guest said, but for
// those that its kernel is too old, or too new, for.
func notPassed(out string, names []string, before68 bool) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		may := slices.Contains(needAlternatesTests, name) && before68 || name == noAlternatesTest && !before68
		return strings.Contains(out, "--- PASS: "+name+" ") || may && strings.Contains(out, "--- SKIP: "+name+" ")
	})
}

// beforeAlternates reports whether the guest's kernel is older than Linux 6.8, by
// the first line of its log.
func beforeAlternates(t *testing.T, log string) bool {
	t.Helper()
	m := regexp.MustCompile(`Linux version (\d+)\.(\d+)`).FindStringSubmatch(log)
	require.NotNil(t, m, "the kernel's log does not say which it is")
	major, err := strconv.Atoi(m[1])
	require.NoError(t, err)
	minor, err := strconv.Atoi(m[2])
	require.NoError(t, err)
	return major < 6 || major == 6 && minor < 8
}

// A guest that runs nothing, or skips more than its kernel lacks, is noticed.
func TestNotPassed(t *testing.T) {
	names := guestTestNames(t, "^TestGuest")
	require.Contains(t, names, noAlternatesTest)
	require.Subset(t, names, needAlternatesTests)
	require.Equal(t, names, notPassed("testing: warning: no tests to run\nPASS\n", names, false))
	say := func(verb string, names ...string) (out string) {
		for _, n := range names {
			out += "--- " + verb + ": " + n + " (0.00s)\n"
		}
		return out
	}
	require.Empty(t, notPassed(say("PASS", names...), names, false))
	skipped := say("SKIP", names...)
	require.NotContains(t, notPassed(skipped, names, false), noAlternatesTest)
	require.Len(t, notPassed(skipped, names, false), len(names)-1)
	require.Subset(t, notPassed(skipped, names, true), []string{noAlternatesTest, "TestGuestEcho"})
	require.Len(t, notPassed(skipped, names, true), len(names)-len(needAlternatesTests))
	require.Equal(t, []string{"TestGuestEcho"}, notPassed(say("PASS", "TestGuestEchoOfPackets"), []string{"TestGuestEcho", "TestGuestEchoOfPackets"}, false))

	for version, want := range map[string]bool{"5.15.0": true, "6.1.0-37-amd64": true, "6.8.0": false, "6.12.43+deb13": false, "7.0.1": false} {
		require.Equal(t, want, beforeAlternates(t, "[    0.000000] Linux version "+version+" (x@y)\n"), version)
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
