package usb_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// instant takes the waits out of enumeration.
func instant(o usb.CableOptions) usb.CableOptions {
	o.Debounce, o.ResetTime, o.Recovery = -1, -1, -1
	return o
}

// plain are the descriptors of a device with one vendor interface of two bulk
// endpoints, 81 and 01.
func plain() *usb.Descriptors {
	return &usb.Descriptors{
		Device: usb.DeviceDescriptor{USB: 0x0200, MaxPacketSize0: 64, VendorID: 0x1209, ProductID: 1, Manufacturer: 1, Product: 2},
		Configs: []usb.ConfigDescriptor{{Value: 1, Attributes: usb.AttrReserved, MaxPower: 50, Interfaces: []usb.Interface{
			{Alternates: []usb.Alternate{{Class: 0xFF, Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x81), usb.Bulk(0x01)}}}},
		}}},
		Strings: usb.English("Plugfest", "Plain"),
	}
}

// attach puts a device on plug B and returns plug A's connection to it.
func attach(t testing.TB, c *usb.Cable, d usb.Device) usb.Conn {
	t.Helper()
	require.NoError(t, c.B().Attach(d))
	info, ok := usb.WaitDevice(c.A(), sim.Never)
	require.True(t, ok, "device was not announced")
	conn, err := c.A().Open(info.ID)
	require.NoError(t, err)
	return conn
}

// pair makes a plain gadget and a configured connection with interface 0.
func pair(t testing.TB, w *sim.World, o usb.CableOptions) (*usb.Gadget, usb.Conn) {
	t.Helper()
	g := usb.NewGadget(w, "gadget", plain(), nil)
	conn := attach(t, usb.NewCable(w, o), g)
	require.NoError(t, conn.SetConfiguration(1))
	require.NoError(t, conn.ClaimInterface(0))
	return g, conn
}

// run runs main in a world.
func run(t testing.TB, w *sim.World, main func()) {
	t.Helper()
	require.NoError(t, w.Run(main))
}
