package usbip_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
	"github.com/plugfest/plugfest/sim/usbip"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// camera attaches a device whose interface 2 has isochronous endpoints, 86 and
// 07, in setting 1; in configuration 2 the same are bulk.
func (b *bench) camera() {
	d := usbtest.Descriptors()
	iso := func(address uint8) usb.EndpointDescriptor {
		return usb.EndpointDescriptor{Address: address, Attributes: uint8(usb.TypeIsochronous), MaxPacketSize: 512, Interval: 1}
	}
	d.Configs[0].Interfaces = append(d.Configs[0].Interfaces, usb.Interface{Number: 2, Alternates: []usb.Alternate{
		{Class: 14}, {Setting: 1, Class: 14, Endpoints: []usb.EndpointDescriptor{iso(0x86), iso(0x07)}},
	}})
	d.Configs = append(d.Configs, usb.ConfigDescriptor{Value: 2, Attributes: usb.AttrReserved, Interfaces: []usb.Interface{
		{Alternates: []usb.Alternate{{Class: 255, Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x86), usb.Bulk(0x07)}}}},
	}})
	b.do(func() {
		b.port.Detach()
		b.g = usb.NewGadget(b.w, "camera", d, nil)
		require.NoError(b.t, b.port.Attach(b.g))
	})
}

// iso makes an isochronous request of packets of n bytes, and the descriptors
// that follow it.
func (c *client) iso(ep uint8, in bool, packets, n int) (*wire.Request, []byte) {
	q := c.in(ep, packets*n)
	q.In, q.Packets, q.Interval, q.Flags = in, int32(packets), 1, wire.FlagISOASAP
	var b []byte
	for i := range packets {
		b = wire.Packet{Offset: uint32(i * n), Length: uint32(n)}.AppendTo(b)
	}
	return q, b
}

// No device here serves them: each packet fails, when its time has passed, and
// the client stays in step.
func TestIsochronous(t *testing.T) {
	b := serve(t, usbip.Options{})
	b.camera()
	c := b.imported()
	c.configure()
	r, _ := c.ask(usb.Setup{RequestType: usb.ToInterface, Request: usb.ReqSetInterface, Value: 1, Index: 2})
	require.Zero(t, r.Status)
	for _, in := range []bool{true, false} {
		ep := uint8(7 - btoi(in))
		for _, packets := range []int{0, 1, 8, 1024} {
			q, desc := c.iso(ep, in, packets, 100)
			began := time.Now()
			data := desc
			if !in {
				data = append(make([]byte, packets*100), desc...)
			}
			c.submit(q, data...)
			r, _ := c.answer(true)
			require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Packets: int32(packets), Errors: int32(packets)}, r)
			require.GreaterOrEqual(t, time.Since(began), time.Duration(packets)*time.Millisecond/8, "not before its time")
			for i := range packets {
				p, err := wire.ParsePacket(c.read(wire.PacketLen))
				require.NoError(t, err)
				require.Equal(t, wire.Packet{Offset: uint32(i * 100), Length: 100, Status: wire.ErrnoXDev}, p)
			}
		}
	}
	// Two under way; one is unlinked, one waits for the end of the connection.
	q, desc := c.iso(6, true, 1024, 100)
	c.submit(q, desc...)
	u := c.submit(c.unlink(q))
	r, _ = c.answer(false)
	require.Equal(t, retUnlink(u, wire.ErrnoConnReset), r)
	q, desc = c.iso(6, true, 1024, 100)
	c.submit(q, desc...)
	r, _ = c.ask(usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetConfiguration, Length: 1})
	require.Equal(t, int32(1), r.Actual)
	b.do(func() { b.port.Detach() })
	c.closed()
}

// Which endpoints are isochronous is for the settings in force to say.
func TestIsochronousInOneConfigurationAlone(t *testing.T) {
	b := serve(t, usbip.Options{})
	b.camera()
	c := b.imported()
	r, _ := c.ask(usb.Setup{Request: usb.ReqSetConfiguration, Value: 2})
	require.Zero(t, r.Status)
	q := c.in(6, 64)
	q.Packets = 3 // means nothing
	c.submit(q)
	b.do(func() { b.g.Endpoint(0x86).Write([]byte("bulk")) })
	r, data := c.answer(true)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Actual: 4}, r)
	require.Equal(t, "bulk", string(data))
}

func TestIsochronousPacketsWithoutNumber(t *testing.T) {
	b := serve(t, usbip.Options{})
	b.camera()
	reasons := b.reasons()
	for _, n := range []int32{-1, 1025} {
		c := b.imported()
		q := c.in(6, 0)
		q.Packets = n
		c.submit(q)
		c.closed()
		require.Contains(t, reasons.next(1)[0], "CMD_SUBMIT, offset 32: number_of_packets is")
	}
}
