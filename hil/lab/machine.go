package lab

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// A Machine is a guest that has booted and takes commands. Its methods may be
// called from several goroutines.
type Machine struct {
	options  Options
	dir      string // private: initramfs, kernel log, control share
	began    time.Time
	pid      int                     // of QEMU
	cancel   context.CancelCauseFunc // kills it
	limit    *time.Timer             // calls cancel
	control  *os.File                // requests to the guest, and its reports
	terminal *terminal

	mu   sync.Mutex
	jobs map[int]*Job
	last int    // number of the last job
	end  ending // as far as it is known

	ready  chan struct{} // closed when the guest takes commands
	up     sync.Once     // closes it
	gone   chan struct{} // closed when QEMU has ended
	err    error         // then says how
	closed sync.Once

	closeTime time.Duration // how long the guest may take to end
}

// Start boots a guest, loads its modules, and returns when it takes commands. The
// guest is killed when ctx is done, and at its time limit.
//
// It returns a *MissingError where the machine lacks something that Install does
// not permit to get, and an *Error where the guest did not come up.
func Start(ctx context.Context, o Options) (*Machine, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	k, err := o.kernel(ctx)
	if err != nil {
		return nil, err
	}
	m := &Machine{options: o, jobs: map[int]*Job{}, ready: make(chan struct{}), gone: make(chan struct{}), closeTime: 20 * time.Second}
	if err := m.boot(ctx, k); err != nil {
		return nil, errors.Join(err, os.RemoveAll(m.dir))
	}
	select {
	case <-m.ready:
		return m, nil
	case <-m.gone:
		m.Close()
		return nil, m.err
	}
}

// Dir is the directory that machine and guest share, as the machine knows it:
// that of Options, or one that Close removes.
func (m *Machine) Dir() string {
	if m.options.Dir != "" {
		return m.options.Dir
	}
	return filepath.Join(m.dir, "control", "dir")
}

// guestDir is the same as the guest knows it.
func (m *Machine) guestDir() string {
	if m.options.Dir != "" {
		return m.options.Dir
	}
	return guestControl + "/dir"
}

// Forwarded is the address on the machine's loopback that leads to a port of the
// guest: one of Options.Forward.
func (m *Machine) Forwarded(guest uint16) (address string, ok bool) {
	for _, f := range m.options.Forward {
		if f.Guest == guest {
			return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(f.Host))), true
		}
	}
	return "", false
}

// KernelLog is what the guest's kernel has said so far: lines with the seconds
// since it began in brackets. It is there after Close too.
func (m *Machine) KernelLog() string {
	select {
	case <-m.gone:
		return m.end.kernel
	default:
	}
	data, _ := os.ReadFile(filepath.Join(m.dir, "console"))
	return string(bytes.ReplaceAll(data, []byte("\r"), nil))
}

// Close ends the guest, and with it what still runs there, and removes what it
// left on the machine outside of Options.Dir. It returns an *Error if the guest
// had ended before, or did not end as asked.
func (m *Machine) Close() error {
	m.closed.Do(func() {
		m.mu.Lock()
		m.end.asked = true
		m.mu.Unlock()
		io.WriteString(m.control, "exit\n") // a guest that is gone does not mind
		late := time.AfterFunc(m.closeTime, func() { m.cancel(ErrTimeLimit) })
		<-m.gone
		late.Stop()
		os.RemoveAll(m.dir)
	})
	if m.err == ErrClosed {
		return nil
	}
	return m.err
}
