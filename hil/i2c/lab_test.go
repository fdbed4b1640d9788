//go:build linux

package i2c_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/hil/lab"
	"github.com/plugfest/plugfest/hil/lab/labtest"
	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
)

// guest is a booted guest with the means to talk to the station outside.
type guest struct {
	*lab.Machine
	t *testing.T
}

// sh runs a script, which must succeed, and returns what it said.
func (g guest) sh(script string) string {
	g.t.Helper()
	out, err := g.Shell(g.t.Context(), script)
	require.NoError(g.t, err)
	require.Zero(g.t, out.ExitCode, "%s: %s", script, out.Output)
	return string(out.Output)
}

// attach imports a device of the station and returns the number of the bus that appears.
func (g guest) attach(s *station, busid string) string {
	g.t.Helper()
	return strings.TrimSpace(g.sh(fmt.Sprintf(`
		before=$(ls /sys/class/i2c-dev)
		usbip --tcp-port %s attach -r %s -b %s >&2 2>/dev/null || exit 1
		for n in $(seq 200); do
			for bus in $(ls /sys/class/i2c-dev); do
				case " $before " in *"$bus"*) ;; *) echo ${bus#i2c-}; exit 0;; esac
			done
			sleep 0.05
		done
		exit 1`, s.tcpPort(), lab.HostAddress, busid)))
}

// test runs parts of TestGuest, whose output it returns.
func (g guest) test(adapter, part string) string {
	g.t.Helper()
	out, err := g.start(adapter, part, nil).Wait(g.t.Context())
	require.NoError(g.t, err)
	require.Zero(g.t, out.ExitCode, "%s", out.Output)
	require.Contains(g.t, string(out.Output), "--- PASS: TestGuest/"+strings.ReplaceAll(part, " ", "_"), "%s", out.Output)
	return string(out.Output)
}

func (g guest) start(adapter, part string, watch func(string)) *lab.Job {
	g.t.Helper()
	self, err := os.Executable()
	require.NoError(g.t, err)
	job, err := g.Go(lab.Command{
		Args:   []string{self, "-test.v", "-test.run", "^TestGuest$/^" + strings.ReplaceAll(part, " ", "_") + "$"},
		Env:    []string{guestAdapter + "=" + adapter},
		Stdout: writer(watch),
	})
	require.NoError(g.t, err)
	return job
}

// writer hands on what is written.
type writer func(string)

func (w writer) Write(b []byte) (int, error) {
	if w != nil {
		w(string(b))
	}
	return len(b), nil
}

// The chip models of both generations behind a real kernel's I2C: the adapter is exported over USB/IP, the guest's driver i2c-tiny-usb
// makes a /dev/i2c-N of it, and Debian's tools and the driver of this project use that.
func TestLab(t *testing.T) {
	options := lab.Options{Modules: []string{"vhci_hcd", "i2c-dev", "i2c-tiny-usb"}, Network: true, TimeLimit: 4 * time.Minute}
	labtest.Need(t, options)
	s := newStation(t)
	newer, older := newChip(t, mfi.Gen30, false), newChip(t, mfi.Gen20, true)
	first := s.export("1-1", newer, older)
	second := s.export("1-2", newChip(t, mfi.Gen20, false))
	g := guest{labtest.Start(t, options), t}
	g.sh("mkdir -p /var/run/vhci_hcd")
	bus := g.attach(s, "1-1")

	t.Run("tools", func(t *testing.T) { useTools(t, g, first, bus) })
	t.Run("driver", func(t *testing.T) {
		first.transactions()
		t.Log(g.test("i2c-tiny-usb", "3.0"))
		t.Log(g.test("i2c-tiny-usb", "2.0C"))
		list := first.transactions()
		require.NotEmpty(t, list)
		for _, x := range list {
			require.True(t, x.Stop && !x.Repeated, "a STOP after each message: %v", x)
		}
	})
	t.Run("two adapters", func(t *testing.T) {
		number := g.attach(s, "1-2")
		require.NotEqual(t, bus, number)
		name := strings.TrimSpace(g.sh("cat /sys/class/i2c-dev/i2c-" + number + "/name"))
		t.Log(g.test(name, "2.0C at 0x10"))
		s.do(second.port.Detach)
		g.sh("while [ -e /sys/class/i2c-dev/i2c-" + number + " ]; do sleep 0.05; done")
	})
	t.Run("errno", func(t *testing.T) { g.test("i2c-tiny-usb", "errno") })
	assert.Empty(t, complaints(g.KernelLog()), "so far nothing that the kernel complains about")
	t.Run("stretch", func(t *testing.T) {
		s.do(func() {
			first.bus.StretchLimit = 4 * time.Second
			newer.SetFaults(chip.Faults{Stretch: 700 * time.Millisecond})
			older.SetFaults(chip.Faults{Stretch: 3 * time.Second})
		})
		g.test("i2c-tiny-usb", "stretch")
		s.do(func() {
			newer.SetFaults(chip.Faults{})
			older.SetFaults(chip.Faults{})
		})
		g.test("i2c-tiny-usb", "2.0C")
	})
	t.Run("unplug", func(t *testing.T) { unplug(t, g, s, first) })
}

// complaints are the lines of a kernel's log that a real adapter would not cause.
func complaints(log string) []string {
	return regexp.MustCompile(`(?m)^.*(i2c|usb|vhci).*(fail|error|cannot|timed out).*$`).FindAllString(log, -1)
}

func useTools(t *testing.T, g guest, e *exported, bus string) {
	require.Regexp(t, `(?m)^i2c-`+bus+`\s+i2c\s+i2c-tiny-usb at bus 00\d device 00\d\s+I2C adapter$`, g.sh("i2cdetect -l"))
	require.Regexp(t, `(?m)^I2C\s+yes$`, g.sh("i2cdetect -F "+bus))

	// The first scan wakes the chips, the second sees them. A 2.0C sleeps again sooner than the second one starts, unless that is under
	// way already.
	scan := ""
	for range 20 {
		scan += g.sh("for n in 1 2 3 4; do i2cdetect -y " + bus + " 0x10 0x11 >/tmp/scan$n & done; wait; cat /tmp/scan?")
		if strings.Contains(scan, "10: 10") && regexp.MustCompile(`10: (10|--) 11`).MatchString(scan) {
			break
		}
	}
	require.Regexp(t, `10: 10`, scan)
	require.Regexp(t, `10: (10|--) 11`, scan)

	// A 3.0 stays awake between two commands: two transactions read its version, one with a repeated START does not.
	g.sh("i2ctransfer -y " + bus + " w1@0x10 0x00 || i2ctransfer -y " + bus + " w1@0x10 0x00")
	require.Equal(t, "0x07\n", g.sh("i2ctransfer -y "+bus+" r1@0x10"))
	require.Equal(t, "0x01 0x03 0x00 0x00 0x00 0x03 0x00\n", g.sh("i2ctransfer -y "+bus+" r7@0x10"), "it goes on where it stopped")
	e.transactions()
	out, err := g.Shell(context.Background(), "i2ctransfer -y "+bus+" w1@0x10 0x00 r1")
	require.NoError(t, err)
	require.Equal(t, "Error: Sending messages failed: No such device or address\n", string(out.Output))
	require.Equal(t, "S 10 W ACK 00\nSr 10 R NACK P\n", text(e.transactions()))

	// A 2.0C does not, so the same is asked several times at once.
	version := ""
	for range 30 {
		version = g.sh("for n in 1 2 3; do i2ctransfer -y " + bus + " w1@0x11 0x00 2>/dev/null & done; wait;" +
			"for n in 1 2 3; do i2ctransfer -y " + bus + " r1@0x11 2>/dev/null & done; wait")
		if strings.Contains(version, "0x05") {
			break
		}
	}
	require.Contains(t, version, "0x05")
}

// unplug pulls the adapter while its bus is in use, and plugs it in again.
func unplug(t *testing.T, g guest, s *station, e *exported) {
	ready := make(chan struct{})
	said := ""
	job := g.start("i2c-tiny-usb", "unplug", func(text string) {
		before := strings.Contains(said, "ready\n")
		if said += text; !before && strings.Contains(said, "ready\n") {
			close(ready)
		}
	})
	select {
	case <-ready:
	case <-time.After(time.Minute):
		t.Fatalf("the guest did not begin: %s", said)
	}
	s.do(e.port.Detach)
	out, err := job.Wait(t.Context())
	require.NoError(t, err)
	require.Zero(t, out.ExitCode, "%s", out.Output)
	t.Log(string(out.Output))

	s.do(func() { require.NoError(t, e.port.Attach(e.adapter)) })
	g.attach(s, "1-1")
	g.test("i2c-tiny-usb", "3.0")
}
