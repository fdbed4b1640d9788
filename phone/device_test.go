package phone

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/hid"
)

// Every vendor request, as each capability answers it: data, acceptance, or a
// stall that leaves the phone as it was.
func TestVendorRequests(t *testing.T) {
	const both, plain, none = "", "role-switch: {carplay: false}", "role-switch: {plain: false, carplay: false}"
	stall := []byte(nil)
	empty := []byte{}
	for _, tt := range []struct {
		name         string
		persona      string
		in           bool
		request      uint8
		value, index uint16
		n            int
		want         []byte
	}{
		{"capability of CarPlay", both, true, 0x53, 0, 0, 4, []byte{1, 0, 0, 0}},
		{"capability without", plain, true, 0x53, 0, 0, 4, stall},
		{"capability of nothing", none, true, 0x53, 0, 0, 4, stall},
		{"switch for CarPlay without", plain, false, 0x51, 1, 0, 0, stall},
		{"plain switch of a phone that cannot", none, false, 0x51, 0, 0, 0, stall},
		{"switch for CarPlay of one that cannot", none, false, 0x51, 1, 0, 0, stall},
		{"switch with a value of nobody", both, false, 0x51, 2, 0, 0, stall},
		{"switch in the wrong direction", both, true, 0x51, 0, 0, 4, stall},
		{"charging current", both, false, 0x40, 500, 2100, 0, empty},
		{"charging current of an old phone", none, false, 0x40, 0, 500, 0, empty},
		{"get mode", both, true, 0x45, 0, 0, 4, []byte{3, 3, 3, 0}},
		{"get mode of iOS 12", "product-version: 12.5.7", true, 0x45, 0, 0, 4, []byte{3, 3, 3}},
		{"get mode of iOS 8", "product-version: 8.4.1", true, 0x45, 0, 0, 4, []byte{3}},
		{"set mode that it is in", both, true, 0x52, 0, 1, 1, []byte{0}},
		{"set a mode that its iOS does not know", "usb: {modes: [1, 2]}", true, 0x52, 0, 4, 1, []byte{1}},
		{"set mode 0", both, true, 0x52, 0, 0, 1, []byte{1}},
		{"a request of nobody", both, true, 0x7E, 0, 0, 8, stall},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onCable(t, tt.persona, func(b *bench) {
				conn := b.phone()
				got, err := b.control(conn, tt.in, tt.request, tt.value, tt.index, tt.n)
				if tt.want == nil {
					require.ErrorIs(t, err, usb.Stall)
				} else {
					require.NoError(t, err)
					require.Equal(t, tt.want, got)
				}
				_, err = b.control(conn, true, 0x45, 0, 0, 4)
				require.NoError(t, err, "endpoint 0 works on")
				b.w.Sleep(time.Minute)
				require.NotNil(t, b.cable.B().Attached(), "the phone stays")
			})
		})
	}
}

// Requests of the class, and vendor requests to an interface, are no affair of
// the device.
func TestRequestsToNobody(t *testing.T) {
	onCable(t, "", func(b *bench) {
		conn := b.phone()
		for _, kind := range []uint8{usb.TypeClass | usb.ToDevice, usb.TypeVendor | usb.ToInterface, usb.TypeVendor | usb.ToEndpoint} {
			_, err := usb.Control(b.w, conn, usb.Setup{RequestType: kind, Request: reqRoleSwitch}, nil, time.Second)
			require.ErrorIs(t, err, usb.Stall, "request type %02X", kind)
		}
	})
}

// The HID report descriptor is there in configuration 2 alone, and says in which
// reports iAP rides.
func TestReportDescriptor(t *testing.T) {
	onCable(t, "", func(b *bench) {
		conn := b.phone()
		get := func() ([]byte, error) {
			data := make([]byte, 255)
			n, err := usb.Control(b.w, conn, usb.Setup{RequestType: usb.DirIn | usb.ToInterface, Request: usb.ReqGetDescriptor,
				Value: usb.DescReport << 8, Index: hidInterface}, data, time.Second)
			return data[:n], err
		}
		require.NoError(t, conn.SetConfiguration(configMuxEther))
		_, err := get()
		require.ErrorIs(t, err, usb.Stall)
		require.NoError(t, conn.SetConfiguration(configIPod))
		got, err := get()
		require.NoError(t, err)
		require.Len(t, got, 208)
		d, err := hid.ParseDescriptor(got)
		require.NoError(t, err)
		layout, err := d.Layout()
		require.NoError(t, err)
		require.Equal(t, hid.HighSpeed(), layout)
	})
}
