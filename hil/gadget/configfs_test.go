package gadget

import (
	"errors"
	"path"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

func testPlan(t *testing.T) *plan {
	p, err := newPlan(testDescriptors(), 0)
	require.NoError(t, err)
	return p.on("udc")
}

func made(t *testing.T, f *fakeFiles, p *plan) {
	t.Helper()
	require.NoError(t, f.Mkdir(path.Join(configRoot, p.gadget)))
	require.NoError(t, build(f, p))
}

// What is built is taken apart in the order that configfs wants, to nothing.
func TestBuildAndDemolish(t *testing.T) {
	f, p := newFakeFiles(), testPlan(t)
	before := len(f.entries)
	made(t, f, p)
	require.NoError(t, bind(f, p.gadget, "udc"))
	f.log = nil
	require.NoError(t, unbind(f, p.gadget))
	require.NoError(t, demolish(f, p.gadget))
	require.Equal(t, []string{
		"write plugfest.udc/UDC",
		"remove plugfest.udc/configs/c.1/ffs.pf0.udc",
		"remove plugfest.udc/configs/c.1/ffs.pf1.udc",
		"remove plugfest.udc/configs/c.1/strings/0x409",
		"remove plugfest.udc/configs/c.1",
		"remove plugfest.udc/functions/ffs.pf0.udc",
		"remove plugfest.udc/functions/ffs.pf1.udc",
		"remove plugfest.udc/strings/0x409",
		"remove plugfest.udc",
	}, f.log)
	require.Len(t, f.entries, before)
}

// However far building came, demolishing leaves nothing.
func TestDemolishOfHalf(t *testing.T) {
	p := testPlan(t)
	for i := range p.steps() {
		f := newFakeFiles()
		before := len(f.entries)
		require.NoError(t, f.Mkdir(path.Join(configRoot, p.gadget)))
		s := p.steps()[i]
		s.path = p.gadget + "/" + s.path
		if s.op == "link" {
			s.data = p.gadget + "/" + s.data
		}
		f.fail[s.String()] = syscall.EIO
		err := build(f, p)
		require.ErrorIs(t, err, syscall.EIO, "%v", s)
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, path.Join(configRoot, s.path), e.Path)
		require.NoError(t, demolish(f, p.gadget))
		require.Len(t, f.entries, before, "%v", s)
	}
}

// One thing that cannot be removed is told; what does not depend on it goes.
func TestDemolishGoesOn(t *testing.T) {
	f, p := newFakeFiles(), testPlan(t)
	made(t, f, p)
	f.fail["remove plugfest.udc/functions/ffs.pf0.udc"] = syscall.EBUSY
	err := demolish(f, p.gadget)
	require.EqualError(t, err, "gadget: remove /sys/kernel/config/usb_gadget/plugfest.udc/functions/ffs.pf0.udc: "+syscall.EBUSY.Error())
	require.False(t, f.has(configRoot+"/plugfest.udc/functions/ffs.pf1.udc"))
	require.True(t, f.has(configRoot+"/plugfest.udc"))
	require.NoError(t, demolish(newFakeFiles(), "nothing"))
}

func TestUnbindOfUnbound(t *testing.T) {
	f, p := newFakeFiles(), testPlan(t)
	made(t, f, p)
	f.fail["write plugfest.udc/UDC"] = syscall.ENODEV
	require.NoError(t, unbind(f, p.gadget))
}

// Milliamperes depend on the speed that the descriptors are for.
func TestMaxPower(t *testing.T) {
	for s, want := range map[usb.Speed]string{usb.High: "100", usb.Super: "400"} {
		d := testDescriptors().At(s)
		p, err := newPlan(d, 0)
		require.NoError(t, err)
		var got string
		for _, step := range p.steps() {
			if strings.HasSuffix(step.path, "MaxPower") {
				got = step.data
			}
		}
		assert.Equal(t, want, got)
	}
}

// Errors say what failed where, and what helps.
func TestErrors(t *testing.T) {
	dir := configRoot + "/plugfest.udc"
	for _, c := range []struct {
		op, at string
		err    error
		want   string
	}{
		{"mkdir", dir, syscall.ENOENT, "there are no gadgets: modprobe libcomposite, and mount -t configfs none /sys/kernel/config"},
		{"mkdir", dir, syscall.EACCES, "this takes root, or CAP_SYS_ADMIN and the right to write there"},
		{"mkdir", dir + "/functions/ffs.pf0.udc", syscall.ENOENT, "the kernel has no FunctionFS: modprobe usb_f_fs"},
		{"mount x of", "functionfs", syscall.ENODEV, "the kernel has no FunctionFS: modprobe usb_f_fs"},
		{"mount x of", "functionfs", syscall.EPERM, "this takes root, or CAP_SYS_ADMIN and the right to write there"},
		{"mount x of", "functionfs", syscall.ENOSYS, "mounting without a directory takes Linux 5.2"},
		{"write descriptors to", "ep0 of pf0.udc", syscall.EINVAL, "FunctionFS does not take these descriptors; the kernel's log says more"},
		{"write x to", dir + "/UDC", syscall.ENODEV, "there is no such controller: look at /sys/class/udc"},
		{"write x to", dir + "/UDC", syscall.EBUSY, "the controller has another gadget: look for its name in /sys/kernel/config/usb_gadget/*/UDC"},
		{"write x to", dir + "/UDC", syscall.Errno(524), "the controller has not the endpoints that the device needs; the kernel's log says more"},
		{"write", dir + "/max_speed", syscall.ENOENT, "limiting the speed takes Linux 5.11"},
		{"write", dir + "/strings/0x409/product", syscall.EOVERFLOW, "the text is longer than the 126 bytes that the kernel keeps"},
		{"open", udcRoot + "/udc/state", syscall.ENOENT, "the controller is gone"},
	} {
		err := explain(c.op, c.at, c.err)
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, c.want, e.Help, "%s: %v", c.at, c.err)
		assert.ErrorIs(t, err, c.err)
		assert.True(t, strings.HasPrefix(err.Error(), "gadget: "+c.op+" "+c.at+": "), "%v", err)
	}
	assert.NoError(t, explain("write", dir, nil))
	other := errors.New("other")
	assert.EqualError(t, explain("write", "x", other), "gadget: write x: other")
	assert.Equal(t, explain("a", "b", other), explain("c", "d", explain("a", "b", other)), "the first says it")
	assert.ErrorContains(t, explain("write", "UDC", syscall.Errno(524)), "ENOTSUPP")
}
