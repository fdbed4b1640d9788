//go:build linux

package lab_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/hil/lab"
	"github.com/plugfest/plugfest/hil/lab/labtest"
)

// One guest, asked for many things.
func TestMachine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a dir, isn't it")
	shown := filepath.Join(t.TempDir(), "shown")
	require.NoError(t, os.Mkdir(dir, 0o755))
	require.NoError(t, os.WriteFile(shown, []byte("seen\n"), 0o644))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	m := labtest.Start(t, lab.Options{
		Modules: []string{"dummy_hcd num=2", "libcomposite"}, Dir: dir, Show: []string{shown},
		Env: []string{"FRUIT=a pear"}, Forward: []lab.Forward{{Guest: 3240}},
	})
	shell := func(t *testing.T, script string) string {
		t.Helper()
		out, err := m.Shell(t.Context(), script)
		require.NoError(t, err)
		require.Zero(t, out.ExitCode, "%s", out)
		return out.String()
	}

	t.Run("modules", func(t *testing.T) {
		require.Equal(t, "dummy_udc.0\ndummy_udc.1\n", shell(t, "ls /sys/class/udc"))
		require.Contains(t, m.KernelLog(), "dummy_hcd dummy_hcd.1: ")
	})
	t.Run("the kernel loads modules by itself", func(t *testing.T) {
		require.Equal(t, "acm.0\nffs.x\nep0\n", shell(t, `cd /sys/kernel/config/usb_gadget && mkdir -p g/functions/acm.0 g/functions/ffs.x &&
			ls g/functions && mount -t functionfs x /mnt && ls /mnt`))
	})
	t.Run("exit codes", func(t *testing.T) {
		for script, want := range map[string]int{"exit 3": 3, "exit 255": 255, "true": 0, "kill -9 $$": 137, "no-such-program": 127} {
			out, err := m.Shell(t.Context(), script)
			require.NoError(t, err)
			require.Equal(t, want, out.ExitCode, script)
		}
		out, err := m.Exec(t.Context(), "no-such-program")
		require.NoError(t, err)
		require.Equal(t, 127, out.ExitCode)
		require.Contains(t, out.String(), "no-such-program: not found")
	})
	t.Run("where a command begins", func(t *testing.T) {
		require.Equal(t, dir+"\n"+dir+"\n", shell(t, `pwd; echo "$PLUGFEST_LAB_DIR"`))
		for at, want := range map[string]int{"/usr/bin": 0, "/no/such": 126} {
			j, err := m.Go(lab.Command{Args: []string{"pwd"}, Dir: at})
			require.NoError(t, err)
			out, err := j.Wait(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, out.ExitCode)
			require.Contains(t, out.String(), at)
		}
	})
	t.Run("arguments, environment, input and both outputs", func(t *testing.T) {
		var stdout, stderr strings.Builder
		j, err := m.Go(lab.Command{
			Args: []string{"sh", "-c", `cat; echo "$FRUIT|$MORE|$1|$2"; echo oh >&2`, "-", "$HOME 'x'", "two\nlines"},
			Env:  []string{"MORE=2"}, Stdin: strings.NewReader("in\n"), Stdout: &stdout, Stderr: &stderr,
		})
		require.NoError(t, err)
		out, err := j.Wait(t.Context())
		require.NoError(t, err)
		require.Zero(t, out.ExitCode)
		require.Equal(t, "in\na pear|2|$HOME 'x'|two\nlines\n", stdout.String())
		require.Equal(t, stdout.String(), out.String())
		require.Equal(t, "oh\n", stderr.String())
		require.Equal(t, "1\n2\n3\n", shell(t, "echo 1; echo 2 >&2; echo 3"), "without Stderr in the order in which it was said")
	})
	t.Run("much output", func(t *testing.T) {
		sent := make([]byte, 8<<20)
		rand.NewChaCha8([32]byte{}).Read(sent)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "big"), sent, 0o644))
		h := sha256.New()
		j, err := m.Go(lab.Command{Args: []string{"cat", "big"}, Stdout: h})
		require.NoError(t, err)
		out, err := j.Wait(t.Context())
		require.NoError(t, err)
		require.True(t, bytes.Equal(sent, out.Output))
		require.Equal(t, sha256.Sum256(sent), [32]byte(h.Sum(nil)))
	})
	t.Run("files", func(t *testing.T) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "in"), []byte("to the guest"), 0o644))
		require.Equal(t, "to the guest", shell(t, "cat in; echo -n from the guest >out"))
		got, err := os.ReadFile(filepath.Join(dir, "out"))
		require.NoError(t, err)
		require.Equal(t, "from the guest", string(got))
		require.Equal(t, dir, m.Dir())
	})
	t.Run("the machine is not changed", func(t *testing.T) {
		name := fmt.Sprintf("/etc/plugfest-%d", os.Getpid())
		require.Equal(t, "x\n", shell(t, "echo x >"+name+"; cat "+name))
		require.NoFileExists(t, name)
		out, err := m.Shell(t.Context(), "echo x >/run/plugfest/host"+name)
		require.NoError(t, err)
		require.NotZero(t, out.ExitCode)
		require.Contains(t, out.String(), "Read-only file system")
	})
	t.Run("/tmp is empty but for what is shown", func(t *testing.T) {
		require.Equal(t, "seen\n", shell(t, "cat "+shown))
		out, err := m.Shell(t.Context(), "echo x >"+shown)
		require.NoError(t, err)
		require.Contains(t, out.String(), "Read-only file system")
		other := filepath.Join(t.TempDir(), "other")
		require.NoError(t, os.WriteFile(other, nil, 0o644))
		if strings.HasPrefix(other, "/tmp/") {
			require.Equal(t, "no\n", shell(t, "[ -e "+other+" ] || echo no"))
		}
	})
	t.Run("the machine's loopback from the guest", func(t *testing.T) {
		port := listener.Addr().(*net.TCPAddr).Port
		j, err := m.Go(lab.Command{Args: []string{"bash", "-c", fmt.Sprintf("exec 3<>/dev/tcp/%s/%d; echo hello >&3; cat <&3", lab.HostAddress, port)}})
		require.NoError(t, err)
		conn, err := listener.Accept()
		require.NoError(t, err)
		line := make([]byte, 6)
		_, err = io.ReadFull(conn, line)
		require.NoError(t, err)
		_, err = conn.Write(line)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
		out, err := j.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, "hello\n", out.String())
	})
	t.Run("a port of the guest from the machine", func(t *testing.T) {
		server, err := m.Go(lab.Command{Args: []string{"busybox", "nc", "-l", "-p", "3240", "-e", "cat"}})
		require.NoError(t, err)
		shell(t, "until grep -q :0CA8 /proc/net/tcp /proc/net/tcp6; do sleep 0.1; done")
		address, ok := m.Forwarded(3240)
		require.True(t, ok)
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		_, err = conn.Write([]byte("echo?"))
		require.NoError(t, err)
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		back, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Equal(t, "echo?", string(back))
		conn.Close()
		_, err = server.Wait(t.Context())
		require.NoError(t, err)
		_, ok = m.Forwarded(1)
		require.False(t, ok)
	})
	t.Run("output while it comes, a signal, and others meanwhile", func(t *testing.T) {
		r, w := io.Pipe()
		defer r.Close()
		j, err := m.Go(lab.Command{Args: []string{"sh", "-c", "trap 'echo caught; exit 7' TERM; echo on; sleep 1000 & wait"}, Stdout: w})
		require.NoError(t, err)
		line := make([]byte, 3)
		_, err = io.ReadFull(r, line)
		require.NoError(t, err)
		require.Equal(t, "on\n", string(line))
		require.Equal(t, "meanwhile\n", shell(t, "echo meanwhile"))
		go io.Copy(io.Discard, r)
		require.NoError(t, j.Signal(syscall.SIGTERM))
		out, err := j.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, lab.Output{ExitCode: 7, Output: []byte("on\ncaught\n")}, out)
		require.NoError(t, j.Signal(syscall.SIGTERM), "one that has ended does not mind")
	})
	t.Run("a signal at once", func(t *testing.T) {
		j, err := m.Go(lab.Command{Args: []string{"sleep", "1000"}})
		require.NoError(t, err)
		require.NoError(t, j.Signal(syscall.SIGINT))
		out, err := j.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, 130, out.ExitCode)
	})
	t.Run("patience runs out", func(t *testing.T) {
		why := errors.New("too slow")
		ctx, cancel := context.WithCancelCause(t.Context())
		r, w := io.Pipe()
		defer r.Close()
		j, err := m.Go(lab.Command{Args: []string{"sh", "-c", "echo begun; sleep 1000; echo never"}, Stdout: w})
		require.NoError(t, err)
		_, err = io.ReadFull(r, make([]byte, 6))
		require.NoError(t, err)
		cancel(why)
		out, err := j.Wait(ctx)
		require.ErrorIs(t, err, why)
		require.Equal(t, "begun\n", out.String())
		require.Equal(t, 137, out.ExitCode, "it was killed, with what it had started")
		require.Equal(t, "", shell(t, "pgrep -x sleep || true"))
	})
	t.Run("a daemon outlives its command", func(t *testing.T) {
		shell(t, "setsid sleep 1000 >/dev/null 2>&1 &")
		require.NotEmpty(t, shell(t, "until pgrep -x sleep; do sleep 0.1; done"))
	})
	t.Run("a terminal", func(t *testing.T) {
		in, keys := io.Pipe()
		defer keys.Close()
		screen, shows := io.Pipe()
		defer screen.Close()
		sees := func(want string) {
			t.Helper()
			got := make([]byte, len(want))
			_, err := io.ReadFull(screen, got)
			require.NoError(t, err)
			require.Equal(t, want, string(got))
		}
		c := lab.Command{Args: []string{"sh", "-c", "tty; stty size; echo $TERM; read line; echo got $line; exit 9"},
			Stdin: in, Stdout: shows, Terminal: &lab.Terminal{Rows: 33, Columns: 111, Type: "dumb"}}
		j, err := m.Go(c)
		require.NoError(t, err)
		_, err = m.Go(c)
		require.EqualError(t, err, "lab: another command has the guest's terminal")
		sees("/dev/hvc0\r\n33 111\r\ndumb\r\n")
		_, err = keys.Write([]byte("typed\r"))
		require.NoError(t, err)
		sees("typed\r\ngot typed\r\n")
		out, err := j.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, lab.Output{ExitCode: 9}, out)

		var quiet bytes.Buffer
		j, err = m.Go(lab.Command{Args: []string{"cat"}, Stdin: strings.NewReader(""), Stdout: &quiet, Terminal: &lab.Terminal{}})
		require.NoError(t, err)
		out, err = j.Wait(t.Context())
		require.NoError(t, err)
		require.Zero(t, out.ExitCode, "the end of the input is ^D")
		require.Empty(t, quiet.String())
	})
	t.Run("closed, it takes nothing more", func(t *testing.T) {
		j, err := m.Go(lab.Command{Args: []string{"sleep", "1000"}})
		require.NoError(t, err)
		require.NoError(t, m.Close())
		require.NoError(t, m.Close())
		_, err = j.Wait(t.Context())
		require.Equal(t, lab.ErrClosed, err)
		_, err = m.Exec(t.Context(), "true")
		require.Equal(t, lab.ErrClosed, err)
		require.Contains(t, m.KernelLog(), "Linux version ")
	})
}
