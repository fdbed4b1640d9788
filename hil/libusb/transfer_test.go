package libusb

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

// list submits transfers; those that are done gather in done.
func (b *hostBench) list(n int, endpoint uint8, done *[]*usb.Transfer) []*usb.Transfer {
	var all []*usb.Transfer
	for range n {
		t := &usb.Transfer{Endpoint: endpoint, Data: make([]byte, 64), Done: func(t *usb.Transfer) { *done = append(*done, t) }}
		b.conn.Submit(t)
		all = append(all, t)
	}
	return all
}

func statuses(list []*usb.Transfer) []usb.Status {
	var s []usb.Status
	for _, t := range list {
		s = append(s, t.Status)
	}
	return s
}

// A pulled device makes transfers fail before the kernel sees that it is gone:
// they are held until it does.
func TestBusErrorsOfAPulledDevice(t *testing.T) {
	onHost(t, Options{}, func(b *hostBench) {
		in, _ := b.ready()
		b.setTurn(func(s usb.Status) result {
			if s == usb.Disconnected {
				return transferError
			}
			return resultOf(s)
		})
		var done []*usb.Transfer
		all := b.list(3, in, &done)
		b.w.Sleep(5 * time.Millisecond)
		b.cable.Unplug()
		b.until("transfers are not done", func() bool { return len(done) == 3 })
		require.Equal(t, all, done)
		require.Equal(t, []usb.Status{usb.Disconnected, usb.Disconnected, usb.Disconnected}, statuses(done))
	})
}

// Where the device stays, they are what they seemed, half a second later, and
// nothing overtakes them.
func TestBusErrorsOfADeviceThatStays(t *testing.T) {
	for libusb, want := range map[result]usb.Status{
		transferError:    usb.Protocol,
		transferNoDevice: usb.Shutdown, // somebody else has configured it
	} {
		onHost(t, Options{}, func(b *hostBench) {
			in, out := b.ready()
			b.setTurn(func(s usb.Status) result {
				if s == usb.Stall {
					return libusb
				}
				return resultOf(s)
			})
			var done []*usb.Transfer
			all := b.list(1, in, &done)
			b.w.Sleep(5 * time.Millisecond)
			b.w.Go("device", func() { b.g.Endpoint(out).Read(make([]byte, 64)) })
			b.g.Endpoint(in).SetHalt(true)
			b.w.Sleep(5 * time.Millisecond)
			begin := b.w.Now()
			all = append(all, b.list(1, out, &done)...)
			b.w.Sleep(50 * time.Millisecond)
			require.Empty(t, done)
			b.until("transfers are not done", func() bool { return len(done) == 2 })
			require.GreaterOrEqual(t, b.w.Now()-begin, gonePatience-20*time.Millisecond)
			require.Equal(t, all, done)
			require.Equal(t, []usb.Status{want, usb.OK}, statuses(done))
		})
	}
}

// What is held when the Conn is closed is done at once.
func TestCloseWithHeldTransfers(t *testing.T) {
	onHost(t, Options{}, func(b *hostBench) {
		in, _ := b.ready()
		b.setTurn(func(usb.Status) result { return transferError })
		var done []*usb.Transfer
		b.list(1, in, &done)
		b.g.Endpoint(in).SetHalt(true)
		b.until("the transfer is not held", func() bool { return len(b.conn.(*conn).held) == 1 })
		begin := b.w.Now()
		require.NoError(t, b.conn.Close())
		require.Empty(t, done, "not inside of Close")
		b.until("the transfer is not done", func() bool { return len(done) == 1 })
		require.Less(t, b.w.Now()-begin, gonePatience/2)
		require.Equal(t, usb.Protocol, done[0].Status)
	})
}

// Transfers are taken back from the last to the first, so that the device sees
// no gap.
func TestRecallsTheLastFirst(t *testing.T) {
	onHost(t, Options{}, func(b *hostBench) {
		_, out := b.ready()
		var done []*usb.Transfer
		all := b.list(4, out, &done)
		require.NoError(t, b.conn.ReleaseInterface(0))
		require.Equal(t, []*usb.Transfer{all[3], all[2], all[1], all[0]}, done)
		require.Equal(t, []usb.Status{usb.Canceled, usb.Canceled, usb.Canceled, usb.Canceled}, statuses(done))
	})
}

// What libusb does not take is done with the reason.
func TestRefusedTransfers(t *testing.T) {
	onHost(t, Options{}, func(b *hostBench) {
		in, _ := b.ready()
		for c, want := range map[code]usb.Status{errNoMem: usb.Invalid, errInvalidParam: usb.Invalid} {
			b.answer(map[string]code{"submit": c})
			require.Equal(t, want, b.do(&usb.Transfer{Endpoint: in, Data: make([]byte, 64)}))
		}
		b.answer(nil)
		for _, x := range []*usb.Transfer{
			{Endpoint: 0x8E, Data: make([]byte, 64)},
			{Endpoint: 0x91, Data: make([]byte, 64)},
			{Endpoint: 0x84, Data: make([]byte, 64)},                                     // of a setting that is not current
			{Setup: usb.Setup{RequestType: usb.DirIn, Length: 5}, Data: make([]byte, 4)}, // less room than asked for
			{Setup: usb.Setup{Request: usb.ReqSetAddress, Value: 3}},                     // the kernel's own affair
			{Endpoint: 0x70},
		} {
			require.Equal(t, usb.Invalid, b.do(x), "%+v", x)
		}
		b.conn.Submit(&usb.Transfer{Endpoint: 0x8E}) // nobody waits for it
		x := &usb.Transfer{Endpoint: in, Data: make([]byte, 64)}
		b.conn.Submit(x)
		require.PanicsWithValue(t, "libusb: Submit of a transfer that is not done yet", func() { b.conn.Submit(x) })
		b.w.Yield()
	})
}

// Others may have set another configuration: a device may be unplugged while
// settings wait.
func TestSettingsOfADeviceThatGoes(t *testing.T) {
	onHost(t, Options{}, func(b *hostBench) {
		in, _ := b.ready()
		watch := b.h.Watch()
		_, ok := watch.Next(b.w.Now())
		require.True(t, ok)
		b.cable.Unplug()
		e, ok := watch.Next(b.w.Now() + patience)
		require.True(t, ok)
		require.Equal(t, usb.Event{Kind: usb.Detached, Info: b.conn.Info()}, e)
		require.Equal(t, usb.Disconnected, b.conn.SetConfiguration(1))
		require.Equal(t, usb.Disconnected, b.conn.ClaimInterface(0))
		require.Equal(t, usb.Disconnected, b.conn.ReleaseInterface(0))
		require.Equal(t, usb.Disconnected, b.conn.SetInterface(1, 1))
		require.Equal(t, usb.Disconnected, b.conn.ClearHalt(in))
		require.Equal(t, usb.Disconnected, b.conn.Reset())
		require.Equal(t, usb.Disconnected, b.do(&usb.Transfer{Endpoint: in}))
		require.NoError(t, b.conn.Close())
		require.Equal(t, usb.Invalid, b.conn.SetConfiguration(1), "closed")
	})
}
