// Package labtest helps tests that need a guest of [lab].
//
//	func TestGadget(t *testing.T) {
//		m := labtest.Start(t, lab.Options{Modules: []string{"dummy_hcd", "libcomposite"}})
//		out, err := m.Shell(t.Context(), "ls /sys/class/udc")
//		...
//	}
package labtest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/plugfest/plugfest/hil/lab"
)

// Need skips a test in short runs, and where the machine cannot boot such a
// guest; the reason is shown with the command that would change it. It installs
// and downloads nothing. With PLUGFEST_LAB=off in the environment it skips too: the
// tests of the lab are then left for a run of their own.
func Need(t testing.TB, o lab.Options) {
	t.Helper()
	if testing.Short() {
		t.Skip("boots a virtual machine: not in short runs")
	}
	if os.Getenv("PLUGFEST_LAB") == "off" {
		t.Skip("boots a virtual machine: PLUGFEST_LAB=off leaves that for another run")
	}
	if err := lab.Check(o); err != nil {
		t.Skip(err)
	}
}

// Start boots a guest that lives as long as the test. The test fails where the
// guest does not end well.
func Start(t testing.TB, o lab.Options) *lab.Machine {
	t.Helper()
	Need(t, o)
	m, err := lab.Start(context.Background(), o) // the test's own is done before its clean-up
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// NeedAlternates skips a test where the guest's FunctionFS refuses alternate settings,
// which an EA native transport needs: Linux has them since 6.8.
func NeedAlternates(t testing.TB, m *lab.Machine) {
	t.Helper()
	out, err := m.Shell(context.Background(), "uname -r")
	if err != nil {
		t.Fatal(err)
	}
	release := strings.TrimSpace(out.String())
	var major, minor int
	if _, err := fmt.Sscanf(release, "%d.%d", &major, &minor); err != nil {
		t.Fatalf("uname -r says %q: %v", release, err)
	}
	if major < 6 || major == 6 && minor < 8 {
		t.Skipf("the guest has Linux %s, whose FunctionFS refuses alternate settings: let the lab have 6.8 or newer", release)
	}
}
