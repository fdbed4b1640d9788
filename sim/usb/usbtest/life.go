package usbtest

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

// The cases on devices that come, are set up, and go.
var lifeCases = []testCase{
	{"device is announced as it is", "", func(b *bench) {
		watch := b.Host.Watch()
		defer watch.Close()
		_, ok := watch.Next(b.w.Now() + pause)
		require.False(b, ok, "an event before anything is attached")
		b.attach()
		e, ok := watch.Next(b.w.Now() + patience)
		require.True(b, ok, "no event for an early watcher")
		assert.Equal(b, usb.Attached, e.Kind)
		assert.Equal(b, b.conn.Info(), e.Info)
		want, got := Descriptors(), b.conn.Descriptors()
		want.Device.Configurations = 1
		assert.Equal(b, want.Device, got.Device, "device descriptor")
		assert.Equal(b, want.Device, e.Info.Device)
		require.Len(b, got.Configs, 1)
		for _, f := range want.Configs[0].Interfaces {
			for _, a := range f.Alternates {
				have := b.setting(f.Number, a.Setting)
				assert.Equal(b, []uint8{a.Class, a.SubClass, a.Protocol}, []uint8{have.Class, have.SubClass, have.Protocol})
				require.Len(b, have.Endpoints, len(a.Endpoints))
				for i := range a.Endpoints {
					assert.Equal(b, a.Endpoints[i].In(), have.Endpoints[i].In(), "direction of endpoint %d", i)
					assert.Equal(b, a.Endpoints[i].Type(), have.Endpoints[i].Type(), "type of endpoint %d", i)
				}
			}
		}
		assert.Equal(b, "Carrier test", got.Text(got.Device.Product))
		assert.Equal(b, "0001", got.Text(got.Device.SerialNumber))
	}},

	{"device goes and comes back as another", "", func(b *bench) {
		watch := b.Host.Watch()
		defer watch.Close()
		seen := map[usb.DeviceID]bool{}
		for range 3 {
			b.configure()
			id := b.conn.Info().ID
			require.False(b, seen[id], "DeviceID %d is used twice", id)
			seen[id] = true
			e, ok := watch.Next(b.w.Now() + patience)
			require.True(b, ok, "no attach event")
			require.Equal(b, usb.Attached, e.Kind)
			x := b.start(b.in(), make([]byte, 64), nil)
			b.w.Sleep(pause)
			require.Zero(b, x.done)
			b.Port.Detach()
			assert.Equal(b, usb.StateDetached, b.dev.g.State(), "Unplugged is called before Detach returns")
			e, ok = watch.Next(b.w.Now() + patience)
			require.True(b, ok, "no detach event")
			assert.Equal(b, usb.Detached, e.Kind)
			assert.Equal(b, id, e.Info.ID)
			x.await()
			assert.Equal(b, usb.Disconnected, x.Status, "a transfer that waited")
			_, err := b.Host.Open(id)
			assert.Equal(b, usb.Disconnected, err, "Open of a device that is gone")
			y := b.start(b.in(), make([]byte, 64), nil)
			y.await()
			assert.Equal(b, usb.Disconnected, y.Status, "a transfer after that")
			assert.NoError(b, b.conn.Close())
		}
		b.Port.Detach()
	}},

	{"one device at a time", "", func(b *bench) {
		b.attach()
		assert.Error(b, b.Port.Attach(newDevice(b.w).g))
		_, err := usb.Control(b.w, b.conn, usb.Setup{RequestType: usb.TypeVendor, Request: reqTouch}, nil, patience)
		assert.NoError(b, err, "the first is unharmed")
	}},

	{"configuration", "", func(b *bench) {
		b.attach()
		require.NoError(b, b.conn.SetConfiguration(1))
		require.True(b, b.dev.g.WaitConfigured(b.w.Now()+patience))
		assert.Equal(b, uint8(1), b.conn.Configuration())
		assert.Equal(b, uint8(1), b.dev.g.Configuration())
		assert.Error(b, b.conn.SetConfiguration(9))
		require.NoError(b, b.conn.SetConfiguration(1), "the same again")
		require.NoError(b, b.conn.ClaimInterface(0))
		assert.Error(b, b.conn.ClaimInterface(7))
	}},

	{"claims", "", func(b *bench) {
		b.configure()
		other, err := b.Host.Open(b.conn.Info().ID)
		require.NoError(b, err)
		assert.Error(b, other.ClaimInterface(0), "claimed by another Conn")
		x := &usb.Transfer{Endpoint: b.in(), Data: make([]byte, 64)}
		assert.Equal(b, usb.Invalid, usb.Do(b.w, other, x, patience), "not claimed by this one")
		mine := b.start(b.in(), make([]byte, 64), nil)
		require.NoError(b, b.conn.ReleaseInterface(0))
		mine.await()
		assert.Equal(b, usb.Canceled, mine.Status, "pending when released")
		require.NoError(b, other.ClaimInterface(0))
		require.NoError(b, other.Close())
		require.NoError(b, b.conn.ClaimInterface(0), "Close releases")
	}},

	{"alternate settings", "", func(b *bench) {
		b.configure()
		in := b.address(1, 1, usb.TypeBulk, true)
		x := b.start(in, make([]byte, 64), nil)
		x.await()
		assert.Equal(b, usb.Invalid, x.Status, "setting 0 does not have it")
		require.NoError(b, b.conn.SetInterface(1, 1))
		require.True(b, b.dev.g.WaitAlternate(1, 1, b.w.Now()+patience))
		b.w.Go("device", func() { b.dev.g.Endpoint(0x84).Write([]byte("native")) })
		x = b.start(in, make([]byte, 64), nil)
		x.await()
		assert.Equal(b, "native", string(x.Data[:x.Actual]))
		y := b.start(in, make([]byte, 64), nil)
		b.w.Sleep(pause)
		require.NoError(b, b.conn.SetInterface(1, 0))
		y.await()
		assert.NotEqual(b, usb.OK, y.Status, "pending when its setting ended")
		assert.True(b, b.dev.g.WaitAlternate(1, 0, b.w.Now()+patience))
		assert.False(b, b.dev.g.Endpoint(0x84).Enabled())
		assert.Error(b, b.conn.SetInterface(1, 5))
	}},

	{"reset", "", func(b *bench) {
		b.configure()
		require.NoError(b, b.conn.SetInterface(1, 1))
		resets := b.dev.resets
		x := b.start(b.in(), make([]byte, 64), nil)
		require.NoError(b, b.conn.Reset())
		x.await()
		assert.NotEqual(b, usb.OK, x.Status, "pending when reset")
		if !b.NoReset {
			assert.Greater(b, b.dev.resets, resets, "the device has seen it")
		}
		assert.Equal(b, uint8(1), b.dev.g.Configuration(), "configuration is restored")
		assert.Equal(b, uint8(1), b.dev.g.Alternate(1), "and settings")
		b.w.Go("device", func() { b.dev.g.Endpoint(0x81).Write([]byte("alive")) })
		y := b.start(b.in(), make([]byte, 64), nil)
		y.await()
		assert.Equal(b, "alive", string(y.Data[:y.Actual]), "claims last")
	}},

	{"close", "", func(b *bench) {
		b.configure()
		x := b.start(b.in(), make([]byte, 64), nil)
		require.NoError(b, b.conn.Close())
		x.await()
		assert.Equal(b, usb.Canceled, x.Status)
		y := b.start(b.in(), make([]byte, 64), nil)
		y.await()
		assert.Equal(b, usb.Invalid, y.Status, "after Close")
		assert.NoError(b, b.conn.Close(), "twice")
	}},

	{"unplug", "unplug", func(b *bench) {
		b.configure()
		watch := b.Host.Watch()
		watch.Next(b.w.Now() + patience)
		x := b.start(b.in(), make([]byte, 64), nil)
		var err error
		b.w.Go("device", func() { _, err = b.dev.g.Endpoint(0x02).Read(make([]byte, 64)) })
		b.w.Sleep(pause)
		b.Unplug()
		x.await()
		assert.Equal(b, usb.Disconnected, x.Status)
		e, ok := watch.Next(b.w.Now() + patience)
		require.True(b, ok, "no detach event")
		assert.Equal(b, usb.Detached, e.Kind)
		b.until("the device does not learn that the host is gone", func() bool { return b.dev.g.State() == usb.StateDetached })
		b.w.Sleep(pause)
		assert.Equal(b, usb.Disconnected, err)
	}},
}
