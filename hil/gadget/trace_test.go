package gadget

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	traceRoot = "/t"
	probePath = traceRoot + "/instances/plugfest_dummy_udc_0"
)

func traceFiles() *fakeFiles {
	f := newFakeFiles()
	f.dir(traceRoot + "/instances")
	f.file(traceRoot+"/kprobe_events", "")
	return f
}

func TestProbe(t *testing.T) {
	f := traceFiles()
	p := newProbe(traceRoot, "plugfest.dummy_udc.0")
	err := p.insert(f)
	require.ErrorIs(t, err, syscall.ENOENT, "this tracefs makes no files of its own")
	definition := "append /t/kprobe_events p:plugfest_dummy_udc_0/set_alt ffs_func_set_alt func=$arg1:x64 interface=$arg2:u32 alt=$arg3:u32"
	stale := []string{
		"write /t/instances/plugfest_dummy_udc_0/events/plugfest_dummy_udc_0/set_alt/enable 0",
		"remove /t/instances/plugfest_dummy_udc_0",
		"append /t/kprobe_events -:plugfest_dummy_udc_0/set_alt",
	}
	enable := "write /t/instances/plugfest_dummy_udc_0/events/plugfest_dummy_udc_0/set_alt/enable 1"
	require.Equal(t, append(append(append([]string{}, stale...), "mkdir /t/instances/plugfest_dummy_udc_0", definition,
		"write /t/instances/plugfest_dummy_udc_0/options/record-cmd 0", enable), stale...), f.log,
		"a former process's is withdrawn first, and its own where it fails")
	require.False(t, f.has(probePath))
	require.Equal(t, probePath+"/trace_pipe", p.pipe())

	f = traceFiles()
	f.fail[definition] = syscall.EINVAL
	require.ErrorIs(t, p.insert(f), syscall.EINVAL)
	require.False(t, f.has(probePath))
	f = newFakeFiles()
	require.ErrorIs(t, p.insert(f), syscall.ENOENT)
}

// Records as trace_pipe of Linux 6.12 gives them.
const records = `          <idle>-0       [000] d.s21    14.066207: set_alt: (ffs_func_set_alt+0x0/0x110 [usb_f_fs]) func=0xffff88800a3b6e18 interface=0 alt=0
          <idle>-0       [000] d.s21    14.066293: set_alt: (ffs_func_set_alt+0x0/0x110 [usb_f_fs]) func=0xffff88800a3b6a18 interface=1 alt=0
CPU:0 [LOST 3 EVENTS]
     gadget.test-187     [000] d.s21    14.201102: set_alt: (ffs_func_set_alt+0x0/0x110 [usb_f_fs]) func=0xffff88800a3b6a18 interface=1 alt=2
`

func TestSelections(t *testing.T) {
	var s selections
	require.Equal(t, unknownSetting, s.setting(1))
	for i := range records { // however it is cut
		s = selections{}
		s.feed([]byte(records[:i]))
		s.feed([]byte(records[i:]))
		require.Equal(t, 0, s.setting(0))
		require.Equal(t, 2, s.setting(1))
		require.Equal(t, unknownSetting, s.setting(2))
	}
	feed := func(function, alt string) {
		s.feed(fmt.Appendf(nil, "x: set_alt: (f+0x0/0x1) func=0x%s interface=1 alt=%s\n", function, alt))
	}
	feed("ffff88800a3b6a18", "4294967295")
	require.Equal(t, 2, s.setting(1), "older kernels disable so")
	for _, bad := range []string{"set_alt: func=1", "x: set_alt: func=0x1 interface=1", "x: set_alt: func=zz interface=1 alt=1", "x: set_alt: func=0x1 interface=300 alt=1",
		"x: other: func=0x1 interface=1 alt=1"} {
		s.feed([]byte(bad + "\n"))
		require.Equal(t, 2, s.setting(1), bad)
	}
	feed("ffff88800a3b6a18", "1")
	require.Equal(t, 1, s.setting(1))
	feed("ffff888000000000", "0")
	require.Equal(t, unknownSetting, s.setting(1), "another gadget has an interface 1 too: whose is it?")
	feed("ffff88800a3b6a18", "1")
	require.Equal(t, unknownSetting, s.setting(1))
	s.feed(make([]byte, 10000))
	require.Empty(t, s.rest, "no line is that long")
}

func FuzzSelections(f *testing.F) {
	f.Add([]byte(records), 40)
	f.Add([]byte("x: set_alt:  func=0x1 interface=1 alt=1\n"), 3)
	f.Fuzz(func(t *testing.T, b []byte, at int) {
		var whole, parts selections
		whole.feed(b)
		at = min(max(at, 0), len(b))
		parts.feed(b[:at])
		parts.feed(b[at:])
		require.LessOrEqual(t, len(whole.rest), 4096)
		if len(b) < 4096 {
			require.Equal(t, whole.last, parts.last)
		}
	})
}
