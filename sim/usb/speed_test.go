package usb_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

func TestMaxSpeed(t *testing.T) {
	with := func(usbRelease uint16, ep0 uint8, eps ...usb.EndpointDescriptor) *usb.Descriptors {
		d := plain()
		d.Device.USB, d.Device.MaxPacketSize0 = usbRelease, ep0
		d.Configs[0].Interfaces[0].Alternates[0].Endpoints = eps
		return d
	}
	bulk := func(size uint16) usb.EndpointDescriptor {
		return usb.EndpointDescriptor{Address: 1, Attributes: 2, MaxPacketSize: size}
	}
	for _, c := range []struct {
		name string
		d    *usb.Descriptors
		want usb.Speed
	}{
		{"bulk of 64", with(0x0200, 64, bulk(64)), usb.Full},
		{"bulk of 512", with(0x0200, 64, bulk(512)), usb.High},
		{"bulk of 1024", with(0x0300, 9, bulk(1024)), usb.Super},
		{"the largest counts", with(0x0200, 64, bulk(64), bulk(512)), usb.High},
		{"no bulk, 2.0", with(0x0200, 64, usb.Interrupt(0x81, 8, 1)), usb.High},
		{"no bulk, 1.1", with(0x0110, 64), usb.Full},
		{"no bulk, small endpoint 0", with(0x0200, 8), usb.Full},
		{"no bulk, 3.0", with(0x0300, 9), usb.Super},
	} {
		assert.Equal(t, c.want, c.d.MaxSpeed(), c.name)
	}
	d := with(0x0200, 64, bulk(512))
	d.Speed = usb.Full
	assert.Equal(t, usb.Full, d.MaxSpeed(), "told")
}

func TestAt(t *testing.T) {
	d := plain()
	eps := []usb.EndpointDescriptor{usb.Bulk(0x81), usb.Interrupt(0x82, 1024, 4), {Address: 0x83, Attributes: 1, MaxPacketSize: 1024 | 2<<11, Interval: 1}}
	d.Configs[0].Interfaces[0].Alternates[0].Endpoints = eps
	at := func(s usb.Speed) (usb.DeviceDescriptor, []usb.EndpointDescriptor) {
		c := d.At(s)
		require.Equal(t, s, c.MaxSpeed())
		return c.Device, c.Configs[0].Interfaces[0].Alternates[0].Endpoints
	}
	assert.Same(t, d, d.At(usb.High), "its own speed")
	assert.Same(t, d, d.At(usb.SpeedUnknown))

	dev, e := at(usb.Full)
	assert.Equal(t, []any{uint16(0x0200), uint8(64)}, []any{dev.USB, dev.MaxPacketSize0})
	assert.Equal(t, []uint16{64, 64, 1023}, sizes(e))
	assert.Equal(t, []uint8{0, 1, 1}, intervals(e))

	dev, e = at(usb.Low)
	assert.Equal(t, uint8(8), dev.MaxPacketSize0)
	assert.Equal(t, []uint16{8, 8, 8}, sizes(e))

	dev, e = at(usb.Super)
	assert.Equal(t, []any{uint16(0x0300), uint8(9)}, []any{dev.USB, dev.MaxPacketSize0})
	assert.Equal(t, []uint16{1024, 1024, 1024}, sizes(e))
	assert.Equal(t, []uint8{0, 4, 1}, intervals(e), "microframes as before")
	assert.Equal(t, [][]byte{{6, 0x30, 0, 0, 0, 0}}, e[0].Extra)
	assert.Equal(t, [][]byte{{6, 0x30, 0, 0, 0, 4}}, e[1].Extra, "1024 bytes an interval")
	bos := d.At(usb.Super).BOS
	assert.Equal(t, []byte{5, 15, byte(len(bos)), 0, 2}, bos[:5])

	// Back again: companions go.
	back := d.At(usb.Super).At(usb.High).Configs[0].Interfaces[0].Alternates[0].Endpoints
	assert.Equal(t, []uint16{512, 1024, 1024}, sizes(back))
	assert.Nil(t, back[0].Extra)
	assert.Equal(t, eps[0], d.Configs[0].Interfaces[0].Alternates[0].Endpoints[0], "the original is untouched")
}

func TestIntervals(t *testing.T) {
	for _, c := range []struct {
		from, to  usb.Speed
		kind      usb.TransferType
		n, expect uint8
	}{
		{usb.High, usb.Full, usb.TypeInterrupt, 1, 1},
		{usb.High, usb.Full, usb.TypeInterrupt, 4, 1},
		{usb.High, usb.Full, usb.TypeInterrupt, 5, 2},
		{usb.High, usb.Full, usb.TypeInterrupt, 11, 128},
		{usb.High, usb.Full, usb.TypeInterrupt, 16, 255},
		{usb.Full, usb.High, usb.TypeInterrupt, 1, 4},
		{usb.Full, usb.High, usb.TypeInterrupt, 10, 7},
		{usb.Full, usb.High, usb.TypeInterrupt, 255, 11},
		{usb.Full, usb.High, usb.TypeIsochronous, 1, 4},
		{usb.High, usb.Full, usb.TypeIsochronous, 4, 1},
		{usb.High, usb.Full, usb.TypeIsochronous, 6, 3},
		{usb.High, usb.Full, usb.TypeInterrupt, 0, 0},
		{usb.Full, usb.Low, usb.TypeInterrupt, 10, 10},
	} {
		d := plain()
		d.Speed = c.from
		d.Configs[0].Interfaces[0].Alternates[0].Endpoints = []usb.EndpointDescriptor{{Address: 0x81, Attributes: uint8(c.kind), MaxPacketSize: 8, Interval: c.n}}
		got := d.At(c.to).Configs[0].Interfaces[0].Alternates[0].Endpoints[0].Interval
		assert.Equal(t, c.expect, got, "%v: %d at %v speed is %d at %v speed", c.kind, c.n, c.from, c.expect, c.to)
	}
}

func sizes(e []usb.EndpointDescriptor) (out []uint16) {
	for _, e := range e {
		out = append(out, e.MaxPacketSize)
	}
	return out
}

func intervals(e []usb.EndpointDescriptor) (out []uint8) {
	for _, e := range e {
		out = append(out, e.Interval)
	}
	return out
}
