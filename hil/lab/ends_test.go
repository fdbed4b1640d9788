//go:build linux

package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// need is labtest.Need, which tests inside of this package cannot import.
func need(t *testing.T, o Options) {
	if testing.Short() {
		t.Skip("boots a virtual machine: not in short runs")
	}
	if os.Getenv("PLUGFEST_LAB") == "off" {
		t.Skip("boots a virtual machine: PLUGFEST_LAB=off leaves that for another run")
	}
	if err := Check(o); err != nil {
		t.Skip(err)
	}
}

// No guest that ends in a way of its own passes for one that ended well,
// whatever its command says.
func TestBadEnds(t *testing.T) {
	need(t, Options{})
	for _, c := range []struct {
		name   string
		script string
		want   error
		says   string
	}{
		{"a panic", "echo before; echo c >/proc/sysrq-trigger; sleep 1000", ErrPanic, "panicked: sysrq triggered crash\nits kernel said last:"},
		{"switched off", "echo before; poweroff -f >/dev/null 2>&1; sleep 1000", ErrEnded, "switched itself off"},
		{"the agent killed", "echo before; kill -9 $(pgrep -f agent.sh); sleep 1000", ErrEnded, "nothing answers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := Run(t.Context(), Options{}, Command{Args: []string{"/bin/sh", "-c", c.script}})
			var e *Error
			require.True(t, errors.As(err, &e), "%v", err)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
			require.Equal(t, -1, r.ExitCode)
			require.Equal(t, "before\n", r.String())
			require.Contains(t, r.KernelLog, "Linux version ")
		})
	}
}

// After a command that ended with 0.
func TestPanicAfterwards(t *testing.T) {
	need(t, Options{})
	t.Parallel()
	m, err := Start(t.Context(), Options{})
	require.NoError(t, err)
	out, err := m.Shell(t.Context(), "(sleep 0.3; echo c >/proc/sysrq-trigger) >/dev/null 2>&1 &")
	require.NoError(t, err)
	require.Zero(t, out.ExitCode)
	<-m.gone
	_, err = m.Shell(t.Context(), "true")
	require.ErrorIs(t, err, ErrPanic)
	require.ErrorIs(t, m.Close(), ErrPanic)
	require.ErrorIs(t, m.Close(), ErrPanic, "again")
	require.NoDirExists(t, m.dir)
}

// A guest that hangs is killed at its time limit.
func TestTimeLimit(t *testing.T) {
	need(t, Options{})
	t.Parallel()
	m, err := Start(t.Context(), Options{})
	require.NoError(t, err)
	r, w := io.Pipe()
	defer r.Close()
	j, err := m.Go(Command{Args: []string{"/bin/sh", "-c", "kill -STOP -1; echo before; sleep 1000"}, Stdout: w})
	require.NoError(t, err)
	_, err = io.ReadFull(r, make([]byte, 7))
	require.NoError(t, err)
	require.True(t, m.limit.Reset(0), "the limit was still ahead")
	out, err := j.Wait(t.Context())
	require.ErrorIs(t, err, ErrTimeLimit)
	require.Equal(t, Output{ExitCode: -1, Output: []byte("before\n")}, out)
	require.ErrorIs(t, m.Close(), ErrTimeLimit)
}

// A guest that does not answer when it is asked to end is killed.
func TestCloseOfAHungGuest(t *testing.T) {
	need(t, Options{})
	t.Parallel()
	m, err := Start(t.Context(), Options{})
	require.NoError(t, err)
	out, err := m.Shell(t.Context(), "pgrep -f agent.sh")
	require.NoError(t, err)
	agent := strings.Fields(out.String())[1] // the first process's child
	_, err = m.Go(Command{Args: []string{"sh", "-c", "kill -STOP " + agent + "; echo stopped >/dev/kmsg"}})
	require.NoError(t, err)
	for !strings.Contains(m.KernelLog(), "stopped") {
		runtime.Gosched()
	}
	m.closeTime = time.Millisecond
	require.ErrorIs(t, m.Close(), ErrTimeLimit)
}

func TestQEMUKilled(t *testing.T) {
	need(t, Options{})
	t.Parallel()
	m, err := Start(t.Context(), Options{})
	require.NoError(t, err)
	j, err := m.Go(Command{Args: []string{"sleep", "1000"}})
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(m.pid, syscall.SIGKILL))
	_, err = j.Wait(t.Context())
	require.ErrorIs(t, err, ErrQEMU)
	require.ErrorContains(t, err, "signal: killed")
	require.ErrorIs(t, m.Close(), ErrQEMU)
}

// Start says why there is no guest, and leaves nothing.
func TestStartFails(t *testing.T) {
	need(t, Options{})
	t.Setenv("TMPDIR", t.TempDir())
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name    string
		ctx     context.Context
		options Options
		want    error
		says    string
	}{
		{"no such module", t.Context(), Options{Modules: []string{"dummy_hcd", "no_such_module"}}, ErrSetup,
			"cannot load module no_such_module: modprobe: FATAL: Module no_such_module not found"},
		{"no patience", canceled, Options{}, context.Canceled, ""},
		{"no time", t.Context(), Options{TimeLimit: 100 * time.Millisecond}, ErrTimeLimit, ""},
		{"a memory that QEMU does not have", t.Context(), Options{Memory: 1 << 40}, ErrQEMU, "exit status 1"},
		{"a port that is taken", t.Context(), Options{Forward: []Forward{{1, 1}, {1, 2}}}, ErrQEMU, "hostfwd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Start(c.ctx, c.options)
			require.Nil(t, m)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestRun(t *testing.T) {
	need(t, Options{Udev: true})
	t.Parallel()
	r, err := Run(t.Context(), Options{Udev: true, Modules: []string{"vhci_hcd"}, CPUs: 1},
		Command{Args: []string{"/bin/sh", "-c", `udevadm info /sys/bus/usb/devices/usb1 | grep -o ID_VENDOR=Linux; echo x >"$PLUGFEST_LAB_DIR/file"; exit 3`}})
	require.NoError(t, err)
	require.Equal(t, 3, r.ExitCode)
	require.Equal(t, "ID_VENDOR=Linux\n", r.String(), "udev has looked at the hub")
	require.Contains(t, r.KernelLog, "vhci_hcd vhci_hcd.0: USB/IP Virtual Host Controller")
	require.Positive(t, r.Took)
	_, err = Run(t.Context(), Options{}, Command{})
	require.EqualError(t, err, "lab: no command")
}

// QEMU does not outlive whoever started it, even if that was killed.
func TestOrphan(t *testing.T) {
	need(t, Options{})
	if os.Getenv("PLUGFEST_LAB_ORPHAN") != "" {
		m, err := Start(t.Context(), Options{})
		require.NoError(t, err)
		fmt.Printf("\nqemu %d %s\n", m.pid, m.dir)
		select {}
	}
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	parent := exec.Command(self, "-test.run=^TestOrphan$")
	parent.Env = append(os.Environ(), "PLUGFEST_LAB_ORPHAN=1")
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	var pid int
	var dir, said string
	for in := bufio.NewScanner(out); pid == 0 && in.Scan(); {
		said += in.Text() + "\n"
		fmt.Sscanf(in.Text(), "qemu %d %s", &pid, &dir)
	}
	require.NotZero(t, pid, said)
	t.Cleanup(func() { os.RemoveAll(dir) }) // nobody else is left to
	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	gone := func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return err != nil || strings.Contains(string(stat), ") Z ")
	}
	require.Eventually(t, gone, 10*time.Second, 10*time.Millisecond)
}
