package gadget

import (
	"path"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFind(t *testing.T) {
	f := newFakeFiles()
	s := linuxSystem{f: f}
	_, err := s.find(&Options{})
	require.ErrorIs(t, err, ErrNoUDC)
	require.ErrorContains(t, err, "modprobe dummy_hcd")
	f.dir(udcRoot + "/b.usb")
	f.dir(udcRoot + "/a.usb")
	for _, c := range []struct {
		o    Options
		want string
		err  string
	}{
		{Options{}, "a.usb", ""},
		{Options{UDC: "b.usb"}, "b.usb", ""},
		{Options{UDC: "c.usb"}, "", "gadget: look for /sys/class/udc/c.usb: no such device controller: there is a.usb, b.usb"},
		{Options{UDC: "c.usb", WaitUDC: time.Second}, "c.usb", ""},
	} {
		got, err := s.find(&c.o)
		assert.Equal(t, c.want, got)
		if c.err != "" {
			assert.EqualError(t, err, c.err)
		} else {
			assert.NoError(t, err)
		}
	}
}

// A gadget of our name that nobody has locked is what a killed process left.
func TestClaim(t *testing.T) {
	f, p := newFakeFiles(), testPlan(t)
	dir := path.Join(configRoot, p.gadget)
	c, err := claim(f, p.gadget)
	require.NoError(t, err)
	require.Equal(t, []string{"mkdir plugfest.udc", "lock plugfest.udc/UDC"}, f.log)

	_, err = claim(f, p.gadget)
	require.ErrorIs(t, err, ErrInUse)
	require.True(t, f.has(dir))
	require.NoError(t, build(f, p))
	require.NoError(t, c.Close())

	f.log = nil
	c, err = claim(f, p.gadget)
	require.NoError(t, err)
	require.Equal(t, []string{"mkdir plugfest.udc", "lock plugfest.udc/UDC", "write plugfest.udc/UDC"}, f.log[:3])
	require.Equal(t, []string{"remove plugfest.udc", "mkdir plugfest.udc", "lock plugfest.udc/UDC"}, f.log[len(f.log)-3:])
	require.False(t, f.has(dir+"/configs/c.1"), "nothing of it is used")
	require.NoError(t, c.Close())

	require.NoError(t, build(f, p))
	f.fail["remove plugfest.udc/functions/ffs.pf0.udc"] = syscall.EBUSY
	_, err = claim(f, p.gadget)
	require.ErrorIs(t, err, syscall.EBUSY)
	require.ErrorContains(t, err, "what a former process left: gadget: remove ")
	require.Empty(t, f.locked)

	f = newFakeFiles()
	f.fail["mkdir plugfest.udc"] = syscall.EACCES
	_, err = claim(f, p.gadget)
	require.ErrorContains(t, err, "this takes root")
}

// engineOn is an engine whose controller does not exist.
func engineOn(t *testing.T, f *fakeFiles, o Options) *linuxEngine {
	e := &linuxEngine{f: f, plan: testPlan(t), o: &o, udc: "udc", wake: -1, state: -1}
	var err error
	e.lock, err = claim(f, e.plan.gadget)
	require.NoError(t, err)
	require.NoError(t, build(f, e.plan))
	f.log = nil
	return e
}

// A port of both roles is switched before it is bound, and back after all is
// gone, whatever failed.
func TestRole(t *testing.T) {
	const role = "/sys/class/usb_role/port/role"
	f := newFakeFiles()
	f.file(role, "host")
	e := engineOn(t, f, Options{Role: role})
	err := e.bind()
	require.ErrorContains(t, err, "open /sys/class/udc/udc/state", "there is none here")
	require.Equal(t, []string{"write " + role + " device", "write plugfest.udc/UDC udc"}, f.log)
	before := *f.entries[role]
	require.Equal(t, "device", before)
	require.NoError(t, e.tearDown())
	require.Equal(t, "host", *f.entries[role])
	require.Equal(t, "write "+role+" host", f.log[len(f.log)-1])
	require.False(t, f.has(path.Join(configRoot, e.plan.gadget)))

	e = engineOn(t, f, Options{Role: role + "x"})
	require.ErrorIs(t, e.bind(), syscall.ENOENT)
	require.NoError(t, e.tearDown())
}

// A controller that is not there yet, or not free, is waited for; nothing else
// is.
func TestBindWaits(t *testing.T) {
	const bindLine = "write plugfest.udc/UDC udc"
	for _, c := range []struct {
		errno syscall.Errno
		wait  time.Duration
		tries bool // more than one
	}{
		{syscall.ENODEV, 0, false},
		{syscall.ENODEV, 3 * waitStep, true},
		{syscall.EBUSY, 3 * waitStep, true},
		{syscall.EINVAL, time.Hour, false},
	} {
		f := newFakeFiles()
		e := engineOn(t, f, Options{WaitUDC: c.wait})
		f.fail[bindLine] = c.errno
		require.ErrorIs(t, e.bind(), c.errno)
		require.Equal(t, c.tries, len(f.log) > 1, "%v: %v", c.errno, f.log)
		f.log = nil
		require.NoError(t, e.tearDown())
		require.NotContains(t, f.log, "write plugfest.udc/UDC", "it was never bound")
	}
}

func TestCheckAlternates(t *testing.T) {
	e := &linuxEngine{plan: testPlan(t), o: &Options{}, udc: "udc"}
	no := func() (bool, error) { return false, nil }
	err := e.checkAlternates(no)
	require.ErrorIs(t, err, ErrAlternates)
	require.ErrorContains(t, err, "Linux 6.8 or newer")
	require.NoError(t, e.checkAlternates(func() (bool, error) { return true, nil }))
	require.NoError(t, e.checkAlternates(func() (bool, error) { return false, syscall.ENOENT }), "a kernel that does not say")
	e.o.RefuseAlternates = true
	require.NoError(t, e.checkAlternates(no))
	e.o.RefuseAlternates = false
	e.plan.functions = e.plan.functions[:1]
	require.NoError(t, e.checkAlternates(no), "nothing to select from")
}
