package desk_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/wire/plist"
)

// The tools of libimobiledevice, which we did not write, against a desk. Where they
// are not installed, or of another version than the one whose words are expected
// here, these tests are skipped.

// A toolbox is a Debian package of tools.
type toolbox struct {
	name    string
	version string // what --version of its programs says
}

// Packages of Debian 12.
var (
	utils     = toolbox{"libimobiledevice-utils", "1.3.0"}
	installer = toolbox{"ideviceinstaller", "1.1.1"}
	fuse      = toolbox{"ifuse", "1.1.3"} // it is 1.1.4~git and says so
)

// from returns the package of a tool; ok is false for other programs.
func from(tool string) (p toolbox, ok bool) {
	switch {
	case tool == "ideviceinstaller":
		return installer, true
	case tool == "ifuse":
		return fuse, true
	}
	return utils, strings.HasPrefix(tool, "idevice")
}

// versions are what tools say of theirs.
var versions sync.Map

// need skips a test that cannot run a tool. Of other programs nothing is expected but
// that they are there.
func need(t *testing.T, name string) {
	t.Helper()
	if testing.Short() && t.Name() != "TestInfo" {
		t.Skip("each tool runs in real time; one is enough for the short form")
	}
	p, ok := from(name)
	if !ok {
		return
	}
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed: apt-get install %s", name, p.name)
	}
	said, ok := versions.Load(name)
	if !ok {
		out, _ := exec.Command(name, "--version").CombinedOutput()
		said = strings.TrimSpace(string(out))
		versions.Store(name, said)
	}
	if want := name + " " + p.version; said != want {
		t.Skipf("%s says %q; what is expected here are the words of %q", name, said, want)
	}
}

// command is a tool that will find the desk, and is killed with ctx.
func command(ctx context.Context, t *testing.T, d *desk.Running, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), d.Environment(), "HOME="+t.TempDir(), "LC_ALL=C", "TZ=UTC")
	cmd.WaitDelay = time.Second
	return cmd
}

// patience is how long a tool may take.
const patience = time.Minute

// tool runs one and returns what it printed, trimmed, and without the carriage
// returns that progress comes with.
func tool(t *testing.T, d *desk.Running, name string, args ...string) (string, error) {
	t.Helper()
	need(t, name)
	return run(t, d, name, args...)
}

// run is tool for any program.
func run(t *testing.T, d *desk.Running, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := command(ctx, t, d, name, args...).CombinedOutput()
	require.NoError(t, ctx.Err(), "%s %v hangs, after %q", name, args, out)
	return strings.ReplaceAll(strings.TrimSpace(string(out)), "\r", ""), err
}

// says wants a tool to succeed and to print exactly that.
func says(t *testing.T, d *desk.Running, want, name string, args ...string) {
	t.Helper()
	exits(t, d, 0, want, name, args...)
}

// exits wants a tool to end with that exit code and to print exactly that.
func exits(t *testing.T, d *desk.Running, code int, want, name string, args ...string) {
	t.Helper()
	got, err := tool(t, d, name, args...)
	require.Equal(t, want, got, "%s %v", name, args)
	require.Equal(t, code, exitCode(t, err), "%s %v: %s", name, args, got)
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "%v", err)
	return exit.ExitCode()
}

// A watched tool runs until the test interrupts it.
type watched struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  *bufio.Scanner
	said []string // lines that were read
}

// watch starts a tool that runs until it is told to stop. Its output must not be
// held back: it comes through a terminal's way of buffering.
func watch(t *testing.T, d *desk.Running, name string, args ...string) *watched {
	t.Helper()
	need(t, name)
	if _, err := exec.LookPath("stdbuf"); err != nil {
		t.Skip("no stdbuf, which shows lines as they are printed: apt-get install coreutils")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	w := &watched{t: t, cmd: command(ctx, t, d, "stdbuf", append([]string{"-oL", name}, args...)...)}
	out, err := w.cmd.StdoutPipe()
	require.NoError(t, err)
	w.cmd.Stderr = w.cmd.Stdout
	require.NoError(t, w.cmd.Start())
	w.out = bufio.NewScanner(out)
	t.Cleanup(func() {
		cancel()
		_ = w.cmd.Wait()
	})
	return w
}

// line waits for the next line; the test fails if there is none any more.
func (w *watched) line() string {
	w.t.Helper()
	require.True(w.t, w.out.Scan(), "%v ended, or hangs, after %q", w.cmd.Args, w.said)
	w.said = append(w.said, w.out.Text())
	return w.out.Text()
}

// until waits for a line that matches.
func (w *watched) until(pattern string) string {
	w.t.Helper()
	re := regexp.MustCompile(pattern)
	for {
		if l := w.line(); re.MatchString(l) {
			return l
		}
	}
}

// interrupt is Ctrl-C. It returns what came then, and the exit code.
func (w *watched) interrupt() (rest string, code int) {
	w.t.Helper()
	require.NoError(w.t, w.cmd.Process.Signal(os.Interrupt))
	return w.end()
}

// end waits for the end of the tool.
func (w *watched) end() (rest string, code int) {
	w.t.Helper()
	var all []string
	for w.out.Scan() {
		all = append(all, w.out.Text())
	}
	err := w.cmd.Wait()
	return strings.TrimSpace(strings.Join(all, "\n")), exitCode(w.t, err)
}

// lines joins what a tool prints.
func lines(list ...string) string { return strings.Join(list, "\n") }

func start(t *testing.T, o desk.Options) *desk.Running {
	t.Helper()
	if !testing.Short() {
		t.Parallel() // tools wait more than they work
	}
	d, err := desk.Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

// pair has the phone trust the computer, by a tool.
func pair(t *testing.T, d *desk.Running) {
	t.Helper()
	says(t, d, "SUCCESS: Paired with device "+udid, "idevicepair", "pair")
}

// paired starts a phone of iOS 15 with its developer disk image, whose services
// every tool of libimobiledevice 1.3.0 knows, and which trusts the computer.
func paired(t *testing.T) *desk.Running {
	t.Helper()
	return pairedWith(t, state.Options{Image: true, ProductVersion: "15.8"})
}

// pairedWith starts a phone that trusts the computer, as if a tool had paired: tools
// take their time to make keys.
func pairedWith(t *testing.T, o state.Options) *desk.Running {
	t.Helper()
	records, err := muxd.OpenDirectory(t.TempDir())
	require.NoError(t, err)
	h := lockdowntest.NewHost("computer")
	h.SystemBUID, err = records.BUID()
	require.NoError(t, err)
	d := start(t, desk.Options{State: o, Records: records})
	require.NoError(t, d.Do(func(d *desk.Desk) {
		require.NoError(t, h.Certify(d.State.PublicKey()))
		known, err := d.State.Pair(h.Trusted(), true)
		require.NoError(t, err)
		h.Record.EscrowBag = known.EscrowBag
	}))
	record, err := h.Record.AppendTo(nil, plist.XML)
	require.NoError(t, err)
	require.NoError(t, records.Save(udid, record))
	return d
}

const udid = "00008110-001A2B3C4D5E001E"
