package acceptance

import (
	"os"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/hil/lab"
)

// The usbip tool of Debian lists, attaches and detaches the phone 200 times: no port
// of the guest stays stuck, and nothing stays behind in this process.
func TestAttachAndDetach(t *testing.T) {
	needPrograms(t, "usbip", "lsusb")
	phone := export(t, desk.Options{})
	g := boot(t, lab.Options{Modules: []string{"vhci_hcd"}, Network: true, TimeLimit: 8 * time.Minute})
	g.sh("mkdir -p /var/run/vhci_hcd")
	usbip := "usbip --tcp-port " + phone.port

	list := g.sh("%s list -r %s", usbip, lab.HostAddress)
	require.Regexp(t, `1-1: Apple, Inc\. : .*\(05ac:12a8\)`, list)
	require.Regexp(t, `\(Defined at Interface level\)`, list)

	g.sh("%s attach -r %s -b 1-1", usbip, lab.HostAddress)
	g.until("iPhone on the bus", "lsusb -d 05ac:12a8")
	require.Regexp(t, `Port 00: <Port in Use> at High Speed\(480Mbps\)\s+Apple, Inc\. : .*\(05ac:12a8\)\s+\S+ -> usbip://10\.0\.2\.2:`+phone.port+`/1-1`, g.sh("usbip port"))
	busy, code := g.try("%s attach -r %s -b 1-1", usbip, lab.HostAddress)
	require.NotZero(t, code)
	require.Regexp(t, "(?i)busy|in use", busy)
	require.NotContains(t, g.sh("%s list -r %s || true", usbip, lab.HostAddress), "1-1:", "a device that has a host is not offered")
	g.sh("usbip detach -p 0")
	g.until("end of the iPhone", "! lsusb -d 05ac:12a8")

	before := settled(t)
	const rounds = 200
	// Waiting is done without starting programs, which cost the guest most.
	g.write("/tmp/rounds", `#!/bin/bash
mkfifo /tmp/nothing && exec 9<>/tmp/nothing
until_() { for i in {1..600}; do "$@" && return; read -t 0.02 -u 9; done; echo "round $n: $* does not come true"; exit 1; }
there() { [ -e /sys/bus/usb/devices/1-1/1-1:1.0 ]; }
free() { while read -r hub port state rest; do [ "$hub $port" = "hs 0000" ] && [ "$state" = 004 ] && return; done </sys/devices/platform/vhci_hcd.0/status; return 1; }
for ((n = 1; n <= $1; n++)); do
	usbip --tcp-port $2 attach -r $3 -b 1-1 || exit 2
	until_ there
	usbip detach -p 0 >/dev/null 2>&1 || exit 3
	until_ free
done
echo rounds $1
`)
	out := g.sh("bash /tmp/rounds %d %s %s 2>&1", rounds, phone.port, lab.HostAddress)
	require.Regexp(t, regexp.MustCompile(`(?m)^rounds `+strconv.Itoa(rounds)+`$`), out)
	after := settled(t)
	require.LessOrEqual(t, after.goroutines, before.goroutines, "goroutines")
	require.LessOrEqual(t, after.files, before.files, "open files")
	require.Less(t, after.heap, before.heap+mib/4, "live heap, in bytes")
	require.NotRegexp(t, `(?m)^(hs|ss)  \d{4} 00[^4]`, g.sh("cat /sys/devices/platform/vhci_hcd.0/status"), "every port is free")
	requireCleanKernelLog(t, g.KernelLog())
}

// footprint is what this process holds.
type footprint struct {
	goroutines, files int
	heap              uint64
}

// settled is the footprint once what ends has ended.
func settled(t *testing.T) footprint {
	t.Helper()
	best := footprint{1 << 30, 1 << 30, 1 << 60}
	for range 20 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		files, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		best = footprint{min(best.goroutines, runtime.NumGoroutine()), min(best.files, len(files)), min(best.heap, m.HeapAlloc)}
		time.Sleep(20 * time.Millisecond)
	}
	return best
}
