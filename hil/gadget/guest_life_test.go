//go:build libusb && linux && cgo

package gadget

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// childVariable makes TestChild the process that attaches a device and is
// killed.
const childVariable = "PLUGFEST_GADGET_CHILD"

// The child of TestGuestKilled.
func TestChild(t *testing.T) {
	if os.Getenv(childVariable) == "" {
		t.Skip("the child of TestGuestKilled")
	}
	w := sim.New(sim.RealTime())
	p, err := New(w, Options{UDC: guestUDC, RefuseAlternates: true})
	require.NoError(t, err)
	require.NoError(t, w.Run(func() {
		d := newTestDevice(w)
		require.NoError(t, p.Attach(d.g))
		require.True(t, d.g.WaitConfigured(w.Now()+patience))
		os.Stdout.WriteString("attached\n")
		w.Sleep(time.Hour)
	}))
}

// What a process leaves that is killed is in nobody's way; while it lives, its
// controller is.
func TestGuestKilled(t *testing.T) {
	needGuest(t)
	waitGone(t, testMatch)
	child := exec.Command(os.Args[0], "-test.run", "^TestChild$")
	child.Env = append(os.Environ(), childVariable+"=1")
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "attached\n", line)

	w := sim.New(sim.RealTime())
	p, err := New(w, Options{UDC: guestUDC})
	require.NoError(t, err)
	d := newTestDevice(w)
	require.NoError(t, w.Run(func() { err = p.Attach(d.g) }))
	require.ErrorIs(t, err, ErrInUse)
	t.Log(err)

	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	left, err := filepath.Glob(configRoot + "/*")
	require.NoError(t, err)
	require.Len(t, left, 1, "the kernel does not clean up by itself")
	runRig(t, Options{}, func(r *rig) {
		_, err := r.vendor(false, 1, nil)
		require.NoError(r, err)
	})
}

// port1 switches the host's port of the controller off and on.
func port1(t testing.TB, off bool) {
	t.Helper()
	list, err := filepath.Glob("/sys/bus/usb/devices/usb1/1-0:1.0/usb1-port1/disable")
	require.NoError(t, err)
	require.Len(t, list, 1)
	value := "0"
	if off {
		value = "1"
	}
	require.NoError(t, os.WriteFile(list[0], []byte(value), 0))
}

// A host that goes is told of, and the same device serves it when it comes back.
func TestGuestHostGoesAndComesBack(t *testing.T) {
	inGuest(t, Options{Gone: 300 * time.Millisecond}, func(r *rig) {
		for i := range 2 {
			r.w.Outside("port off", func() { port1(t, true) })
			r.until("the device does not learn that its host is gone", func() bool { return r.dev.unplugs == i+1 })
			require.Equal(r, usb.StateDetached, r.dev.g.State())
			require.NoError(r, r.conn.Close())
			r.w.Outside("port on", func() { port1(t, false) })
			r.reopen()
			_, err := r.vendor(false, 1, nil)
			require.NoError(r, err)
		}
	})
}

// reopen waits for the device to come back.
func (r *rig) reopen() {
	r.Helper()
	r.until("the device is not configured", func() bool { return r.dev.g.Configuration() == 1 })
	info, ok := usb.WaitDevice(r.host, r.w.Now()+patience)
	require.True(r, ok, "the device is not announced")
	conn, err := r.host.Open(info.ID)
	require.NoError(r, err)
	r.conn = conn
}

// A controller that goes away takes the host with it. Detach still leaves
// nothing, and the controller serves again when it is back.
func TestGuestControllerGoes(t *testing.T) {
	inGuest(t, Options{}, func(r *rig) {
		driver := func(verb string) {
			r.w.Outside(verb, func() {
				require.NoError(t, os.WriteFile("/sys/bus/platform/drivers/dummy_udc/"+verb, []byte(guestUDC), 0))
			})
		}
		driver("unbind")
		r.until("the device does not learn that its host is gone", func() bool { return r.dev.unplugs == 1 })
		r.port.Detach()
		require.Equal(r, 1, r.dev.unplugs)
		require.NoError(r, r.conn.Close())
		nothingLeft(r)

		err := r.port.Attach(r.dev.g)
		require.ErrorIs(r, err, ErrNoUDC)
		r.Log(err)
		nothingLeft(r)
		r.port.o.WaitUDC = patience
		r.w.Go("controller", func() {
			r.w.Sleep(300 * time.Millisecond)
			driver("bind")
		})
		require.NoError(r, r.port.Attach(r.dev.g))
		r.reopen()
		_, err = r.vendor(false, 1, nil)
		require.NoError(r, err)
	})
}

// A controller that exists only while its port has the role of a device: the role
// alone brings it, and takes it away again. A file and this test stand in for the
// driver of such a port.
func TestGuestRole(t *testing.T) {
	needGuest(t)
	waitGone(t, testMatch)
	role := filepath.Join(t.TempDir(), "role")
	require.NoError(t, os.WriteFile(role, []byte("none"), 0o600))
	driver := func(verb string) {
		require.NoError(t, os.WriteFile("/sys/bus/platform/drivers/dummy_udc/"+verb, []byte(guestUDC), 0))
	}
	driver("unbind")
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(udcRoot, guestUDC)); err != nil {
			driver("bind") // for the tests that follow
		}
	})
	w := sim.New(sim.RealTime())
	p, err := New(w, Options{UDC: guestUDC, Role: role, RefuseAlternates: true})
	require.NoError(t, err)
	is := func(want string) bool {
		b, err := os.ReadFile(role)
		require.NoError(t, err)
		return strings.HasPrefix(string(b), want) // a file in place of sysfs keeps what is behind
	}
	require.NoError(t, w.Run(func() {
		w.Go("driver", func() {
			for !is("device") {
				w.Sleep(10 * time.Millisecond)
			}
			w.Sleep(300 * time.Millisecond) // as long as drivers take
			w.Outside("bind", func() { driver("bind") })
		})
		d := newTestDevice(w)
		require.NoError(t, p.Attach(d.g))
		require.True(t, d.g.WaitConfigured(w.Now()+patience))
		require.True(t, is("device"))
		p.Detach()
		require.True(t, is("host"))
	}))
	nothingLeft(t)
}

// A host's reset ends what was under way, and the device is configured again.
func TestGuestReset(t *testing.T) {
	inGuest(t, Options{}, func(r *rig) {
		in, _ := r.claim(0, 0)
		require.NoError(r, r.conn.Reset())
		r.w.Sleep(lag)
		r.until("the device is not configured", func() bool { return r.dev.g.Configuration() == 1 })
		require.Zero(r, r.dev.unplugs)
		r.w.Go("device", func() { r.dev.g.Endpoint(0x81).Write([]byte("alive")) })
		x := &usb.Transfer{Endpoint: in, Data: make([]byte, 512)}
		require.NoError(r, usb.Do(r.w, r.conn, x, patience))
		require.Equal(r, "alive", string(x.Data[:x.Actual]))
	})
}

// A bus may be slower than the device, and as fast as both can be.
func TestGuestSpeeds(t *testing.T) {
	needGuest(t)
	reload := func(parameters ...string) {
		waitGone(t, testMatch)
		for _, args := range [][]string{{"-r", "dummy_hcd"}, append([]string{"dummy_hcd", "num=2"}, parameters...)} {
			text, err := exec.Command("modprobe", args...).CombinedOutput()
			require.NoError(t, err, "%s", text)
		}
	}
	defer reload()
	for i, c := range []struct {
		device, limit, want usb.Speed
		packet              int
	}{
		{usb.High, usb.Full, usb.Full, 64},
		{usb.High, usb.SpeedUnknown, usb.High, 512},
		{usb.Super, usb.High, usb.High, 512},
		{usb.Super, usb.SpeedUnknown, usb.Super, 1024},
		{usb.High, usb.SpeedUnknown, usb.High, 512},
	} {
		if i == 2 {
			reload("is_super_speed=1")
		}
		waitGone(t, testMatch)
		runRigWith(t, Options{Speed: c.limit}, testDescriptors().At(c.device), func(r *rig) {
			assert.Equal(r, c.want, r.conn.Info().Speed)
			assert.Equal(r, c.want, r.dev.g.Speed())
			in, out := r.claim(0, 0)
			assert.Equal(r, c.packet, r.dev.g.Endpoint(0x81).PacketSize())
			echo(r, in, out, 256<<10, usb.StreamOptions{})
		})
	}
}

// Without a probe in the kernel, what a host selects is guessed, and what it
// sends corrects that.
func TestGuestAlternatesGuessed(t *testing.T) {
	needAlternates(t)
	inGuest(t, Options{NoTrace: true}, func(r *rig) {
		_, out := r.claim(1, 1)
		for i, setting := range []uint8{1, 0, 1} {
			require.NoError(r, r.conn.SetInterface(1, setting))
			r.until("the device is not told", func() bool { return len(r.dev.settings) > i })
		}
		require.Equal(r, []uint8{1, 1, 1}, r.dev.settings)
		r.w.Go("host", func() {
			_ = usb.Do(r.w, r.conn, &usb.Transfer{Endpoint: out, Data: []byte("native")}, patience)
		})
		buf := make([]byte, 512)
		n, err := r.dev.g.Endpoint(0x04).Read(buf)
		require.NoError(r, err)
		require.Equal(r, "native", string(buf[:n]))
	})
}

// Kernels before 6.8 refuse alternate settings: Attach says so, or leaves it to
// the host to find out.
func TestGuestAlternatesRefused(t *testing.T) {
	needGuest(t)
	if newKernel() {
		t.Skip("this kernel takes alternate settings")
	}
	w := sim.New(sim.RealTime())
	p, err := New(w, Options{UDC: guestUDC})
	require.NoError(t, err)
	require.NoError(t, w.Run(func() { err = p.Attach(newTestDevice(w).g) }))
	require.ErrorIs(t, err, ErrAlternates)
	nothingLeft(t)
	inGuest(t, Options{}, func(r *rig) {
		require.NoError(r, r.conn.ClaimInterface(1))
		require.Error(r, r.conn.SetInterface(1, 1)) // EPIPE, of which libusb makes "other error"
		require.NoError(r, r.conn.SetInterface(1, 0))
		in, out := r.claim(0, 0)
		echo(r, in, out, 256<<10, usb.StreamOptions{})
		require.Zero(r, r.dev.g.Alternate(1))
	})
}
