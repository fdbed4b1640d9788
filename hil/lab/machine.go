package lab

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Machine is a guest that has booted and takes commands. Its methods may be
// called from several goroutines.
type Machine struct {
	options Options
	dir     string // private: log, control share
	began   time.Time
	cancel  context.CancelCauseFunc
	control *os.File
	said    lockedBuffer // by QEMU

	mu     sync.Mutex
	jobs   map[int]*Job
	last   int
	asked  bool          // it was told to end
	bye    bool          // and said that it would
	reason string        // why it could not be set up
	err    error         // why it ended, when gone is closed
	ready  chan struct{} // closed when it takes commands
	gone   chan struct{} // closed when QEMU has ended
	closed sync.Once
}

// Start boots a guest and loads its modules. The guest is killed when ctx is
// done, and at its time limit.
func Start(ctx context.Context, o Options) (*Machine, error) { return start(ctx, o, false) }

func start(ctx context.Context, o Options, terminal bool) (m *Machine, err error) {
	if o, err = o.filled(); err != nil {
		return nil, err
	}
	var k kernel
	if o.Install {
		k, err = o.prepare(ctx)
	} else if err = Check(o); err == nil {
		k, err = o.find()
	}
	if err != nil {
		return nil, err
	}
	m = &Machine{options: o, jobs: map[int]*Job{}, ready: make(chan struct{}), gone: make(chan struct{})}
	if m.dir, err = os.MkdirTemp("", "plugfest-lab-"); err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	if err := m.boot(ctx, k, terminal); err != nil {
		os.RemoveAll(m.dir)
		return nil, err
	}
	select {
	case <-m.ready:
		return m, nil
	case <-m.gone:
		m.Close()
		return nil, m.err
	}
}

// boot starts QEMU.
func (m *Machine) boot(ctx context.Context, k kernel, terminal bool) error {
	if err := pickPorts(m.options.Forward); err != nil {
		return err
	}
	l := launch{options: m.options, kernel: k, initramfs: filepath.Join(m.dir, "initramfs"), console: filepath.Join(m.dir, "console"),
		control: filepath.Join(m.dir, "control"), terminal: terminal}
	l.accel, _ = Acceleration(os.DirFS("/"))
	archive, err := k.initramfs(m.options)
	if err != nil {
		return err
	}
	if err := os.WriteFile(l.initramfs, archive, 0o600); err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	if err := m.writeControl(l); err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	ours, theirs, err := socketPair()
	if err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	defer theirs.Close()
	qemu, err := program("qemu-system-x86_64")
	if err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	cmd := exec.CommandContext(ctx, qemu, l.args()...)
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Stderr = &m.said
	if terminal {
		cmd.Stdin, cmd.Stdout = os.Stdin, os.Stdout
	}
	m.began = time.Now()
	ended, err := startWith(cmd, !terminal)
	if err != nil {
		cancel(nil)
		ours.Close()
		return fmt.Errorf("lab: %w", err)
	}
	m.cancel, m.control = cancel, ours
	limit := time.AfterFunc(m.options.TimeLimit, func() { cancel(ErrTimeLimit) })
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		m.listen(ours)
	}()
	go func() {
		err := <-ended
		limit.Stop()
		cause := context.Cause(ctx)
		cancel(nil)
		<-heard // it ends with QEMU's end of the socket
		ours.Close()
		m.finish(err, cause)
	}()
	return nil
}

// writeControl fills the control share.
func (m *Machine) writeControl(l launch) error {
	if err := os.MkdirAll(filepath.Join(l.control, "dir"), 0o755); err != nil {
		return err
	}
	files := map[string]string{
		"config":  l.config(m.options.Dir, guestPath()),
		"modules": lines(m.options.Modules),
		"show":    lines(m.shown()),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(l.control, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// shown lists files that the guest's own /tmp and /run would hide.
func (m *Machine) shown() []string {
	var out []string
	add := func(path string) {
		abs, err := filepath.Abs(path)
		if err == nil && hidden(abs) && exists(abs) {
			out = append(out, abs)
		}
	}
	for _, path := range m.options.Show {
		add(path)
	}
	if self, err := os.Executable(); err == nil {
		add(self)
	}
	if m.options.Dir == "" {
		if here, err := os.Getwd(); err == nil {
			add(here)
		}
	}
	return out
}

// guestPath is ours, and where administrators' programs are.
func guestPath() string {
	path := os.Getenv("PATH")
	for _, dir := range []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"} {
		path += string(os.PathListSeparator) + dir
	}
	return strings.TrimPrefix(path, string(os.PathListSeparator))
}

func lines(list []string) string {
	var b strings.Builder
	for _, s := range list {
		b.WriteString(s)
		b.WriteByte('\n')
	}
	return b.String()
}

// pickPorts puts free ports where none is asked for.
func pickPorts(list []Forward) error {
	for i := range list {
		if list[i].Host != 0 {
			continue
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("lab: find a free port: %w", err)
		}
		list[i].Host = uint16(l.Addr().(*net.TCPAddr).Port)
		l.Close()
	}
	return nil
}

// listen hears the guest until its end of the channel closes.
func (m *Machine) listen(r io.Reader) {
	for in := bufio.NewScanner(r); in.Scan(); {
		verb, rest, _ := strings.Cut(in.Text(), " ")
		m.mu.Lock()
		switch verb {
		case "ready":
			close(m.ready)
		case "bye":
			m.bye = true
		case "failed":
			m.reason = rest
			m.cancel(ErrSetup)
		case "ended":
			number, code, _ := strings.Cut(rest, " ")
			n, _ := strconv.Atoi(number)
			status, err := strconv.Atoi(code)
			if j := m.jobs[n]; j != nil && err == nil {
				delete(m.jobs, n)
				j.code = status
				close(j.ended)
			}
		}
		m.mu.Unlock()
	}
}

// finish works out how the guest ended and tells those who wait.
func (m *Machine) finish(exit, cause error) {
	kernel := m.KernelLog()
	m.mu.Lock()
	defer m.mu.Unlock()
	code := -1
	var status *exec.ExitError
	if errors.As(exit, &status) {
		code = status.ExitCode()
	} else if exit == nil {
		code = 0
	}
	said := strings.TrimSpace(m.said.String())
	e := &Error{After: time.Since(m.began), Kernel: kernel, Detail: said}
	switch {
	case code == exitAsked && m.asked && m.bye:
		m.err = ErrClosed
		close(m.gone)
		return
	case strings.Contains(kernel, "Kernel panic - not syncing"):
		e.Err = ErrPanic
	case errors.Is(cause, ErrSetup):
		e.Err, e.Detail = ErrSetup, m.reason
	case cause != nil:
		e.Err = cause
	case code == exitSetup:
		e.Err = ErrSetup
	case code == 0:
		e.Err = ErrPowerOff
	default:
		e.Err, e.Detail = ErrQEMU, strings.TrimSpace(fmt.Sprintf("%v %s", exit, said))
	}
	m.err = e
	close(m.gone)
}

// send writes a request to the guest.
func (m *Machine) send(line string) error {
	if _, err := io.WriteString(m.control, line+"\n"); err != nil {
		<-m.gone // there is no other reason
		return m.err
	}
	return nil
}

// Dir is the directory that machine and guest share, as the machine knows it.
func (m *Machine) Dir() string {
	if m.options.Dir != "" {
		return m.options.Dir
	}
	return filepath.Join(m.dir, "control", "dir")
}

// guestDir is the same for the guest.
func (m *Machine) guestDir() string {
	if m.options.Dir != "" {
		return m.options.Dir
	}
	return "/run/plugfest/control/dir"
}

// Forwarded is the address on the machine's loopback that leads to a port of the
// guest, or "".
func (m *Machine) Forwarded(guest uint16) string {
	for _, f := range m.options.Forward {
		if f.Guest == guest {
			return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(f.Host)))
		}
	}
	return ""
}

// KernelLog is what the guest's kernel has said so far.
func (m *Machine) KernelLog() string {
	data, _ := os.ReadFile(filepath.Join(m.dir, "console"))
	return string(bytes.ReplaceAll(data, []byte("\r"), nil))
}

// closeTime is how long a guest may take to end.
const closeTime = 20 * time.Second

// Close ends the guest, and with it what still runs there, and removes what it
// left on the machine outside of Options.Dir. It returns an *Error if the guest
// had ended before, or did not end as it should.
func (m *Machine) Close() error {
	m.closed.Do(func() {
		m.mu.Lock()
		m.asked = true
		m.mu.Unlock()
		io.WriteString(m.control, "exit\n") // if nobody listens, gone says so
		late := time.AfterFunc(closeTime, func() { m.cancel(ErrTimeLimit) })
		defer late.Stop()
		<-m.gone
		os.RemoveAll(m.dir)
	})
	if errors.Is(m.err, ErrClosed) {
		return nil
	}
	return m.err
}

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
