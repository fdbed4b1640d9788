package gadget

import (
	"path"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

func TestFind(t *testing.T) {
	f := newFakeFiles()
	look := func(o Options) (string, error) { return find(t.Context(), f, &o, time.Now().Add(o.WaitUDC)) }
	_, err := look(Options{})
	require.ErrorIs(t, err, ErrNoUDC)
	require.ErrorContains(t, err, "modprobe dummy_hcd")
	_, err = look(Options{UDC: "a.usb"})
	require.EqualError(t, err, "gadget: look for /sys/class/udc/a.usb: no such device controller: there is none")
	f.dir(udcRoot + "/b.usb")
	f.dir(udcRoot + "/a.usb")
	for _, c := range []struct {
		o    Options
		want string
		err  string
	}{
		{Options{}, "a.usb", ""},
		{Options{UDC: "b.usb"}, "b.usb", ""},
		{Options{UDC: "b.usb", WaitUDC: time.Hour}, "b.usb", ""},
		{Options{UDC: "c.usb"}, "", "gadget: look for /sys/class/udc/c.usb: no such device controller: there is a.usb, b.usb"},
		{Options{UDC: "c.usb", WaitUDC: time.Millisecond}, "",
			"gadget: look for /sys/class/udc/c.usb: no such device controller: there is a.usb, b.usb after 1ms"},
	} {
		got, err := look(c.o)
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
	e := &linuxEngine{f: f, plan: testPlan(t), o: &o, wake: -1, state: -1}
	var err error
	e.lock, err = claim(f, e.plan.gadget)
	require.NoError(t, err)
	require.NoError(t, build(f, e.plan))
	f.log = nil
	return e
}

const testRole = "/sys/class/usb_role/port/role"

// rolePort is a port of both roles on fake files, and gets as far as they go: the
// gadget is built, and then the kernel refuses its alternate settings.
func rolePort(w *sim.World, f *fakeFiles, o Options) *Port {
	o.Role = testRole
	return newPort(w, o, linuxSystem{f, func() (bool, error) { return false, nil }})
}

// A controller that appears after the role switch alone is found without being
// told to wait, with and without its name. The role goes back after all is gone.
func TestRole(t *testing.T) {
	for _, name := range []string{"", "late.usb"} {
		f := newFakeFiles()
		f.dir(udcRoot)
		f.file(testRole, "none\n")
		looks := 0
		f.looked = func(at string) {
			if at != udcRoot {
				return
			}
			if looks++; looks == 3 && *f.entries[testRole] == "device" {
				f.dir(udcRoot + "/late.usb")
			}
		}
		w := sim.New()
		p := rolePort(w, f, Options{UDC: name})
		require.NoError(t, w.Run(func() {
			err := p.Attach(newTestDevice(w).g)
			require.ErrorIs(t, err, ErrAlternates, "%v", err)
			require.ErrorContains(t, err, "attach to late.usb")
		}))
		require.Equal(t, 3, looks)
		require.Equal(t, []string{"write " + testRole + " device", "mkdir plugfest.late.usb"}, f.log[:2])
		require.Equal(t, []string{"remove plugfest.late.usb", "write " + testRole + " none"}, f.log[len(f.log)-2:])
	}
}

// Where it never appears, the error says what to do, and the role is what it was:
// it may be that of another process.
func TestRoleWithoutController(t *testing.T) {
	for _, c := range []struct{ former, after string }{{"host\n", "host"}, {"device\n", "device"}, {"", "host"}} {
		f := newFakeFiles()
		f.dir(udcRoot + "/other.usb")
		f.file(testRole, c.former)
		w := sim.New()
		p := rolePort(w, f, Options{UDC: "late.usb", WaitUDC: 3 * waitStep})
		require.NoError(t, w.Run(func() {
			require.EqualError(t, p.Attach(newTestDevice(w).g), "gadget: look for /sys/class/udc/late.usb: no such device controller: "+
				"there is other.usb 60ms after \"device\" was written to "+testRole+": load the controller's driver, "+
				"name the role file of its own port, or allow more time by option wait=")
		}))
		require.Equal(t, []string{"write " + testRole + " device", "write " + testRole + " " + c.after}, f.log)
		require.Nil(t, p.Attached())
	}
}

// A world that ends does not leave the port without its host.
func TestRoleWhenTheWorldEnds(t *testing.T) {
	f := newFakeFiles()
	f.file(testRole, "host")
	looking := make(chan struct{})
	once := sync.OnceFunc(func() { close(looking) })
	f.looked = func(string) { once() }
	w := sim.New()
	p := rolePort(w, f, Options{WaitUDC: time.Hour})
	require.NoError(t, w.Run(func() {
		w.Go("attach", func() { _ = p.Attach(newTestDevice(w).g) })
		w.Outside("a look", func() { <-looking })
	}))
	require.Equal(t, []string{"write " + testRole + " device", "write " + testRole + " host"}, f.log)
}

// What cannot be written, or carried, leaves the role alone.
func TestRoleNotSwitched(t *testing.T) {
	f := newFakeFiles()
	w := sim.New()
	p := rolePort(w, f, Options{})
	require.NoError(t, w.Run(func() {
		require.ErrorIs(t, p.Attach(newTestDevice(w).g), syscall.ENOENT)
		require.Equal(t, []string{"write " + testRole + " device"}, f.log)
		require.Error(t, p.Attach(usb.NewGadget(w, "device", &usb.Descriptors{}, nil)))
		require.Len(t, f.log, 1)
	}))
}

func TestRoleWait(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want time.Duration
	}{
		{Options{}, 0},
		{Options{Role: testRole}, 5 * time.Second},
		{Options{Role: testRole, WaitUDC: time.Minute}, time.Minute},
		{Options{Role: testRole, WaitUDC: -1}, -1},
	} {
		require.Equal(t, c.want, c.o.withDefaults().WaitUDC)
	}
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
		e := engineOn(t, f, Options{})
		f.fail[bindLine] = c.errno
		require.ErrorIs(t, e.bind(t.Context(), time.Now().Add(c.wait)), c.errno)
		require.Equal(t, c.tries, len(f.log) > 1, "%v: %v", c.errno, f.log)
		f.log = nil
		require.NoError(t, e.tearDown())
		require.NotContains(t, f.log, "write plugfest.udc/UDC", "it was never bound")
	}
}

func TestCheckAlternates(t *testing.T) {
	e := &linuxEngine{plan: testPlan(t), o: &Options{}}
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
