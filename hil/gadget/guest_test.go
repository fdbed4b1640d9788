//go:build libusb && linux && cgo

package gadget

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/plugfest/plugfest/hil/libusb"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Tests whose names begin with TestGuest run in a guest of the lab, which
// TestInLab starts.
func needGuest(t testing.TB) {
	t.Helper()
	if os.Getenv("PLUGFEST_LAB_DIR") == "" {
		t.Skip("runs in a guest of the lab: see TestInLab")
	}
}

// patience is how long a test waits for what has to come.
const patience = 20 * time.Second

// guestUDC is the controller that tests use.
const guestUDC = "dummy_udc.0"

// newKernel reports whether the guest's kernel takes alternate settings; most
// tests do without.
var newKernel = sync.OnceValue(func() bool {
	ok, err := takesAlternates(realFiles{})
	return ok && err == nil
})

func needAlternates(t testing.TB) {
	t.Helper()
	needGuest(t)
	if !newKernel() {
		t.Skip("this kernel's FunctionFS refuses alternate settings")
	}
}

// waitGone waits until the host has seen the device of a former test leave, and
// fails where its gadget has left something behind.
func waitGone(t testing.TB, match func(libusb.Device) bool) {
	t.Helper()
	require.Eventually(t, func() bool {
		all, err := libusb.List()
		return err == nil && !slices.ContainsFunc(all, match)
	}, patience, 10*time.Millisecond, "the device of a former test is still there")
	nothingLeft(t)
}

func nothingLeft(t testing.TB) {
	t.Helper()
	trace, err := mountFS("tracefs", "")
	require.NoError(t, err)
	defer unix.Close(trace)
	root := fmt.Sprintf("/proc/self/fd/%d", trace)
	for _, pattern := range []string{configRoot + "/*", root + "/instances/*"} {
		left, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.Empty(t, left)
	}
	probes, err := os.ReadFile(root + "/kprobe_events")
	require.NoError(t, err)
	require.Empty(t, string(probes))
	mounts, err := os.ReadFile("/proc/mounts")
	require.NoError(t, err)
	require.NotContains(t, string(mounts), "functionfs")
}

// rig is a world with the test device attached, and opened by its host.
type rig struct {
	*testing.T
	w    *sim.World
	port *Port
	dev  *testDevice
	host *libusb.Host
	conn usb.Conn
}

var testMatch = libusb.Spec{Vendor: 0x1209, Product: 2}.Match

func inGuest(t *testing.T, o Options, test func(*rig)) {
	t.Helper()
	needGuest(t)
	waitGone(t, testMatch)
	runRig(t, o, test)
}

func runRig(t *testing.T, o Options, test func(*rig)) {
	t.Helper()
	runRigWith(t, o, testDescriptors(), test)
}

func runRigWith(t *testing.T, o Options, d *usb.Descriptors, test func(*rig)) {
	t.Helper()
	w := sim.New(sim.RealTime())
	o.UDC = guestUDC
	o.RefuseAlternates = !newKernel()
	port, err := New(w, o)
	require.NoError(t, err)
	host, err := libusb.New(w, libusb.Options{Match: testMatch})
	require.NoError(t, err)
	require.NoError(t, w.Run(func() {
		r := &rig{T: t, w: w, port: port, dev: newTestDeviceOf(w, d), host: host}
		r.attach()
		test(r)
		port.Detach()
		require.NoError(t, host.Close())
	}))
	nothingLeft(t)
}

func (r *rig) attach() {
	r.Helper()
	require.NoError(r, r.port.Attach(r.dev.g))
	info, ok := usb.WaitDevice(r.host, r.w.Now()+patience)
	require.True(r, ok, "the device is not announced")
	conn, err := r.host.Open(info.ID)
	require.NoError(r, err)
	r.conn = conn
	r.until("the device is not configured", func() bool { return r.dev.g.Configuration() == 1 })
}

// claim takes an interface and returns its bulk pair, as the host knows it.
func (r *rig) claim(number, setting uint8) (in, out uint8) {
	r.Helper()
	require.NoError(r, r.conn.ClaimInterface(number))
	in, out, ok := r.conn.Descriptors().Config(1).Alternate(number, setting).BulkPair()
	require.True(r, ok)
	return in, out
}

func (r *rig) until(what string, ok func() bool) {
	r.Helper()
	deadline := r.w.Now() + patience
	for !ok() {
		require.Less(r, r.w.Now(), deadline, what)
		r.w.Sleep(5 * time.Millisecond)
	}
}

func (r *rig) vendor(in bool, request uint8, data []byte) (int, error) {
	s := usb.Setup{RequestType: usb.TypeVendor, Request: request}
	if in {
		s.RequestType |= usb.DirIn
	}
	return usb.Control(r.w, r.conn, s, data, patience)
}

// Control requests to the device arrive and are answered, or refused.
func TestGuestControl(t *testing.T) {
	inGuest(t, Options{}, func(r *rig) {
		for _, n := range []int{1, 63, 64, 65, 512, 4096} {
			data := pattern(n, n)
			_, err := r.vendor(false, 1, data)
			require.NoError(r, err)
			r.until("the device does not get the data", func() bool { return bytes.Equal(r.dev.kept, data) })
			back := make([]byte, n)
			k, err := r.vendor(true, 2, back)
			require.NoError(r, err)
			require.Equal(r, data, back[:k])
		}
		k, err := r.vendor(true, 2, make([]byte, 8))
		require.NoError(r, err)
		require.Equal(r, 8, k, "less than there is")
		_, err = r.vendor(true, 3, make([]byte, 4))
		require.Equal(r, usb.Stall, err)
		_, err = r.vendor(false, 3, nil)
		require.Equal(r, usb.Stall, err)
		_, err = r.vendor(false, 1, nil)
		require.NoError(r, err, "endpoint 0 works on after a stall")

		// Requests to an interface keep their number.
		s := usb.Setup{RequestType: usb.TypeVendor | usb.ToInterface, Request: 4, Index: 1}
		r.w.Go("device", func() {
			r.until("the device does not get the request", func() bool { return len(r.dev.late) == 1 })
			r.w.Sleep(50 * time.Millisecond)
			r.dev.late[0].Accept()
		})
		_, err = usb.Control(r.w, r.conn, s, nil, patience)
		require.NoError(r, err, "an answer that takes its time")
		require.Equal(r, uint16(1), r.dev.late[0].Setup.Index)

		// A host that does not wait for the answer is known by its next request.
		s.RequestType |= usb.DirIn
		_, err = usb.Control(r.w, r.conn, s, make([]byte, 4), 100*time.Millisecond)
		require.Equal(r, usb.TimedOut, err)
		require.Len(r, r.dev.late, 2)
		_, err = r.vendor(true, 2, make([]byte, 4))
		require.NoError(r, err)
		require.False(r, r.dev.late[1].Pending())
	})
}

// 64 MiB there and back again are what they were, with a host that ends what it
// sends.
func TestGuestEcho(t *testing.T) {
	inGuest(t, Options{ReadPackets: 32}, func(r *rig) {
		in, out := r.claim(0, 0)
		echo(r, in, out, 64<<20, usb.StreamOptions{InSize: 65536, OutSize: 65536, OutTransfers: 8, ZeroPackets: true})
	})
}

// A host need not end what it sends: packets arrive one by one.
func TestGuestEchoOfPackets(t *testing.T) {
	inGuest(t, Options{}, func(r *rig) {
		in, out := r.claim(0, 0)
		echo(r, in, out, 4<<20, usb.StreamOptions{OutSize: 4096})
	})
}

// echo sends through the device and compares what comes back.
func echo(r *rig, in, out uint8, total int, o usb.StreamOptions) {
	r.Helper()
	r.w.Go("device", func() {
		buf := make([]byte, 50000)
		for {
			n, err := r.dev.g.Endpoint(0x01).Read(buf)
			if err == nil {
				_, err = r.dev.g.Endpoint(0x81).Write(buf[:n])
			}
			if err != nil {
				return
			}
		}
	})
	s := usb.NewStream(r.w, r.conn, in, out, o)
	block := pattern(1, 60011)
	began := r.w.Now()
	r.w.Go("host writes", func() {
		for left := total; left > 0; left -= len(block) {
			p := block[:min(left, len(block))]
			if _, err := s.Write(p); err != nil {
				r.Errorf("write: %v", err)
				return
			}
		}
	})
	s.SetReadDeadline(r.w.Now() + 2*time.Minute)
	back := make([]byte, len(block))
	for left := total; left > 0; left -= len(back) {
		back = back[:min(left, len(back))]
		_, err := io.ReadFull(s, back)
		require.NoError(r, err, "with %d bytes to come", left)
		require.True(r, bytes.Equal(block[:len(back)], back), "with %d bytes to come", left)
	}
	seconds := (r.w.Now() - began).Seconds()
	r.Logf("%d MiB in %.1f s: %.1f MB/s each way", total>>20, seconds, float64(total)/1e6/seconds)
	require.NoError(r, s.Close())
}

// The device may be detached in the middle of transfers in both directions, and
// attached again, many times. Nothing is left of it.
func TestGuestAttachAndDetach(t *testing.T) {
	inGuest(t, Options{Linger: -1}, func(r *rig) {
		open := func() int {
			list, err := os.ReadDir("/proc/self/fd")
			require.NoError(r, err)
			return len(list)
		}
		var files, routines int
		for i := range 50 {
			if i > 0 {
				r.attach()
			}
			in, out := r.claim(0, 0)
			var failures []error
			r.w.Go("device writes", func() {
				_, err := r.dev.g.Endpoint(0x81).Write(make([]byte, 1<<20))
				failures = append(failures, err)
			})
			r.w.Go("device reads", func() {
				for {
					if _, err := r.dev.g.Endpoint(0x01).Read(make([]byte, 1000)); err != nil {
						failures = append(failures, err)
						return
					}
				}
			})
			reads := &usb.Transfer{Endpoint: in, Data: make([]byte, 100)}
			require.NoError(r, usb.Do(r.w, r.conn, &usb.Transfer{Endpoint: out, Data: make([]byte, 3000)}, patience))
			_ = usb.Do(r.w, r.conn, reads, patience) // overflow, or 100 bytes that the device has cut
			watch := r.host.Watch()
			r.port.Detach()
			require.Equal(r, i+1, r.dev.unplugs)
			require.Equal(r, usb.StateDetached, r.dev.g.State())
			r.until("what waits on the endpoints does not end", func() bool { return len(failures) == 2 })
			require.Equal(r, []error{usb.Disconnected, usb.Disconnected}, failures)
			require.NoError(r, r.conn.Close())
			for gone := false; !gone; {
				e, ok := watch.Next(r.w.Now() + patience)
				require.True(r, ok, "the host does not see it leave")
				gone = e.Kind == usb.Detached
			}
			watch.Close()
			nothingLeft(r)
			if i == 9 {
				files, routines = open(), runtime.NumGoroutine()
			}
		}
		r.until("open files", func() bool { return open() <= files })
		r.until("goroutines", func() bool { return runtime.NumGoroutine() <= routines })
	})
}

// What lsusb reads is whole and without fault: the configuration is there as the
// device has it, but for what the controller chooses.
func TestGuestLsusb(t *testing.T) {
	inGuest(t, Options{}, func(r *rig) {
		text := lsusb(r.T, r.w, "1209:0002")
		require.Regexp(r, `bcdUSB +2\.[01]0`, text) // 2.10 of a controller that has SuperSpeed too
		for _, want := range []string{
			"idVendor           0x1209", "idProduct          0x0002", "bcdDevice            1.02",
			"iManufacturer           1 Plugfest", "iProduct                2 Guest test", "iSerial                 3 0002",
			"bNumConfigurations      1", "bNumInterfaces          2", "MaxPower              100mA", " All\n", " com.example.native\n",
			"bInterfaceSubClass    240", "bAlternateSetting       1", "wMaxPacketSize     0x0200  1x 512 bytes",
		} {
			assert.Contains(r, text, want)
		}
		assert.Equal(r, 3, strings.Count(text, "bAlternateSetting"))
		assert.Equal(r, 4, strings.Count(text, "bEndpointAddress"))
	})
}

// lsusb is what lsusb prints of a device, if it has nothing to complain of.
func lsusb(t *testing.T, w *sim.World, id string) string {
	t.Helper()
	var text, said bytes.Buffer
	var err error
	w.Outside("lsusb", func() {
		cmd := exec.Command("lsusb", "-v", "-d", id)
		cmd.Stdout, cmd.Stderr = &text, &said
		err = cmd.Run()
	})
	require.NoError(t, err)
	require.Empty(t, said.String(), "complaints")
	require.NotContains(t, strings.ToLower(text.String()), "warning")
	return text.String()
}

// Settings are those that the host selects, whatever it had before, and the other
// interface goes on undisturbed.
func TestGuestAlternates(t *testing.T) {
	needAlternates(t)
	inGuest(t, Options{}, func(r *rig) {
		in0, out0 := r.claim(0, 0)
		in1, out1 := r.claim(1, 1)
		var other []byte
		r.w.Go("device, interface 0", func() {
			buf := make([]byte, 512)
			for len(other) < 7*512 {
				n, err := r.dev.g.Endpoint(0x01).Read(buf)
				if err != nil {
					r.Errorf("interface 0: %v", err)
					return
				}
				other = append(other, buf[:n]...)
			}
			r.dev.g.Endpoint(0x81).Write([]byte("undisturbed"))
		})
		want := []uint8{0, 1, 1, 0, 1, 0, 0}
		for i, setting := range want {
			require.NoError(r, usb.Do(r.w, r.conn, &usb.Transfer{Endpoint: out0, Data: pattern(i, 512)}, patience))
			require.NoError(r, r.conn.SetInterface(1, setting))
			r.until("the device is not told", func() bool { return len(r.dev.settings) > i })
			if setting == 1 {
				r.w.Go("device, interface 1", func() {
					buf := make([]byte, 512)
					n, err := r.dev.g.Endpoint(0x04).Read(buf)
					require.NoError(r, err)
					r.dev.g.Endpoint(0x84).Write(buf[:n])
				})
				require.NoError(r, usb.Do(r.w, r.conn, &usb.Transfer{Endpoint: out1, Data: []byte("native")}, patience))
				x := &usb.Transfer{Endpoint: in1, Data: make([]byte, 512)}
				require.NoError(r, usb.Do(r.w, r.conn, x, patience))
				require.Equal(r, "native", string(x.Data[:x.Actual]))
			}
		}
		require.Equal(r, want, r.dev.settings)
		x := &usb.Transfer{Endpoint: in0, Data: make([]byte, 512)}
		require.NoError(r, usb.Do(r.w, r.conn, x, patience))
		require.Equal(r, "undisturbed", string(x.Data[:x.Actual]))
		require.Len(r, r.port.Addresses(), 2)
		require.Equal(r, in0, r.port.Addresses()[0x81])
	})
}
