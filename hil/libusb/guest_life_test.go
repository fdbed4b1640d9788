//go:build libusb && linux && cgo

package libusb

import (
	"testing"

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
