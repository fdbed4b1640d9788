package usbip_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

func TestControlTransfers(t *testing.T) {
	c := serve(t, usbip.Options{}).imported()
	vendor := func(in bool, request uint8, n uint16) usb.Setup {
		s := usb.Setup{RequestType: usb.TypeVendor, Request: request, Index: 7, Length: n}
		if in {
			s.RequestType |= usb.DirIn
		}
		return s
	}
	for _, n := range []int{0, 1, 64, 4096, 65535} {
		r, data := c.ask(vendor(true, 1, uint16(n)))
		require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: c.seq, Actual: int32(n)}, r)
		require.Equal(t, bytes.Repeat([]byte{7}, n), append([]byte{}, data...))
		r, _ = c.ask(vendor(false, 1, uint16(n)), make([]byte, n)...)
		require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: c.seq, Actual: int32(n)}, r)
	}
	for _, in := range []bool{true, false} {
		r, _ := c.ask(vendor(in, 8, 4), make([]byte, 4*btoi(!in))...)
		require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: c.seq, Status: wire.ErrnoPipe}, r, "refused")
	}
	r, data := c.ask(usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor, Value: 0x0100, Length: 255})
	require.Equal(t, int32(18), r.Actual, "as much as there is")
	require.Len(t, data, 18)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// What the setup packet says and what the header says has to fit. Linux sees to
// it; others may not, and a device model counts on it.
func TestControlTransfersOfTwoMinds(t *testing.T) {
	c := serve(t, usbip.Options{}).imported()
	read := usb.Setup{RequestType: usb.DirIn | usb.TypeVendor, Request: 1, Length: 100}
	write := usb.Setup{RequestType: usb.TypeVendor, Request: 1, Length: 100}
	for _, k := range []struct {
		name   string
		setup  usb.Setup
		in     bool
		length int32
		want   wire.Reply
	}{
		{"a buffer that is too short is filled", read, true, 40, wire.Reply{Actual: 40}},
		{"one that is too long is not", read, true, 400, wire.Reply{Actual: 100}},
		{"a read in the wrong direction", read, false, 100, wire.Reply{Status: wire.ErrnoProtocol}},
		{"a write in the wrong direction", write, true, 100, wire.Reply{Status: wire.ErrnoProtocol}},
		{"less to write than was said", write, false, 99, wire.Reply{Status: wire.ErrnoProtocol}},
		{"more to write than was said", write, false, 101, wire.Reply{Actual: 100}},
	} {
		q := c.control(k.setup)
		q.In, q.Length = k.in, k.length
		c.submit(q, make([]byte, int(k.length)*btoi(!k.in))...)
		k.want.Command, k.want.Seq = wire.RetSubmit, q.Seq
		r, _ := c.answer(k.in)
		require.Equal(t, k.want, r, k.name)
	}
}

// What the host does not say is that it wants an answer now: IN transfers wait
// for data, in order, many at once, and on each endpoint for themselves.
func TestParkedTransfers(t *testing.T) {
	b := serve(t, usbip.Options{})
	c := b.imported()
	c.configure()
	report := c.submit(c.in(3, 64))
	var parked []*wire.Request
	for range 60 {
		parked = append(parked, c.submit(c.in(1, 16384)))
	}
	for i, q := range parked {
		b.do(func() { b.g.Endpoint(0x81).Write(bytes.Repeat([]byte{byte(i)}, i)) })
		r, data := c.answer(true)
		require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Actual: int32(i)}, r)
		require.Equal(t, bytes.Repeat([]byte{byte(i)}, i), data)
	}
	b.do(func() { b.g.Endpoint(0x83).Write([]byte("report")) })
	r, data := c.answer(true)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: report.Seq, Actual: 6}, r)
	require.Equal(t, "report", string(data))
}

// One answer has at most one transfer of the device's: a long one is cut at the
// end of the room, and a short packet ends it.
func TestTransfersAreNotGlued(t *testing.T) {
	b := serve(t, usbip.Options{})
	c := b.imported()
	c.configure()
	for range 5 {
		c.submit(c.in(1, 1024))
	}
	b.do(func() {
		for _, n := range []int{100, 2500} {
			b.g.Endpoint(0x81).Write(make([]byte, n))
		}
	})
	for _, n := range []int32{100, 1024, 1024, 452} {
		r, _ := c.answer(true)
		require.Equal(t, n, r.Actual)
	}
	b.do(func() { b.g.Endpoint(0x81).Write(make([]byte, 512)) })
	r, _ := c.answer(true)
	require.Equal(t, int32(512), r.Actual, "ended by a zero-length packet")
}

func TestFlags(t *testing.T) {
	b := serve(t, usbip.Options{})
	c := b.imported()
	c.configure()
	var got []int
	b.w.Post(func() {
		b.w.Go("device", func() {
			for {
				n, err := b.g.Endpoint(2).ReadTransfer(make([]byte, 4096))
				if err != nil {
					return
				}
				got = append(got, n)
			}
		})
	})
	for _, flags := range []uint32{0, wire.FlagZeroPacket | 0x80, wire.FlagZeroPacket} {
		q := c.out(2, 512)
		q.Flags = flags | 1<<18
		c.submit(q, make([]byte, 512)...)
		r, _ := c.answer(false)
		require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Actual: 512}, r)
	}
	b.until("two transfers that ended", func() bool { return len(got) == 2 })
	require.Equal(t, []int{1024, 512}, got, "without ZERO_PACKET the next one belongs to it")

	for flags, status := range map[uint32]int32{wire.FlagDirIn: 0, wire.FlagDirIn | wire.FlagShortNotOK: wire.ErrnoRemoteIO} {
		q := c.in(1, 512)
		q.Flags = flags
		c.submit(q)
		b.do(func() { b.g.Endpoint(0x81).Write([]byte("short")) })
		r, data := c.answer(true)
		require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Status: status, Actual: 5}, r)
		require.Equal(t, "short", string(data))
	}
}

func TestErrorsOfTransfers(t *testing.T) {
	b := serve(t, usbip.Options{})
	c := b.imported()
	status := func(q *wire.Request) int32 {
		c.submit(q)
		r, _ := c.answer(true)
		require.Equal(t, q.Seq, r.Seq)
		return r.Status
	}
	require.Equal(t, int32(wire.ErrnoProtocol), status(c.in(1, 64)), "not configured")
	c.configure()
	require.Equal(t, int32(wire.ErrnoProtocol), status(c.in(9, 64)), "no such endpoint")
	b.do(func() { b.g.Endpoint(0x81).SetHalt(true) })
	require.Equal(t, int32(wire.ErrnoPipe), status(c.in(1, 64)))
	r, _ := c.ask(usb.Setup{RequestType: usb.ToEndpoint, Request: usb.ReqClearFeature, Index: 0x81})
	require.Zero(t, r.Status)
	parked := c.submit(c.in(1, 64))
	b.do(func() { b.w.Go("device", func() { b.g.Endpoint(0x81).Write(make([]byte, 100)) }) })
	r, _ = c.answer(true)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: parked.Seq, Status: wire.ErrnoOverflow}, r, "a packet of more than 64 bytes")
}

// Where a host has not unlinked what was pending, a change of settings ends it.
func TestChangesOfSettings(t *testing.T) {
	b := serve(t, usbip.Options{})
	c := b.imported()
	c.configure()
	parked := c.submit(c.in(1, 64))
	change := c.submit(c.control(usb.Setup{Request: usb.ReqSetConfiguration, Value: 1}))
	r, _ := c.answer(true)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: parked.Seq, Status: wire.ErrnoShutdown}, r)
	r, _ = c.answer(false)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: change.Seq}, r)
	r, _ = c.ask(usb.Setup{RequestType: usb.ToInterface, Request: usb.ReqSetInterface, Index: 1, Value: 1})
	require.Zero(t, r.Status)
	parked = c.submit(c.in(4, 64))
	change = c.submit(c.control(usb.Setup{RequestType: usb.ToInterface, Request: usb.ReqSetInterface, Index: 1}))
	r, _ = c.answer(true)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: parked.Seq, Status: wire.ErrnoShutdown}, r)
	r, _ = c.answer(false)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: change.Seq}, r)
}

// number_of_packets of what is not isochronous is anything: Linux writes 0, the
// documentation says -1, and some clients leave there what was there.
func TestNumberOfPacketsIsIgnored(t *testing.T) {
	b := serve(t, usbip.Options{})
	c := b.imported()
	c.configure()
	for _, n := range []int32{0, -1, 1, 0x7FFFFFFF} {
		q := c.in(1, 64)
		q.Packets, q.StartFrame = n, -1
		c.submit(q)
		b.do(func() { b.g.Endpoint(0x81).Write([]byte("data")) })
		r, _ := c.answer(true)
		require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Actual: 4}, r)
	}
}

// Sixteen MiB is the most that one transfer can have.
func TestLargestTransfers(t *testing.T) {
	b := serve(t, usbip.Options{})
	b.sink()
	c := b.imported()
	c.configure()
	for _, n := range []int{1<<20 + 1, 3 << 20, wire.MaxTransfer} {
		q := c.submit(c.out(2, n), make([]byte, n)...)
		r, _ := c.answer(false)
		require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Actual: int32(n)}, r)
	}
	in := c.submit(c.in(1, wire.MaxTransfer))
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	b.w.Post(func() { b.w.Go("device", func() { b.g.Endpoint(0x81).Write(want) }) })
	r, data := c.answer(true)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: in.Seq, Actual: wire.MaxTransfer}, r)
	require.True(t, bytes.Equal(want, data))
}

// Data that comes in pieces, as a network has it, is whole for the device.
func TestDataInPieces(t *testing.T) {
	b := serve(t, usbip.Options{})
	var got []byte
	b.device(func(g *usb.Gadget) {
		buf := make([]byte, 1<<20)
		n, _ := g.Endpoint(2).ReadTransfer(buf)
		got = buf[:n]
	})
	c := b.imported()
	c.configure()
	want := bytes.Repeat([]byte("pieces."), 5000)
	stream := append(c.out(2, len(want)).AppendTo(nil), want...)
	for len(stream) > 0 {
		n := min(len(stream), 977)
		c.send(stream[:n])
		stream = stream[n:]
	}
	r, _ := c.answer(false)
	require.Equal(t, int32(len(want)), r.Actual)
	b.until("the device has it", func() bool { return got != nil })
	require.True(t, bytes.Equal(want, got))
}
