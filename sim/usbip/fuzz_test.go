package usbip_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
	"github.com/plugfest/plugfest/sim/usbip"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// FuzzServer has a client say anything, to a device that echoes. The session
// ends when the client goes, and the device is free again. The first byte tells
// how long a piece the client sends at a time is.
func FuzzServer(f *testing.F) {
	c := &client{}
	add := func(parts ...[]byte) {
		var b []byte
		for _, p := range parts {
			b = append(b, p...)
		}
		f.Add(append([]byte{7}, b...))
		f.Add(append([]byte{255}, b...))
	}
	configure := c.control(usb.Setup{Request: usb.ReqSetConfiguration, Value: 1}).AppendTo(nil)
	in := c.in(1, 512)
	iso := c.in(6, 64)
	iso.Packets = 1
	add(configure, in.AppendTo(nil), c.out(2, 5).AppendTo(nil), []byte("hello"), c.unlink(in).AppendTo(nil))
	add(configure, in.AppendTo(nil), in.AppendTo(nil))
	add(configure, iso.AppendTo(nil), wire.Packet{Length: 64}.AppendTo(nil), c.unlink(iso).AppendTo(nil))
	add(c.control(usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor, Value: 0x0200, Length: 255}).AppendTo(nil))
	add(c.control(usb.Setup{RequestType: usb.TypeVendor, Request: 9, Length: 3}).AppendTo(nil), []byte("abc"))
	add(c.out(2, wire.MaxTransfer).AppendTo(nil), []byte("less"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return
		}
		step, b := int(b[0])+1, b[1:]
		w := sim.New(sim.RealTime())
		s := usbip.NewServer(w, usbip.Options{Buffer: 32 << 20})
		p, err := s.Port("1-1", usbip.PortOptions{})
		if err != nil {
			t.Fatal(err)
		}
		d := usbtest.Descriptors()
		a := &d.Configs[0].Interfaces[0].Alternates[0]
		a.Endpoints = append(a.Endpoints, usb.EndpointDescriptor{Address: 0x86, Attributes: uint8(usb.TypeIsochronous), MaxPacketSize: 64, Interval: 1})
		g := usb.NewGadget(w, "gadget", d, &function{})
		err = w.Run(func() {
			if err := p.Attach(g); err != nil {
				t.Error(err)
				return
			}
			w.Go("echo", func() {
				buf := make([]byte, 4096)
				for g.WaitConfigured(sim.Never) {
					n, err := g.Endpoint(2).Read(buf)
					if err == nil {
						_, err = g.Endpoint(0x81).Write(buf[:n])
					}
					if err != nil {
						w.Sleep(time.Microsecond)
					}
				}
			})
			ours, theirs := net.Pipe()
			if err := p.ServeConn(theirs); err != nil {
				t.Error(err)
				return
			}
			w.Outside("the client", func() {
				go func() { _, _ = io.Copy(io.Discard, ours) }()
				for len(b) > 0 {
					n := min(step, len(b))
					if _, err := ours.Write(b[:n]); err != nil {
						break
					}
					b = b[n:]
				}
				_ = ours.Close()
			})
			for end := w.Now() + patience; p.Imported(); w.Sleep(20 * time.Microsecond) {
				if w.Now() > end {
					t.Error("the session does not end")
					return
				}
			}
			if g.State() != usb.StateDetached {
				t.Error("the device still has a host")
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzClient has a server answer anything after the import. The client is done
// with it when the connection ends.
func FuzzClient(f *testing.F) {
	d := usbtest.Descriptors()
	d.Device.Configurations = 1
	device, config := d.Device.AppendTo(nil), d.Configs[0].AppendTo(nil)
	var good []byte
	answer := func(seq uint32, data []byte) {
		a := wire.Reply{Command: wire.RetSubmit, Seq: seq, Actual: int32(len(data))}
		good = append(a.AppendTo(good), data...)
	}
	for i, data := range [][]byte{device, device, config[:9], config, {4, 3, 9, 4}, {4, 3, 'A', 0}, {4, 3, 'A', 0}, {4, 3, 'A', 0}, nil} {
		answer(uint32(i+1), data)
		f.Add(good)
	}
	f.Add((&wire.Reply{Command: wire.RetUnlink, Seq: 1}).AppendTo(nil))
	f.Add((&wire.Reply{Command: wire.RetSubmit, Seq: 1, Actual: 65}).AppendTo(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		fake := &fake{t: t, scripts: []func(*remote){func(r *remote) {
			r.op()
			r.give(vudc)
			go func() { _, _ = io.Copy(io.Discard, r) }()
			r.send(b)
		}}}
		w := sim.New(sim.RealTime())
		err := w.Run(func() {
			k := usbip.NewClient(w, usbip.ClientOptions{BusID: vudc.BusID, Retry: -1,
				Dial:  func(ctx context.Context) (net.Conn, error) { return fake.dial(ctx) },
				Cable: usb.CableOptions{Attempts: 1, RequestTimeout: 50 * time.Millisecond}})
			for end := w.Now() + patience; k.Err() == nil; w.Sleep(20 * time.Microsecond) {
				if w.Now() > end {
					t.Error("the client does not see the end")
					return
				}
			}
			if k.Imported() {
				t.Error("there is still a device")
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		fake.wg.Wait()
	})
}
