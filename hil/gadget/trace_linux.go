package gadget

import "golang.org/x/sys/unix"

// tracer follows the selections of alternate settings.
type tracer struct {
	probe
	selections
	fd int
}

// newTracer returns nil where the kernel has no probes for us.
func newTracer(gadget string) *tracer {
	for _, root := range traceRoots {
		t := &tracer{probe: newProbe(root, gadget)}
		if t.insert(realFiles{}) != nil {
			continue
		}
		fd, err := unix.Open(t.pipe(), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err != nil {
			t.withdraw(realFiles{})
			continue
		}
		t.fd = fd
		return t
	}
	return nil
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
	if t != nil {
		unix.Close(t.fd)
		t.withdraw(realFiles{})
	}
}
