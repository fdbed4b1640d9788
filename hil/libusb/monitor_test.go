package libusb

import (
	"io/fs"
	"maps"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// changing is a sysfs that changes.
type changing struct {
	mu sync.Mutex
	fs fstest.MapFS
}

func (c *changing) Open(name string) (fs.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fs.Open(name)
}

func (c *changing) set(parts ...fstest.MapFS) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fs = fstest.MapFS{}
	for _, p := range parts {
		maps.Copy(c.fs, p)
	}
}

// watch runs a monitor without events for as long as test does.
func watch(t *testing.T, test func(dir *changing, m *monitor, told func() []string)) {
	synctest.Test(t, func(t *testing.T) {
		dir := &changing{fs: fstest.MapFS{}}
		var mu sync.Mutex
		var lists []string
		m := newMonitor(dir, func(all []Device) {
			text := ""
			for _, d := range all {
				text += d.Node()[len("/dev/bus/usb/"):] + " "
			}
			mu.Lock()
			defer mu.Unlock()
			lists = append(lists, text)
		})
		go m.run(nil)
		test(dir, m, func() []string {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			l := lists
			lists = nil
			return l
		})
		m.stop()
	})
}

func TestMonitor(t *testing.T) {
	one, two := sysfsEntry("3-1", 5, raw(), 1), sysfsEntry("3-2", 6, raw(), 1)
	again := sysfsEntry("3-1", 7, raw(), 1)
	watch(t, func(dir *changing, m *monitor, told func() []string) {
		require.Empty(t, told())
		dir.set(one)
		time.Sleep(pollWithout)
		require.Equal(t, []string{"003/005 "}, told())
		dir.set(one, two)
		m.kick()
		require.Equal(t, []string{"003/005 003/006 "}, told(), "at once")
		time.Sleep(10 * pollWithout)
		require.Empty(t, told(), "nothing has changed")
		dir.set(again, two)
		time.Sleep(pollWithout)
		require.Equal(t, []string{"003/007 003/006 "}, told(), "a device that went and came between two looks is another")
		dir.set()
		time.Sleep(pollWithout)
		require.Equal(t, []string{""}, told())
	})
}

// A device is there once the kernel has configured it, or leaves it as it is.
func TestMonitorWaitsForConfiguration(t *testing.T) {
	bare, configured, later := sysfsEntry("3-1", 5, raw(), 0), sysfsEntry("3-1", 5, raw(), 1), sysfsEntry("3-2", 6, raw(), 0)
	watch(t, func(dir *changing, m *monitor, told func() []string) {
		dir.set(bare)
		m.kick()
		require.Empty(t, told())
		time.Sleep(200 * time.Millisecond)
		require.Empty(t, told())
		dir.set(configured)
		time.Sleep(settleStep)
		require.Equal(t, []string{"003/005 "}, told())
		dir.set(bare)
		m.kick()
		require.Empty(t, told(), "unconfigured later is no matter")
		dir.set(bare, later)
		m.kick()
		require.Empty(t, told())
		time.Sleep(settleLimit - settleStep)
		require.Empty(t, told())
		time.Sleep(2 * settleStep)
		require.Equal(t, []string{"003/005 003/006 "}, told())
		require.Equal(t, uint8(1), m.last[0].Configuration)
		require.Zero(t, m.last[1].Configuration)
	})
}

// Where udev runs, a device is there once its rules have run, or should have.
func TestMonitorWaitsForUdev(t *testing.T) {
	one, two := sysfsEntry("3-1", 5, raw(), 1), sysfsEntry("3-2", 6, raw(), 1)
	runs, hasOne := fstest.MapFS{"control": {}}, fstest.MapFS{"data/c189:260": {}} // (3-1)*128 + (5-1)
	watch(t, func(dir *changing, m *monitor, told func() []string) {
		udev := &changing{fs: runs}
		m.udev = udev
		dir.set(one)
		m.kick()
		require.Empty(t, told())
		time.Sleep(200 * time.Millisecond)
		require.Empty(t, told())
		udev.set(runs, hasOne)
		dir.set(sysfsEntry("3-1", 5, raw(), 0))
		time.Sleep(settleStep)
		require.Empty(t, told(), "a rule has taken the configuration away: somebody will set another")
		dir.set(sysfsEntry("3-1", 5, raw(), 1))
		time.Sleep(settleStep)
		require.Equal(t, []string{"003/005 "}, told())
		dir.set(one, two)
		m.kick()
		time.Sleep(settleLimit - settleStep)
		require.Empty(t, told())
		time.Sleep(2 * settleStep)
		require.Equal(t, []string{"003/005 003/006 "}, told(), "udev knows nothing of it")
	})
}
