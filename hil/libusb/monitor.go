package libusb

import (
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// How often the list of devices is read.
const (
	pollWithEvents = 2 * time.Second // events may be lost, or never come
	pollWithout    = 200 * time.Millisecond

	// A new device is not announced before the kernel has configured it and udev's rules
	// have run, which may configure it otherwise; for settleLimit at most, as some are left
	// as they are.
	settleStep  = 25 * time.Millisecond
	settleLimit = time.Second
)

// monitor keeps the list of devices, on a goroutine of its own.
type monitor struct {
	dir     fs.FS
	udev    fs.FS          // udev's own directory, nil to do without
	tell    func([]Device) // is called with each list that differs from the last
	kicked  chan struct{}  // has an element when it is time to look
	stopped chan struct{}

	last  []Device
	since map[string]time.Time // first seen, of those that are not settled
}

func newMonitor(dir fs.FS, tell func([]Device)) *monitor {
	return &monitor{dir: dir, tell: tell, kicked: make(chan struct{}, 1), stopped: make(chan struct{}), since: map[string]time.Time{}}
}

// kick has the monitor look at once.
func (m *monitor) kick() {
	select {
	case m.kicked <- struct{}{}:
	default:
	}
}

// run looks for changes until stop.
func (m *monitor) run(events *uevents) {
	interval := pollWithout
	if events != nil {
		interval = pollWithEvents
		done := make(chan struct{})
		go func() {
			defer close(done)
			events.run(m.kick)
		}()
		defer func() {
			events.close()
			<-done
		}()
	}
	for {
		next := interval
		if all, err := m.look(); err == nil {
			if !slices.EqualFunc(all, m.last, func(a, b Device) bool { return a.same(&b) }) {
				m.last = all
				m.tell(slices.Clone(all))
			}
			if len(m.since) > 0 {
				next = settleStep
			}
		}
		select {
		case <-m.stopped:
			return
		case <-m.kicked:
		case <-time.After(next):
		}
	}
}

func (m *monitor) stop() { close(m.stopped) }

// look reads the list of devices that are ready.
func (m *monitor) look() ([]Device, error) {
	all, err := list(m.dir)
	if err != nil {
		return nil, err
	}
	waiting := map[string]time.Time{}
	ready := all[:0]
	for _, d := range all {
		if i := slices.IndexFunc(m.last, func(e Device) bool { return e.same(&d) }); i >= 0 {
			ready = append(ready, m.last[i])
			continue
		}
		d.Configuration = configuration(m.dir, d.Path)
		first, seen := m.since[d.Node()]
		if !seen {
			first = time.Now()
		}
		if (d.Configuration == 0 || !handled(m.udev, &d)) && time.Since(first) < settleLimit {
			waiting[d.Node()] = first
			continue
		}
		ready = append(ready, d)
	}
	m.since = waiting
	return ready, nil
}

// handled reports whether udev, where it runs, is done with a new device: it has written
// what it knows of it then. Debian's rule for usbmuxd takes the configuration away from
// every iPhone.
func handled(udev fs.FS, d *Device) bool {
	if udev == nil {
		return true
	}
	if _, err := fs.Stat(udev, "control"); err != nil {
		return true // it does not run
	}
	const major = 189 // of USB devices
	_, err := fs.Stat(udev, fmt.Sprintf("data/c%d:%d", major, (int(d.Bus)-1)*128+int(d.Address)-1))
	return err == nil
}
