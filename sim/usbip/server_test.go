package usbip_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

func TestListAndImport(t *testing.T) {
	b := serve(t, usbip.Options{})
	want := wire.Device{Path: "/plugfest/usb1/1-1", BusID: "1-1", BusNum: 1, DevNum: 1, Speed: 3, Vendor: 0x1209, Product: 1, Release: 0x123,
		Configuration: 1, Configurations: 1, NumInterfaces: 2}
	require.Equal(t, []listed{{want, []wire.Interface{{Class: 255, SubClass: 1}, {Class: 255, SubClass: 2}}}}, b.dial().list())
	c := b.dial()
	status, d := c.importing("1-1")
	require.Equal(t, wire.StatusOK, status)
	require.Equal(t, want, d)
	require.Empty(t, b.dial().list(), "what is imported is not shown")
	status, _ = b.dial().importing("1-1")
	require.Equal(t, wire.StatusBusy, status)
	status, _ = b.dial().importing("1-2")
	require.Equal(t, wire.StatusNoDevice, status)
	r, data := c.ask(usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor, Value: 0x0100, Length: 64})
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: 1, Actual: 18}, r)
	require.Len(t, data, 18)
}

func TestBulk(t *testing.T) {
	b := serve(t, usbip.Options{})
	c := b.imported()
	c.configure()
	b.w.Post(func() {
		b.w.Go("echo", func() {
			buf := make([]byte, 1<<20)
			n, _ := b.g.Endpoint(2).ReadTransfer(buf)
			b.g.Endpoint(0x81).Write(buf[:n])
		})
	})
	in := c.submit(c.in(1, 4096))
	out := c.submit(c.out(2, 100), make([]byte, 100)...)
	r, _ := c.answer(false)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: out.Seq, Actual: 100}, r)
	r, data := c.answer(true)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: in.Seq, Actual: 100}, r)
	require.Len(t, data, 100)
}
