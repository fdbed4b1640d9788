package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/hil/lab"
	"github.com/plugfest/plugfest/hil/lab/labtest"
)

// The commands on a real kernel, each a program of its own: phone, usbmuxd and head
// unit, by USB/IP, libusb, FunctionFS and I2C.
func TestCarriersInTheLab(t *testing.T) {
	dir := t.TempDir()
	o := lab.Options{
		Modules: []string{"vhci_hcd", "dummy_hcd num=2", "libcomposite", "usb_f_fs", "i2c-dev", "i2c-tiny-usb"},
		Dir:     dir,
		// Debian's rule for usbmuxd takes the configuration from every phone that comes.
		Udev:      true,
		TimeLimit: 8 * time.Minute,
	}
	labtest.Need(t, o)
	needPrograms(t, "gcc", "pkg-config", "usbip", "ideviceinfo")
	if err := exec.Command("pkg-config", "--exists", "libusb-1.0").Run(); err != nil {
		t.Skip("no headers of libusb: apt-get install libusb-1.0-0-dev")
	}
	g := &benchGuest{t: t, plugfest: filepath.Join(dir, "plugfest")}
	build := exec.Command("go", "build", "-tags", "libusb", "-o", g.plugfest, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	text, err := build.CombinedOutput()
	require.NoError(t, err, "%s", text)
	g.Machine = labtest.Start(t, o)
	labtest.NeedAlternates(t, g.Machine)
	g.sh("mkdir -p /var/run/vhci_hcd")

	t.Run("a phone on USB/IP", func(t *testing.T) {
		g := g.in(t)
		phone := g.begin("phone", "--usbip", "3240", "--host", "usb:1d6b:0104", "--set", patientPhone)
		phone.says(`^usbip attach -r 127.0.0.1 -b 1-1$`)
		g.attach("3240")
		g.ideviceinfo()
		chip := g.begin("mfi", "serve", "--usbip", "3241")
		chip.says(`^usbip --tcp-port 3241 attach -r 127.0.0.1 -b 1-1$`)
		g.attach("3241")
		g.sh("for i in $(seq 600); do test -e /dev/i2c-0 && exit; sleep 0.1; done; exit 1")
		g.carLife(phone, "gadget:dummy_udc.0", "i2c:i2c-tiny-usb")
		chip.interrupt(0)
		phone.says(`phone > state device mode$`)
		phone.interrupt(0)
	})

	// FunctionFS carries three of its four configurations, which is enough.
	t.Run("a phone on a device controller", func(t *testing.T) {
		g := g.in(t)
		phone := g.begin("phone", "--gadget", "gadget:dummy_udc.1", "--host", "usb:1d6b:0104", "--set", patientPhone)
		phone.says(`phone > state.gadget bound udc=dummy_udc.1$`)
		phone.says(`phone > state.gadget left out configuration=2 `)
		g.ideviceinfo()
		g.carLife(phone, "gadget:dummy_udc.0", "sim:2.0C")
		phone.says(`phone > state device mode$`)
		phone.says(`phone > state.gadget bound udc=dummy_udc.1$`)
		phone.interrupt(0)
	})
	assert.Empty(t, g.sh("ls /sys/kernel/config/usb_gadget"), "gadgets left behind")
	assert.NotRegexp(t, "BUG: |WARNING: |did not claim interface", g.KernelLog())
}

func needPrograms(t *testing.T, names ...string) {
	t.Helper()
	for _, n := range names {
		if _, err := exec.LookPath(n); err != nil {
			t.Skipf("no %s on this machine", n)
		}
	}
}

// guestPatience is how long a program may take to say something, on a machine that
// emulates another and has more to do.
const guestPatience = 90 * time.Second

// What the two ends are more patient with than they are by themselves, for the same
// reason.
const (
	patientPhone = "timing: {accessory-in: 60s, authenticate: 60s, identification: 60s}"
	patientCar   = "{timing: {leave: 30s, wait: 60s}, chip: {timeout: 20s}}"
)

// benchGuest is a guest in which plugfest runs several times at once.
type benchGuest struct {
	*lab.Machine
	t        *testing.T
	plugfest string
}

// in is the guest for a part of the test.
func (g benchGuest) in(t *testing.T) *benchGuest {
	g.t = t
	return &g
}

// sh runs a script that must succeed.
func (g *benchGuest) sh(script string) string {
	g.t.Helper()
	out, err := g.Shell(g.t.Context(), script)
	require.NoError(g.t, err)
	require.Zero(g.t, out.ExitCode, "%s\n%s", script, out.Output)
	return out.String()
}

// attach has the kernel import the device of a server, once it is there.
func (g *benchGuest) attach(port string) {
	g.t.Helper()
	g.sh("for i in $(seq 300); do usbip --tcp-port " + port + " attach -r 127.0.0.1 -b 1-1 2>/tmp/error && exit; sleep 0.1; done; cat /tmp/error; exit 1")
}

// ideviceinfo has Debian's tool ask the phone on this kernel, by a usbmuxd of ours.
func (g *benchGuest) ideviceinfo() {
	g.t.Helper()
	muxd := g.begin("muxd", "--host", "usb:05ac:12a8", "--listen", "unix:/tmp/usbmuxd")
	muxd.says(`usbmuxd > state.usbmux attached device=1 `)
	out, err := g.Exec(g.t.Context(), "env", "USBMUXD_SOCKET_ADDRESS=UNIX:/tmp/usbmuxd", "ideviceinfo", "-k", "ProductType")
	require.NoError(g.t, err)
	require.Equal(g.t, "iPhone14,7\n", out.String())
	muxd.interrupt(0)
}

// carLife has a head unit find the phone on this kernel, become a gadget and serve
// its app.
func (g *benchGuest) carLife(phone *guestProgram, gadget, chip string) {
	g.t.Helper()
	car := g.begin("headunit", "--host", "usb:05ac:*", "--gadget", gadget, "--mfi", chip, "--set", patientCar)
	for _, line := range []string{
		`headunit > state iPhone found product=4776$`,
		`headunit > state role switch asked$`,
		`headunit > state gadget attached$`,
		`headunit > state authenticated$`,
		`headunit > state identified$`,
		`headunit > state session open protocol=com.baidu.CarLifeVehicleProtocol$`,
		`headunit > state CarLife started$`,
	} {
		car.says(line)
	}
	phone.says(`phone > state CarLife started$`)
	car.interrupt(0)
	phone.says(`phone > state accessory left$`)
}

// guestProgram is a plugfest that runs in the guest.
type guestProgram struct {
	g    *benchGuest
	name string
	job  *lab.Job
	said *transcript
}

func (g *benchGuest) begin(args ...string) *guestProgram {
	g.t.Helper()
	p := &guestProgram{g: g, name: args[0], said: newTranscript()}
	var err error
	p.job, err = g.Go(lab.Command{Args: append([]string{g.plugfest}, args...), Stdout: p.said})
	require.NoError(g.t, err)
	g.t.Cleanup(func() {
		if g.t.Failed() {
			g.t.Logf("[%s]\n%s", p.name, p.said)
		}
	})
	return p
}

func (p *guestProgram) says(pattern string) {
	p.g.t.Helper()
	_, err := p.said.wait(regexp.MustCompile(pattern), guestPatience)
	require.NoError(p.g.t, err, p.name)
}

// interrupt has it end, with that exit code.
func (p *guestProgram) interrupt(code int) {
	p.g.t.Helper()
	require.NoError(p.g.t, p.job.Signal(syscall.SIGINT))
	out, err := p.job.Wait(p.g.t.Context())
	require.NoError(p.g.t, err)
	require.Equal(p.g.t, code, out.ExitCode, "%s:\n%s", p.name, p.said)
}
