package libusb

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
)

// hostBench is a host over a fake kernel, with the suite's device attached.
type hostBench struct {
	*testing.T
	*fakeKernel
	h    *Host
	g    *usb.Gadget
	conn usb.Conn
	ops  []string // calls of the kernel's
}

func onHost(t *testing.T, o Options, test func(*hostBench)) {
	k, h := newFake(t, o)
	b := &hostBench{T: t, fakeKernel: k, h: h}
	b.g = usb.NewGadget(k.w, "device", usbtest.Descriptors(), usb.BaseFunction{})
	require.NoError(t, k.w.Run(func() {
		require.NoError(t, k.cable.B().Attach(b.g))
		info, ok := usb.WaitDevice(h, k.w.Now()+patience)
		require.True(t, ok)
		conn, err := h.Open(info.ID)
		require.NoError(t, err)
		b.conn = conn
		b.answer(nil)
		test(b)
	}))
}

// answer has calls of the kernel's fail, and makes a list of all.
func (b *hostBench) answer(with map[string]code) {
	b.mu.Lock()
	b.ops = nil
	b.mu.Unlock()
	b.setRefuse(func(op string) code {
		if op != "submit" {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.ops = append(b.ops, op)
		}
		return with[op]
	})
}

// calls returns the calls since the last answer.
func (b *hostBench) calls() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ops
}

func (b *hostBench) ready() (in, out uint8) {
	require.NoError(b, b.conn.SetConfiguration(1))
	require.NoError(b, b.conn.ClaimInterface(0))
	return 0x81, 0x02
}

// The kernel's drivers have to let go first, and get back what they had.
func TestKernelDrivers(t *testing.T) {
	onHost(t, Options{}, func(b *hostBench) {
		require.NoError(t, b.conn.ClaimInterface(0))
		require.Equal(t, []string{"detach driver", "claim"}, b.calls())
		b.answer(nil)
		require.NoError(t, b.conn.ClaimInterface(0), "twice")
		require.Empty(t, b.calls())
		require.NoError(t, b.conn.ReleaseInterface(0))
		require.Equal(t, []string{"release", "attach driver"}, b.calls())

		b.answer(map[string]code{"detach driver": errNotFound})
		require.NoError(t, b.conn.ClaimInterface(0))
		require.NoError(t, b.conn.ReleaseInterface(0))
		require.Equal(t, []string{"detach driver", "claim", "release"}, b.calls(), "there was none")

		b.answer(map[string]code{"claim": errBusy})
		err := b.conn.ClaimInterface(0)
		require.ErrorIs(t, err, usb.Invalid)
		require.EqualError(t, err, "libusb: claim interface 0 of 3-1 (1209:0001): busy (LIBUSB_ERROR_BUSY): another program has it (usbmuxd, a virtual machine?): stop that first")
		require.Equal(t, []string{"detach driver", "claim", "attach driver"}, b.calls())
		require.Equal(t, usb.Invalid, b.conn.ReleaseInterface(0))
	})
}

func TestSetConfigurationTakesInterfaces(t *testing.T) {
	onHost(t, Options{}, func(b *hostBench) {
		require.NoError(t, b.conn.ClaimInterface(1))
		b.answer(nil)
		require.NoError(t, b.conn.SetConfiguration(1))
		require.Equal(t, []string{"release", "detach driver", "detach driver", "set configuration"}, b.calls())
		b.answer(nil)
		require.Equal(t, usb.Invalid, b.conn.SetInterface(1, 1), "claims have ended")
		require.NoError(t, b.conn.Close())
		b.until("drivers do not get them back", func() bool { return len(b.calls()) == 4 })
		require.Equal(t, []string{"release", "attach driver", "release", "attach driver"}, b.calls())
	})
}

func (b *hostBench) until(what string, ok func() bool) {
	b.Helper()
	for deadline := b.w.Now() + patience; !ok(); b.w.Sleep(time.Millisecond) {
		require.Less(b, b.w.Now(), deadline, what)
	}
}

// What a call says of itself comes back, and nothing has changed.
func TestCallsThatFail(t *testing.T) {
	onHost(t, Options{}, func(b *hostBench) {
		in, _ := b.ready()
		require.NoError(t, b.conn.ClaimInterface(1))
		b.answer(map[string]code{"set interface": errPipe, "clear halt": errIO, "reset": errOther, "release": errNotFound})
		require.ErrorIs(t, b.conn.SetInterface(1, 1), usb.Stall)
		require.ErrorContains(t, b.conn.SetInterface(1, 1), "set interface 1 to 1 of 3-1")
		require.ErrorIs(t, b.conn.ClearHalt(in), usb.Protocol)
		require.ErrorIs(t, b.conn.Reset(), usb.Protocol)
		require.Equal(t, usb.Invalid, b.do(&usb.Transfer{Endpoint: 0x84, Data: make([]byte, 64)}), "setting 0 has no endpoints")
		b.answer(map[string]code{"set configuration": errBusy})
		require.ErrorContains(t, b.conn.SetConfiguration(0), "set configuration 0 of 3-1 (1209:0001): busy")
		require.Equal(t, uint8(1), b.conn.Configuration())
		b.answer(map[string]code{"reset": errNotFound})
		require.Equal(t, usb.Disconnected, b.conn.Reset(), "it comes back as another")
		b.answer(map[string]code{"claim": errNoDevice})
		require.Equal(t, usb.Disconnected, b.conn.ClaimInterface(0))
	})
}

// After a reset the settings are as they were.
func TestResetRestoresSettings(t *testing.T) {
	onHost(t, Options{}, func(b *hostBench) {
		b.ready()
		require.NoError(t, b.conn.ClaimInterface(1))
		require.NoError(t, b.conn.SetInterface(1, 1))
		require.NoError(t, b.conn.Reset())
		var setting [1]byte
		_, err := usb.Control(b.w, b.conn, usb.Setup{RequestType: usb.DirIn | usb.ToInterface, Request: usb.ReqGetInterface, Index: 1, Length: 1}, setting[:], patience)
		require.NoError(t, err)
		require.Equal(t, uint8(1), setting[0])
	})
}

func (b *hostBench) do(t *usb.Transfer) error { return usb.Do(b.w, b.conn, t, patience) }

// udevd may take a moment to give a user the device.
func TestOpenWaitsForAccess(t *testing.T) {
	onHost(t, Options{}, func(b *hostBench) {
		id := b.conn.Info().ID
		refused := 2
		b.setRefuse(func(string) code {
			if refused--; refused >= 0 {
				return errAccess
			}
			return success
		})
		c, err := b.h.Open(id)
		require.NoError(t, err)
		require.NoError(t, c.Close())
		b.answer(map[string]code{"open": errOther})
		_, err = b.h.Open(id)
		require.EqualError(t, err, "libusb: open of 3-1 (1209:0001): other error (LIBUSB_ERROR_OTHER)")
		b.answer(map[string]code{"open": errNoDevice})
		_, err = b.h.Open(id)
		require.Equal(t, usb.Disconnected, err)
		_, err = b.h.Open(id + 1)
		require.Equal(t, usb.Disconnected, err)
	})
}

// A host sees what its options say, and no more.
func TestMatch(t *testing.T) {
	k, h := newFake(t, Options{Match: Spec{Vendor: 0x1209, Product: 2}.Match})
	g := usb.NewGadget(k.w, "device", usbtest.Descriptors(), usb.BaseFunction{})
	require.NoError(t, k.w.Run(func() {
		other, err := newHost(k.w, Options{Match: Spec{Vendor: usb.Any, Product: usb.Any, Path: "3-1"}.Match, Poll: true}, k, k, nil)
		require.NoError(t, err)
		require.NoError(t, k.cable.B().Attach(g))
		info, ok := usb.WaitDevice(other, k.w.Now()+patience)
		require.True(t, ok)
		d, ok := other.Device(info.ID)
		require.True(t, ok)
		require.Equal(t, "3-1", d.Path)
		_, ok = h.Device(info.ID)
		require.False(t, ok)
		_, ok = usb.WaitDevice(h, k.w.Now()+300*time.Millisecond)
		require.False(t, ok)
		require.NoError(t, other.Close())
		require.NoError(t, other.Close(), "twice")
		_, err = other.Open(info.ID)
		require.Equal(t, usb.Disconnected, err)
	}))
}

// Match may go by more than the device, and is asked again on demand.
func TestRescan(t *testing.T) {
	mine := false
	k, h := newFake(t, Options{Match: func(Device) bool { return mine }})
	g := usb.NewGadget(k.w, "device", usbtest.Descriptors(), usb.BaseFunction{})
	require.NoError(t, k.w.Run(func() {
		require.NoError(t, k.cable.B().Attach(g))
		_, ok := usb.WaitDevice(h, k.w.Now()+300*time.Millisecond)
		require.False(t, ok)
		mine = true
		h.Rescan()
		_, ok = usb.WaitDevice(h, k.w.Now())
		require.True(t, ok)
	}))
}

// Somebody else may change the configuration before the device is opened: udev's rule for
// usbmuxd does.
func TestConfigurationOfSomebodyElse(t *testing.T) {
	onHost(t, Options{}, func(b *hostBench) {
		require.Equal(t, uint8(1), b.conn.Configuration())
		require.NoError(t, b.conn.Close())
		b.configured(0)
		c, err := b.h.Open(b.conn.Info().ID)
		require.NoError(t, err)
		defer c.Close()
		require.Zero(t, c.Configuration())
		require.NoError(t, c.SetConfiguration(1))
		require.NoError(t, c.ClaimInterface(0))
	})
}

// A world may end in the middle of everything.
func TestWorldEnds(t *testing.T) {
	onHost(t, Options{}, func(b *hostBench) {
		in, out := b.ready()
		for range 4 {
			b.conn.Submit(&usb.Transfer{Endpoint: in, Data: make([]byte, 64)})
			b.conn.Submit(&usb.Transfer{Endpoint: out, Data: make([]byte, 64)})
		}
		b.w.Go("setting", func() { b.conn.SetConfiguration(1) })
		b.w.Yield()
	})
	// goleak in TestMain sees to the rest.
}

// Without devices, a host holds the world open until it is closed.
func TestHold(t *testing.T) {
	k, h := newFake(t, Options{})
	k.w.Go("closer", func() {
		k.w.Sleep(20 * time.Millisecond)
		h.Close()
	})
	require.NoError(t, k.w.Run(func() {
		x := h.Watch()
		_, ok := x.Next(50 * time.Millisecond)
		require.False(t, ok)
	}))
	require.True(t, h.closed)
}
