package muxd_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmux"
)

// fake is a device whose every packet the test writes.
type fake struct {
	*rig
	g       *usb.Gadget
	in, out *usb.Endpoint
	tx      uint16
}

// fakeDescriptors are an iPhone's, as far as a daemon looks at them.
func fakeDescriptors() *usb.Descriptors {
	return &usb.Descriptors{
		Speed:  usb.High,
		Device: usb.DeviceDescriptor{USB: 0x0200, MaxPacketSize0: 64, VendorID: 0x05AC, ProductID: 0x12A8, SerialNumber: 1},
		Configs: []usb.ConfigDescriptor{{Value: 4, Attributes: usb.AttrReserved, Interfaces: []usb.Interface{
			{Number: 1, Alternates: []usb.Alternate{{Class: 0xFF, SubClass: 0xFE, Protocol: 2,
				Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x04), usb.Bulk(0x85)}}}},
		}}},
		Strings: usb.English("00008110001A2B3C4D5E001E"),
	}
}

// newFake makes a daemon with such a device.
func newFake(t testing.TB, o muxd.Options) *fake {
	x := &fake{rig: &rig{t: t, w: sim.New(sim.TimeLimit(time.Hour))}}
	x.cable = usb.NewCable(x.w, usb.CableOptions{Debounce: -1, ResetTime: -1, Recovery: -1})
	x.d = muxd.New(x.w, "muxd", o)
	return x
}

// plug attaches a device of these descriptors.
func (x *fake) plug(d *usb.Descriptors) {
	x.t.Helper()
	x.g = usb.NewGadget(x.w, "fake", d, nil)
	x.in, x.out = x.g.Endpoint(0x85), x.g.Endpoint(0x04)
	require.NoError(x.t, x.cable.B().Attach(x.g))
	x.d.Watch(x.cable.A())
}

// run plugs the device in, answers VERSION, and runs main.
func (x *fake) run(main func()) {
	x.t.Helper()
	require.NoError(x.t, x.w.Run(func() {
		x.plug(fakeDescriptors())
		require.True(x.t, x.out.WaitEnabled(10*time.Second), "the daemon does not configure the device")
		require.Equal(x.t, "0000000000000014000000020000000000000000", hex.EncodeToString(x.packet()))
		x.hex("0000000000000014000000020000000000000000")
		require.Equal(x.t, "0000000200000011feedface0000ffff07", hex.EncodeToString(x.packet()))
		x.device()
		main()
	}))
}

// packet reads one transfer, within 10 seconds.
func (x *fake) packet() []byte {
	x.t.Helper()
	x.out.SetReadDeadline(x.w.Now() + 10*time.Second)
	buf := make([]byte, 64<<10)
	n, err := x.out.ReadTransfer(buf)
	require.NoError(x.t, err)
	return buf[:n]
}

// segment reads one packet of a connection.
func (x *fake) segment() usbmux.Segment {
	x.t.Helper()
	p, err := usbmux.ParsePacket(x.packet(), 2)
	require.NoError(x.t, err)
	require.Equal(x.t, usbmux.ProtoTCP, p.Protocol)
	s, err := usbmux.ParseSegment(p.Payload)
	require.NoError(x.t, err)
	return s
}

// quiet requires that nothing comes for a while.
func (x *fake) quiet(d time.Duration) {
	x.t.Helper()
	x.out.SetReadDeadline(x.w.Now() + d)
	_, err := x.out.ReadTransfer(make([]byte, 64<<10))
	require.ErrorIs(x.t, err, usb.TimedOut)
}

func (x *fake) send(b []byte) {
	x.t.Helper()
	_, err := x.in.Write(b)
	require.NoError(x.t, err)
}

func (x *fake) hex(s string) {
	x.t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(x.t, err)
	x.send(b)
}

// build makes a packet of a connection; its number counts on.
func (x *fake) build(s usbmux.Segment) []byte {
	x.t.Helper()
	b, err := usbmux.Packet{Protocol: usbmux.ProtoTCP, Tx: x.tx, Payload: s.AppendTo(nil)}.AppendTo(nil, 2)
	require.NoError(x.t, err)
	x.tx++
	return b
}

// answer answers a SYN and takes the ACK; it returns a segment to go on with.
func (x *fake) answer() usbmux.Segment {
	x.t.Helper()
	syn := x.segment()
	require.Equal(x.t, usbmux.SYN, syn.Flags)
	s := usbmux.Segment{Src: syn.Dst, Dst: syn.Src, Ack: syn.Seq + 1, Flags: usbmux.SYN | usbmux.ACK, Window: 131072}
	x.send(x.build(s))
	require.Equal(x.t, usbmux.ACK, x.segment().Flags)
	s.Seq, s.Flags = 1, usbmux.ACK
	return s
}
