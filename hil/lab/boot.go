package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// boot starts QEMU, and what listens to it. After an error nothing runs.
func (m *Machine) boot(ctx context.Context, k kernel) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("lab: %w", err)
		}
	}()
	qemu, err := program("qemu-system-x86_64")
	if err != nil {
		return err
	}
	if m.dir, err = os.MkdirTemp("", "plugfest-lab-"); err != nil {
		return err
	}
	if m.options.Forward, err = pickPorts(m.options.Forward); err != nil {
		return err
	}
	l, err := m.launch(k)
	if err != nil {
		return err
	}
	control, guestControl, err := socketPair()
	if err != nil {
		return err
	}
	defer guestControl.Close()
	console, guestConsole, err := socketPair()
	if err != nil {
		control.Close()
		return err
	}
	defer guestConsole.Close()

	ctx, cancel := context.WithCancelCause(ctx)
	cmd := exec.CommandContext(ctx, qemu, l.args()...)
	cmd.ExtraFiles = []*os.File{guestControl, guestConsole}
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = time.Second
	m.began = time.Now()
	ended, err := startWith(cmd)
	if err != nil {
		cancel(nil)
		return errors.Join(err, control.Close(), console.Close())
	}
	m.pid, m.cancel, m.control, m.terminal = cmd.Process.Pid, cancel, control, &terminal{socket: console}
	m.limit = time.AfterFunc(m.options.TimeLimit, func() { cancel(ErrTimeLimit) })
	heard, shown := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(heard)
		m.listen()
	}()
	go func() {
		defer close(shown)
		m.terminal.show()
	}()
	go func() {
		err := <-ended
		m.limit.Stop()
		cause := context.Cause(ctx)
		cancel(nil)
		<-heard // both end with QEMU's ends of the sockets
		<-shown
		control.Close()
		console.Close()
		m.finish(err, cause, strings.TrimSpace(said.String()))
	}()
	return nil
}

// launch writes the files that QEMU and the guest read.
func (m *Machine) launch(k kernel) (launch, error) {
	l := launch{options: m.options, kernel: k, initramfs: filepath.Join(m.dir, "initramfs"),
		console: filepath.Join(m.dir, "console"), control: filepath.Join(m.dir, "control")}
	l.accel, _ = Acceleration(os.DirFS("/"))
	archive, err := k.initramfs(m.options)
	if err != nil {
		return l, err
	}
	if err := os.MkdirAll(filepath.Join(l.control, "dir"), 0o755); err != nil {
		return l, err
	}
	for name, data := range map[string][]byte{
		l.initramfs:                         archive,
		filepath.Join(l.control, "config"):  []byte(l.config()),
		filepath.Join(l.control, "modules"): []byte(lines(m.options.Modules)),
		filepath.Join(l.control, "show"):    []byte(lines(m.options.shown())),
	} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return l, err
		}
	}
	return l, nil
}

// finish works out how the guest ended, and tells those who wait.
func (m *Machine) finish(exit, cause error, said string) {
	kernel := m.KernelLog()
	m.mu.Lock()
	defer m.mu.Unlock()
	defer close(m.gone)
	e := &m.end
	e.cause, e.kernel, e.code, e.exit = cause, kernel, 0, said
	if exit != nil {
		e.code, e.exit = -1, strings.TrimSpace(exit.Error()+" "+said)
	}
	var status *exec.ExitError
	if errors.As(exit, &status) {
		e.code = status.ExitCode()
	}
	m.err = ErrClosed
	if err := e.err(); err != nil {
		err.After = time.Since(m.began)
		m.err = err
	}
}

// pickPorts puts free ports where none is asked for.
func pickPorts(list []Forward) ([]Forward, error) {
	out := append([]Forward(nil), list...)
	for i := range out {
		if out[i].Host != 0 {
			continue
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close() // when all are found, so that none is found twice
		out[i].Host = uint16(l.Addr().(*net.TCPAddr).Port)
	}
	return out, nil
}

func lines(list []string) string {
	var b strings.Builder
	for _, s := range list {
		b.WriteString(s)
		b.WriteByte('\n')
	}
	return b.String()
}
