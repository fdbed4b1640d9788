package phone

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

// The device descriptor is the one that a real iPhone sent
// (wllm-rbnt/third-eye capture).
func TestDeviceDescriptorIsTheCapturedOne(t *testing.T) {
	d := descriptors(persona(t), modeInitial)
	d.Device.Configurations = uint8(len(d.Configs))
	require.Equal(t, "1201000200000040ac05a812041401020304", hex.EncodeToString(d.Device.AppendTo(nil)))
}

// The four configurations have the lengths of a real iPhone's
// (libusb/libusb#1328).
func TestConfigurationsHaveTheLengthsOfARealPhone(t *testing.T) {
	d := descriptors(persona(t), modeInitial)
	for i, want := range []int{39, 149, 62, 117} {
		require.Len(t, d.Configs[i].AppendTo(nil), want, "configuration %d", i+1)
	}
}

// Configuration 4 is, byte for byte, what was published from a real phone
// (fritzlb/iOS17-JIT-WIN#8).
func TestWorkingConfigurationIsThePublishedOne(t *testing.T) {
	const published = "" +
		"09027500030408c0fa" +
		"09040000030601011b" + "07050202000200" + "07058102000200" + "0705830340000a" +
		"0904010002fffe020f" + "07050402000200" + "07058502000200" +
		"0904020000fffd0111" +
		"0904020102fffd0111" + "07058602000200" + "07050502000200" +
		"0904020202fffd0111" + "07058602000200" + "07050502000200"
	for _, m := range []mode{modeInitial, modeValeria, modeNCM, modeEtherNCM} {
		d := descriptors(persona(t), m)
		require.Equal(t, published, hex.EncodeToString(d.Configs[3].AppendTo(nil)), "in mode %d", m)
		require.Equal(t, "PTP + Apple Mobile Device + Apple USB Ethernet", d.Text(8))
		require.Equal(t, "PTP", d.Text(5))
		require.Equal(t, "Apple USB Multiplexor", d.Text(0x0F))
	}
}

func TestDescriptorsAreWellFormed(t *testing.T) {
	d := descriptors(persona(t), modeInitial)
	require.NoError(t, d.Check())
	mux, ok := d.FindInterface(0xFF, 0xFE, 2)
	require.True(t, ok)
	require.Equal(t, uint8(3), mux.Config)
	require.Equal(t, "00008110001A2B3C4D5E001E", d.Text(strSerial))
	require.Len(t, reportDescriptor, 208)
}
