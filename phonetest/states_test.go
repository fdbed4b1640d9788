package phonetest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/phonetest"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// devices returns the DeviceIDs that a usbmuxd socket shows.
func devices(t *testing.T, address string) (ids []uint32) {
	t.Helper()
	for _, d := range ask(t, address, usbmuxd.Request{Version: usbmuxd.Plist, Tag: 1, Command: usbmuxd.ListDevices}).Devices {
		ids = append(ids, d.ID)
	}
	return ids
}

// until waits until something is so.
func until(t *testing.T, so func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); {
		require.True(t, time.Now().Before(end), "it is not so, for long")
	}
}

// A phone that restarts is another device when it is back; one that is off is none.
func TestPower(t *testing.T) {
	phone := phonetest.Start(t, phonetest.State(state.Options{BootTime: 100 * time.Millisecond}))
	seen := devices(t, phone.Address())
	for _, back := range []func(){
		phone.Restart,
		func() {
			phone.PowerOff()
			until(t, func() bool { return len(devices(t, phone.Address())) == 0 })
			phone.PowerOn()
		},
		func() {
			phone.PowerOff()
			phone.Unplug()
			phone.Plug()
		},
	} {
		back()
		now := devices(t, phone.Address())
		require.Len(t, now, 1)
		require.NotContains(t, seen, now[0])
		seen = append(seen, now...)
	}
}

// Behind a slow cable everything takes its time.
func TestSlow(t *testing.T) {
	phone := phonetest.Start(t)
	connect := func() time.Duration {
		began := time.Now()
		reply := ask(t, phone.Address(), usbmuxd.Request{
			Version: usbmuxd.Plist, Tag: 2, Command: usbmuxd.Connect,
			HasDevice: true, DeviceID: devices(t, phone.Address())[0], HasPort: true, Port: 62078,
		})
		require.Equal(t, usbmuxd.OK, reply.Result)
		return time.Since(began)
	}
	phone.Slow(300*time.Millisecond, 0)
	require.Greater(t, connect(), 600*time.Millisecond, "there and back")
	phone.Slow(0, 0)
	until(t, func() bool { return connect() < 300*time.Millisecond })
}
