//go:build libusb && linux && cgo

package libusb

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

func TestGuestConfigurations(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		d := b.conn.Descriptors()
		require.Equal(t, uint16(0x1d6b), d.Device.VendorID)
		require.Equal(t, uint16(0x0f10), d.Device.ProductID)
		require.Equal(t, usb.High, b.conn.Info().Speed)
		require.Len(t, d.Configs, 2)
		require.Equal(t, uint8(1), b.conn.Configuration(), "the kernel's choice")
		for _, want := range []struct {
			value uint8
			name  string
		}{{2, "Source"}, {1, "Loop"}, {2, "Source"}} {
			require.NoError(t, b.conn.SetConfiguration(want.value))
			require.Equal(t, want.value, b.conn.Configuration())
			require.Equal(t, want.name, d.Text(d.Config(want.value).String))
		}
		require.NoError(t, b.conn.SetConfiguration(0))
		require.Zero(t, b.conn.Configuration())
		require.Error(t, b.conn.ClaimInterface(0))
		require.Equal(t, "Loop and source", d.Text(d.Device.Product))
		require.Equal(t, "SN0", d.Text(d.Device.SerialNumber))
	})
}

// Unplugged in the middle, everything under way ends, and the device comes back
// as another.
func TestGuestUnplug(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		watch := b.h.Watch()
		_, ok := watch.Next(b.w.Now() + patience)
		require.True(t, ok)
		seen := map[usb.DeviceID]bool{}
		for _, flow := range []func(*guestBench) func(){parked, stuck, flowing} {
			id := b.conn.Info().ID
			require.False(t, seen[id], "DeviceID %d is used twice", id)
			seen[id] = true
			ended := flow(b)
			b.w.Outside("unplug", b.g.unplug)
			e, ok := watch.Next(b.w.Now() + patience)
			require.True(t, ok, "no detach event")
			require.Equal(t, usb.Event{Kind: usb.Detached, Info: b.conn.Info()}, e)
			ended()
			_, err := b.h.Open(id)
			require.Equal(t, usb.Disconnected, err)
			require.Equal(t, usb.Disconnected, b.conn.SetConfiguration(1))
			require.NoError(t, b.conn.Close())
			b.w.Outside("plug", b.g.plug)
			e, ok = watch.Next(b.w.Now() + patience)
			require.True(t, ok, "no attach event")
			require.Equal(t, usb.Attached, e.Kind)
			b.conn, err = b.h.Open(e.Info.ID)
			require.NoError(t, err)
		}
	})
}

// parked is 16 transfers that wait for data.
func parked(b *guestBench) (ended func()) {
	in, _ := b.configure(1)
	var done []*usb.Transfer
	for range 16 {
		b.collect(&done, in, make([]byte, 16384))
	}
	b.w.Sleep(100 * time.Millisecond)
	return func() {
		b.until("transfers are not done", func() bool { return len(done) == 16 })
		for _, x := range done {
			require.Equal(b, usb.Disconnected, x.Status)
		}
	}
}

// stuck is more than the gadget takes while nobody reads.
func stuck(b *guestBench) (ended func()) {
	_, out := b.configure(1)
	var done []*usb.Transfer
	for range 32 {
		b.collect(&done, out, make([]byte, 65536))
	}
	moved := -1
	b.until("the gadget takes all", func() bool {
		was := moved
		moved = len(done)
		b.w.Sleep(200 * time.Millisecond)
		return moved > 0 && moved == was && moved < 32
	})
	return func() {
		b.until("transfers are not done", func() bool { return len(done) == 32 })
		for _, x := range done[moved:] {
			require.Equal(b, usb.Disconnected, x.Status)
		}
	}
}

// flowing is streams both ways, in full flow.
func flowing(b *guestBench) (ended func()) {
	in, out := b.configure(1)
	s := usb.NewStream(b.w, b.conn, in, out, usb.StreamOptions{InTransfers: 16, OutTransfers: 16})
	errs := []error{}
	n := 0
	b.w.Go("writer", func() {
		for data := make([]byte, 1<<20); ; {
			if _, err := s.Write(data); err != nil {
				errs = append(errs, err)
				return
			}
		}
	})
	b.w.Go("reader", func() {
		for buf := make([]byte, 1<<20); ; {
			k, err := s.Read(buf)
			if n += k; err != nil {
				errs = append(errs, err)
				return
			}
		}
	})
	b.until("nothing flows", func() bool { return n > 1<<20 })
	return func() {
		b.until("streams do not end", func() bool { return len(errs) == 2 })
		require.Equal(b, []error{usb.Disconnected, usb.Disconnected}, errs)
	}
}

// A reset keeps configuration and claims.
func TestGuestReset(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		in, out := b.configure(1)
		var done []*usb.Transfer
		x := b.collect(&done, in, make([]byte, 512))
		require.NoError(t, b.conn.Reset())
		require.Equal(t, []*usb.Transfer{x}, done)
		require.Equal(t, usb.Shutdown, x.Status)
		require.NoError(t, usb.Do(b.w, b.conn, &usb.Transfer{Endpoint: out, Data: []byte("alive")}, patience))
		require.NoError(t, usb.Do(b.w, b.conn, x, patience))
		require.Equal(t, "alive", string(x.Data[:x.Actual]))
	})
}

// A driver of the kernel that has the interface gives it up, and gets it back.
func TestGuestKernelDriver(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		require.NoError(t, exec.Command("modprobe", "usbtest", "vendor=0x1d6b", "product=0x0f10").Run())
		defer exec.Command("rmmod", "usbtest").Run()
		path := filepath.Join(sysfsDevices, b.path()+":1.0", "driver")
		driver := func() string { s, _ := os.Readlink(path); return filepath.Base(s) }
		require.Equal(t, "usbtest", driver())
		require.NoError(t, b.conn.ClaimInterface(0))
		require.Equal(t, "usbfs", driver())
		require.NoError(t, b.conn.ReleaseInterface(0))
		require.Equal(t, "usbtest", driver())
		b.configure(1)
		require.NoError(t, b.conn.Close())
		b.until("the driver does not get it back", func() bool { return driver() == "usbtest" })
	})
}

func (b *guestBench) path() string {
	d, ok := b.h.Device(b.conn.Info().ID)
	require.True(b, ok)
	return d.Path
}

// What another program has claimed is not taken from it; the error says so.
func TestGuestBusy(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		second, err := Open(b.w, gadgetSpec, Options{}) // as good as another program
		require.NoError(t, err)
		defer second.Close()
		info, ok := usb.WaitDevice(second, b.w.Now()+patience)
		require.True(t, ok)
		other, err := second.Open(info.ID)
		require.NoError(t, err)
		require.NoError(t, other.ClaimInterface(0))
		err = b.conn.ClaimInterface(0)
		require.ErrorIs(t, err, usb.Invalid)
		require.ErrorContains(t, err, "another program has it")
		require.ErrorContains(t, b.conn.SetConfiguration(2), "another program has it")
		require.NoError(t, second.Close())
		require.NoError(t, b.conn.ClaimInterface(0))
	})
}

// Two hosts in one kernel see the device of each alone.
func TestGuestTwoHosts(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		first := b.path()
		g := newGadget(t, 1)
		defer g.remove()
		second, err := Open(b.w, "usb:1d6b:0f11/SN1", Options{})
		require.NoError(t, err)
		defer second.Close()
		watch, other := b.h.Watch(), second.Watch()
		b.w.Outside("plug", g.plug)
		e, ok := other.Next(b.w.Now() + patience)
		require.True(t, ok)
		require.Equal(t, uint16(0x0f11), e.Info.Device.ProductID)
		d, ok := second.Device(e.Info.ID)
		require.True(t, ok)
		at, err := Open(b.w, "usb:@"+d.Path, Options{Poll: true})
		require.NoError(t, err)
		defer at.Close()
		info, ok := usb.WaitDevice(at, b.w.Now())
		require.True(t, ok, "by its port")
		require.Equal(t, e.Info.Address, info.Address)
		e, ok = watch.Next(b.w.Now() + patience)
		require.True(t, ok)
		require.Equal(t, b.conn.Info(), e.Info)
		gone := at.Watch()
		_, ok = gone.Next(b.w.Now())
		require.True(t, ok)
		b.w.Outside("unplug", g.unplug)
		for _, x := range []usb.Watcher{other, gone} {
			e, ok = x.Next(b.w.Now() + patience)
			require.True(t, ok)
			require.Equal(t, usb.Detached, e.Kind)
		}
		_, ok = watch.Next(b.w.Now() + time.Second)
		require.False(t, ok, "the other host's device is none of this one's business")
		all, err := List()
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.Equal(t, first, all[0].Path)
		require.Equal(t, []string{"Plugfest", "Loop and source", "SN0"}, []string{all[0].Manufacturer, all[0].Product, all[0].Serial})
		require.Equal(t, uint8(1), all[0].Configuration)
		require.NoError(t, all[0].Access())
		all[0].Address = 126
		require.Equal(t, usb.Disconnected, all[0].Access())
	})
}

// Nothing stays open.
func TestGuestLeavesNothing(t *testing.T) {
	needGuest(t)
	files := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(list)
	}
	inGuest(t, func(b *guestBench) { b.configure(1) }) // what is opened once and for all
	before := files()
	for range 3 {
		inGuest(t, func(b *guestBench) {
			in, _ := b.configure(1)
			var done []*usb.Transfer
			b.collect(&done, in, make([]byte, 512))
		})
	}
	require.Equal(t, before, files(), "open files")
}

// The kernel tells of devices.
func TestGuestUevents(t *testing.T) {
	g := newGadget(t, 0)
	defer g.remove()
	u, err := openUevents()
	require.NoError(t, err)
	told := make(chan struct{}, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		u.run(func() { told <- struct{}{} })
	}()
	for _, change := range []func(){g.plug, g.unplug} {
		for len(told) > 0 {
			<-told
		}
		change()
		select {
		case <-told:
		case <-time.After(patience):
			t.Fatal("nothing is heard of it")
		}
		time.Sleep(time.Second) // interfaces, drivers
	}
	u.close()
	<-done
}

// libusb 1.0.25 and 1.0.26 end the program when a handle is closed whose device was
// asked for another setting after it had gone.
func TestGuestSettingOfWhatIsGone(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		watch := b.h.Watch()
		_, ok := watch.Next(b.w.Now() + patience)
		require.True(t, ok)
		b.configure(1)
		c := b.conn.(*conn)
		b.w.Outside("unplug", b.g.unplug)
		refused := 0
		for range 500 {
			var result code
			b.w.Outside("settings", func() { result = c.outside(func() code { return c.h.setInterface(0, 0) }) })
			if result == errNoDevice {
				refused++
			}
			if refused == 3 {
				break
			}
			b.w.Sleep(10 * time.Millisecond)
		}
		require.Equal(t, 3, refused)
		e, ok := watch.Next(b.w.Now() + patience)
		require.True(t, ok, "no detach event")
		require.Equal(t, usb.Detached, e.Kind)
		require.NoError(t, b.conn.Close())
		b.w.Outside("plug", b.g.plug)
		e, ok = watch.Next(b.w.Now() + patience)
		require.True(t, ok, "no attach event")
		var err error
		b.conn, err = b.h.Open(e.Info.ID)
		require.NoError(t, err)
	})
}
