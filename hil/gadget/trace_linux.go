package gadget

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// tracer follows the selections of alternate settings.
type tracer struct {
	probe
	selections
	fs, fd int
}

// newTracer returns nil where the kernel has no probes for us.
func newTracer(gadget string) *tracer {
	fs, err := mountFS("tracefs", "")
	if err != nil {
		return nil
	}
	t := &tracer{probe: newProbe(fmt.Sprintf("/proc/self/fd/%d", fs), gadget), fs: fs, fd: -1}
	if err := t.insert(realFiles{}); err != nil {
		unix.Close(fs)
		return nil
	}
	if t.fd, err = unix.Open(t.pipe(), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err != nil {
		t.close()
		return nil
	}
	return t
}

// setting is what the host selected last of an interface.
func (t *tracer) setting(number uint8) int {
	if t == nil {
		return unknownSetting
	}
	var b [4096]byte
	for {
		n, err := unix.Read(t.fd, b[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return t.selections.setting(number)
		}
		t.feed(b[:n])
	}
}

func (t *tracer) close() {
	if t == nil {
		return
	}
	if t.fd >= 0 {
		unix.Close(t.fd)
	}
	t.withdraw(realFiles{})
	unix.Close(t.fs)
}
