package phonetest_test

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phonetest"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// ask sends one request to a usbmuxd socket and returns the answer.
func ask(t *testing.T, address string, r usbmuxd.Request) usbmuxd.Reply {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer c.Close()
	b, err := r.AppendTo(nil)
	require.NoError(t, err)
	_, err = c.Write(b)
	require.NoError(t, err)
	var d usbmuxd.Decoder
	buf := make([]byte, 4096)
	for {
		m, ok, err := d.Next()
		require.NoError(t, err)
		if ok {
			reply, err := usbmuxd.ParseReply(m)
			require.NoError(t, err)
			return reply
		}
		n, err := c.Read(buf)
		if err == io.EOF {
			require.Fail(t, "the daemon hung up")
		}
		require.NoError(t, err)
		d.Feed(buf[:n])
	}
}

// A phone comes and goes; each time it comes it has another DeviceID, and the old
// one is refused.
func TestStart(t *testing.T) {
	phone := phonetest.Start(t)
	list := usbmuxd.Request{Version: usbmuxd.Plist, Tag: 1, Command: usbmuxd.ListDevices}
	first := ask(t, phone.Address(), list).Devices
	require.Len(t, first, 1)
	require.Equal(t, phone.UDID(), first[0].Serial)

	phone.Unplug()
	require.Empty(t, ask(t, phone.Address(), list).Devices)

	phone.Plug()
	again := ask(t, phone.Address(), list).Devices
	require.Len(t, again, 1)
	require.NotEqual(t, first[0].ID, again[0].ID)

	connect := usbmuxd.Request{Version: usbmuxd.Plist, Tag: 2, Command: usbmuxd.Connect, HasDevice: true, HasPort: true, Port: 62078}
	connect.DeviceID = first[0].ID
	require.Equal(t, usbmuxd.BadDevice, ask(t, phone.Address(), connect).Result)
	connect.DeviceID = again[0].ID
	require.Equal(t, usbmuxd.OK, ask(t, phone.Address(), connect).Result)
	connect.Port = 22
	require.Equal(t, usbmuxd.ConnRefused, ask(t, phone.Address(), connect).Result)
}

// The faults of a persona: this phone refuses lockdown's port, and no other, in its
// first minute.
func TestSet(t *testing.T) {
	phone := phonetest.Start(t, phonetest.Set(t, "usbmux: {refuse-for: 1m}"), phonetest.Set(t, "name: Late"))
	connect := usbmuxd.Request{Version: usbmuxd.Plist, Tag: 1, Command: usbmuxd.Connect, HasDevice: true, DeviceID: 1, HasPort: true, Port: 62078}
	require.Equal(t, usbmuxd.ConnRefused, ask(t, phone.Address(), connect).Result)
	require.NoError(t, phone.Do(func(d *desk.Desk) {
		require.Equal(t, "Late", d.State.Value("", "DeviceName"))
		u := d.Phone.Persona().USBMux
		u.RefuseFor = 0
		require.NoError(t, d.Phone.SetUSBMux(u))
	}))
	require.Equal(t, usbmuxd.OK, ask(t, phone.Address(), connect).Result)
}
