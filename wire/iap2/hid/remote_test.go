package hid

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/iap2/control"
)

func TestStartHID(t *testing.T) {
	wire, err := Start{Component: 7, Vendor: 0x1234, Product: 0x5678, Descriptor: RemoteDescriptor()}.AppendTo([]byte("before"))
	require.NoError(t, err)
	require.Equal(t, "before", string(wire[:6]))
	m, err := control.Parse(wire[6:])
	require.NoError(t, err)
	assert.Empty(t, control.Validate(m, control.FromAccessory))
	d, err := control.Decode(m)
	require.NoError(t, err)
	assert.Equal(t, "StartHID", d.Spec.Name)
	for name, want := range map[string]uint64{"ComponentID": 7, "VendorID": 0x1234, "ProductID": 0x5678} {
		got, ok := d.Uint(name)
		assert.True(t, ok, name)
		assert.Equal(t, want, got, name)
	}
	descriptor, ok := d.Bytes("ReportDescriptor")
	assert.True(t, ok)
	assert.Equal(t, vector(t, "hid-media-descriptor"), descriptor)

	_, err = Start{Descriptor: make([]byte, 70000)}.AppendTo(nil)
	require.ErrorIs(t, err, control.ErrTooLong)
}

func TestButtonPress(t *testing.T) {
	down, err := AppendButtons(nil, 7, ButtonPlayPause|ButtonMute)
	require.NoError(t, err)
	assert.Equal(t, "404000116802"+"000600000007"+"0005000121", hex.EncodeToString(down))
	up, err := AppendButtons(nil, 7, 0)
	require.NoError(t, err)
	assert.Equal(t, "404000116802"+"000600000007"+"0005000100", hex.EncodeToString(up))
	for _, wire := range [][]byte{down, up} {
		m, err := control.Parse(wire)
		require.NoError(t, err)
		assert.Empty(t, control.Validate(m, control.FromAccessory))
	}
}

// The bits follow the order of usages in the descriptor.
func TestButtonBits(t *testing.T) {
	for i, b := range []Buttons{ButtonPlayPause, ButtonNext, ButtonPrevious, ButtonVolumeUp, ButtonVolumeDown, ButtonMute} {
		assert.Equal(t, Buttons(1)<<i, b)
	}
	assert.Less(t, PressTime, PressInterval)
}
