package muxd_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// A phone is shown as usbmuxd shows it, and answers on its ports.
func TestListConnectEcho(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		p := x.program()
		want := usbmuxd.Device{ID: 1, ProductID: 0x12A8, Serial: udid, Location: 0x00010001, Speed: 480_000_000}
		require.Equal(t, []usbmuxd.Device{want}, p.ask(usbmuxd.Request{Command: usbmuxd.ListDevices}).Devices)
		require.Equal(t, usbmuxd.ConnRefused, p.connect(dev.ID, 22))
		require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portEcho), "after a refusal the client may ask again")
		p.raw([]byte("hello"))
		require.Equal(t, "hello", string(p.bytes(5)))
	})
}
