package muxd_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmux"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// alternate is a usbmux interface with these endpoints.
func alternate(endpoints ...usb.EndpointDescriptor) []usb.Interface {
	return []usb.Interface{{Number: 1, Alternates: []usb.Alternate{{Class: 0xFF, SubClass: 0xFE, Protocol: 2, Endpoints: endpoints}}}}
}

// Which devices the daemon takes, and how it shows them.
func TestWhichDevicesAreTaken(t *testing.T) {
	in, out := usb.Bulk(0x85), usb.Bulk(0x04)
	for name, c := range map[string]struct {
		change func(d *usb.Descriptors)
		want   string // serial number; "" for not taken
		config uint8
	}{
		"iPhone":            {func(*usb.Descriptors) {}, udid, 4},
		"lowest product":    {func(d *usb.Descriptors) { d.Device.ProductID = 0x1290 }, udid, 4},
		"highest product":   {func(d *usb.Descriptors) { d.Device.ProductID = 0x12AF }, udid, 4},
		"T2":                {func(d *usb.Descriptors) { d.Device.ProductID = 0x8600 }, udid, 4},
		"recovery mode":     {func(d *usb.Descriptors) { d.Device.ProductID = 0x1281 }, "", 0},
		"DFU mode":          {func(d *usb.Descriptors) { d.Device.ProductID = 0x1227 }, "", 0},
		"past the products": {func(d *usb.Descriptors) { d.Device.ProductID = 0x12B0 }, "", 0},
		"another vendor":    {func(d *usb.Descriptors) { d.Device.VendorID = 0x18D1 }, "", 0},
		"old serial number": {func(d *usb.Descriptors) { d.Strings = usb.English(strings.Repeat("ab", 20)) }, strings.Repeat("ab", 20), 4},
		"serial with NULs":  {func(d *usb.Descriptors) { d.Strings = usb.English("00008110001A2B3C4D5E001E\x00\x00") }, udid, 4},
		"no serial number":  {func(d *usb.Descriptors) { d.Device.SerialNumber = 0 }, "", 0},
		"endpoints swapped": {func(d *usb.Descriptors) { d.Configs[0].Interfaces = alternate(in, out) }, udid, 4},
		"three endpoints":   {func(d *usb.Descriptors) { d.Configs[0].Interfaces = alternate(in, out, usb.Bulk(0x86)) }, "", 0},
		"no way in":         {func(d *usb.Descriptors) { d.Configs[0].Interfaces = alternate(out, usb.Bulk(0x05)) }, "", 0},
		"no usbmux":         {func(d *usb.Descriptors) { d.Configs[0].Interfaces[0].Alternates[0].SubClass = 0xFD }, "", 0},
		"the last configuration that has usbmux": {func(d *usb.Descriptors) {
			five, six := d.Configs[0], d.Configs[0]
			five.Value, six.Value = 5, 6
			six.Interfaces = []usb.Interface{{Alternates: []usb.Alternate{{Class: 2, SubClass: 0x0D}}}}
			d.Configs = append(d.Configs, five, six)
		}, udid, 5},
	} {
		t.Run(name, func(t *testing.T) {
			x := newFake(t, muxd.Options{})
			d := fakeDescriptors()
			c.change(d)
			require.NoError(t, x.w.Run(func() {
				x.plug(d)
				if !x.out.WaitEnabled(10 * time.Second) {
					require.Empty(t, c.want, "the daemon does not take the device")
					return
				}
				require.NotEmpty(t, c.want, "the daemon takes the device")
				require.Equal(t, c.config, x.g.Configuration())
				x.packet()
				x.hex("0000000000000014000000020000000000000000")
				require.Equal(t, c.want, x.device().Serial)
			}))
		})
	}
}

// A phone of version 1 has short headers and no SETUP.
func TestVersionOne(t *testing.T) {
	x := newFake(t, muxd.Options{})
	require.NoError(t, x.w.Run(func() {
		x.plug(fakeDescriptors())
		require.True(t, x.out.WaitEnabled(10*time.Second))
		x.packet()
		x.hex("0000000000000014000000010000000000000000")
		dev := x.device()
		p := x.program()
		x.w.Go("device", func() {
			syn, err := usbmux.ParsePacket(x.packet(), 1)
			require.NoError(t, err)
			s, err := usbmux.ParseSegment(syn.Payload)
			require.NoError(t, err)
			s = usbmux.Segment{Src: s.Dst, Dst: s.Src, Ack: 1, Flags: usbmux.SYN | usbmux.ACK, Window: 131072}
			b, err := usbmux.Packet{Protocol: usbmux.ProtoTCP, Payload: s.AppendTo(nil)}.AppendTo(nil, 1)
			require.NoError(t, err)
			require.Len(t, b, 28)
			x.send(b)
		})
		require.Equal(t, usbmuxd.OK, p.connect(dev.ID, 62078))
	}))
}

// The speed of the bus is told.
func TestConnectionSpeed(t *testing.T) {
	for speed, want := range map[usb.Speed]uint64{usb.Full: 12_000_000, usb.High: 480_000_000, usb.Super: 5_000_000_000} {
		x := newRig(t, muxd.Options{})
		x.cable = usb.NewCable(x.w, usb.CableOptions{Speed: speed})
		x.run(func(dev usbmuxd.Device) {
			if speed == usb.Super {
				want = 480_000_000 // the phone is a high-speed device
			}
			require.Equal(t, want, dev.Speed)
			p := x.program()
			require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portEcho))
			x.w.Go("upload", func() { p.raw(make([]byte, 100_000)) })
			p.bytes(100_000)
		})
	}
}
