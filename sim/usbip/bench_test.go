package usbip_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
	"github.com/plugfest/plugfest/sim/usbip"
)

const (
	benchSize  = 64 << 10
	benchCount = 16 // in flight
)

// The server alone, at a client that says no more than it has to: bulk IN, 16
// transfers of 64 KiB in flight.
func BenchmarkServerIn(b *testing.B) {
	k := serve(b, usbip.Options{})
	k.source()
	c := k.imported()
	c.configure()
	require.NoError(b, c.SetDeadline(time.Time{}))
	request := c.in(1, benchSize)
	var q []byte
	for range benchCount {
		request.Seq++
		q = request.AppendTo(q[:0])
		c.Write(q)
	}
	buf := make([]byte, 48+benchSize)
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.ReadFull(c, buf); err != nil {
			b.Fatal(err)
		}
		request.Seq++
		q = request.AppendTo(q[:0])
		c.Write(q)
	}
}

// Bulk OUT, 16 transfers of 64 KiB in flight.
func BenchmarkServerOut(b *testing.B) {
	k := serve(b, usbip.Options{})
	k.sink()
	c := k.imported()
	c.configure()
	require.NoError(b, c.SetDeadline(time.Time{}))
	request := c.out(2, benchSize)
	q := make([]byte, 48+benchSize)
	send := func() {
		request.Seq++
		request.AppendTo(q[:0])
		c.Write(q)
	}
	for range benchCount {
		send()
	}
	buf := make([]byte, 48)
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.ReadFull(c, buf); err != nil {
			b.Fatal(err)
		}
		send()
	}
}

// A control transfer there and back: the time that a small request takes.
func BenchmarkServerControl(b *testing.B) {
	k := serve(b, usbip.Options{})
	c := k.imported()
	require.NoError(b, c.SetDeadline(time.Time{}))
	q := c.control(usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor, Value: 0x0100, Length: 18}).AppendTo(nil)
	buf := make([]byte, 48+18)
	b.ReportAllocs()
	for b.Loop() {
		c.Write(q)
		if _, err := io.ReadFull(c, buf); err != nil {
			b.Fatal(err)
		}
	}
}

// Server and client, both in one world, over loopback.
func BenchmarkCarrier(b *testing.B) {
	for _, dir := range []string{"in", "out"} {
		b.Run(dir, func(b *testing.B) {
			k := link(b, byTCP(b), usbip.PortOptions{})
			err := k.World.Run(func() {
				conn, g := configured(b, k)
				pump(b, k.World, conn, g, dir == "in")
			})
			require.NoError(b, err)
		})
	}
}

// pump keeps transfers in flight.
func pump(b *testing.B, w *sim.World, conn usb.Conn, g *usb.Gadget, in bool) {
	if in {
		w.Go("source", func() { write(g) })
	} else {
		w.Go("sink", func() { read(g) })
	}
	done := w.NewCond("a transfer")
	var ready []*usb.Transfer
	for range benchCount {
		t := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, benchSize), Done: func(t *usb.Transfer) {
			ready = append(ready, t)
			done.Signal()
		}}
		if !in {
			t.Endpoint = 2
		}
		conn.Submit(t)
	}
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		for len(ready) == 0 {
			done.Wait()
		}
		t := ready[0]
		ready = append(ready[:0], ready[1:]...)
		if t.Status != usb.OK || t.Actual != benchSize {
			b.Fatal(t.Status, t.Actual)
		}
		conn.Submit(t)
	}
	require.NoError(b, conn.Close())
}

// write and read keep an endpoint of the gadget busy until it is disabled.
func write(g *usb.Gadget) {
	buf := make([]byte, benchSize)
	g.Endpoint(0x81).AutoZLP = false
	for {
		if _, err := g.Endpoint(0x81).Write(buf); err != nil {
			return
		}
	}
}

func read(g *usb.Gadget) {
	buf := make([]byte, benchSize)
	for {
		if _, err := g.Endpoint(2).Read(buf); err != nil {
			return
		}
	}
}

// source and sink do so once the gadget is configured.
func (b *bench) source() { b.device(write) }
func (b *bench) sink()   { b.device(read) }

func (b *bench) device(fn func(*usb.Gadget)) {
	b.w.Post(func() {
		b.w.Go("device", func() {
			b.g.WaitConfigured(sim.Never)
			fn(b.g)
		})
	})
}

// configured attaches a gadget to a carrier, and configures it.
func configured(t testing.TB, k usbtest.Carrier) (usb.Conn, *usb.Gadget) {
	t.Helper()
	g := usb.NewGadget(k.World, "gadget", usbtest.Descriptors(), nil)
	require.NoError(t, k.Port.Attach(g))
	info, ok := usb.WaitDevice(k.Host, k.World.Now()+patience)
	require.True(t, ok)
	conn, err := k.Host.Open(info.ID)
	require.NoError(t, err)
	require.NoError(t, conn.SetConfiguration(1))
	require.NoError(t, conn.ClaimInterface(0))
	return conn, g
}
