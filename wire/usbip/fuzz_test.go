package usbip_test

import (
	"bytes"
	"testing"

	"github.com/plugfest/plugfest/wire/usbip"
)

// FuzzRequest: what parses, encodes to something that parses the same.
func FuzzRequest(f *testing.F) {
	f.Add(unhex(f, intrIn))
	f.Add(unhex(f, intrOut))
	f.Add((&usbip.Request{Command: usbip.CmdUnlink, Seq: 7, Target: 6}).AppendTo(nil))
	f.Add(make([]byte, 47))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := usbip.ParseRequest(b)
		if err != nil {
			return
		}
		if r.Length < 0 || r.Length > usbip.MaxTransfer || r.Endpoint > usbip.MaxEndpoint {
			t.Fatalf("%+v", r)
		}
		again, err := usbip.ParseRequest(r.AppendTo(nil))
		if err != nil || again != r {
			t.Fatalf("%+v, then %+v, %v", r, again, err)
		}
		if r.Command == usbip.CmdSubmit && !bytes.Equal(r.AppendTo(nil), b[:usbip.HeaderLen]) {
			t.Fatalf("%x encodes to %x", b[:usbip.HeaderLen], r.AppendTo(nil))
		}
	})
}

// FuzzReply: the same for replies.
func FuzzReply(f *testing.F) {
	f.Add(unhex(f, retIntrIn))
	f.Add(unhex(f, retIntrOut))
	f.Add((&usbip.Reply{Command: usbip.RetUnlink, Seq: 7, Status: usbip.ErrnoConnReset}).AppendTo(nil))
	f.Add((&usbip.Reply{Command: usbip.RetSubmit, Actual: -1}).AppendTo(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := usbip.ParseReply(b)
		if err != nil {
			return
		}
		if r.Actual < 0 || r.Actual > usbip.MaxTransfer {
			t.Fatalf("%+v", r)
		}
		again, err := usbip.ParseReply(r.AppendTo(nil))
		if err != nil || again != r {
			t.Fatalf("%+v, then %+v, %v", r, again, err)
		}
	})
}

// FuzzOperations: the OP layer in one piece, as a list is read.
func FuzzOperations(f *testing.F) {
	d := usbip.Device{Path: "/sys/devices/1-1", BusID: "1-1", BusNum: 1, DevNum: 2, Speed: 3, NumInterfaces: 1}
	list := append(usbip.Op{Code: usbip.RepDevlist}.AppendTo(nil), d.AppendTo(nil)...)
	f.Add(usbip.Interface{Class: 3}.AppendTo(list))
	f.Add(usbip.AppendBusID(usbip.Op{Code: usbip.ReqImport}.AppendTo(nil), "1-1"))
	f.Add([]byte("\x01\x11"))
	f.Fuzz(func(t *testing.T, b []byte) {
		op, err := usbip.ParseOp(b)
		if err != nil {
			return
		}
		if got := op.AppendTo(nil); !bytes.Equal(got, b[:usbip.OpLen]) {
			t.Fatalf("%x encodes to %x", b[:usbip.OpLen], got)
		}
		b = b[usbip.OpLen:]
		if id, err := usbip.ParseBusID(b); err == nil && id != "" {
			if err := usbip.CheckBusID(id); err != nil {
				t.Fatal(err)
			}
			if again, err := usbip.ParseBusID(usbip.AppendBusID(nil, id)); err != nil || again != id {
				t.Fatalf("%q, then %q, %v", id, again, err)
			}
		}
		if d, err := usbip.ParseDevice(b); err == nil {
			if again, err := usbip.ParseDevice(d.AppendTo(nil)); err != nil || again != d {
				t.Fatalf("%+v, then %+v, %v", d, again, err)
			}
		}
		if i, err := usbip.ParseInterface(b); err == nil {
			if again, err := usbip.ParseInterface(i.AppendTo(nil)); err != nil || again != i {
				t.Fatalf("%+v, then %+v, %v", i, again, err)
			}
		}
		if p, err := usbip.ParsePacket(b); err == nil && !bytes.Equal(p.AppendTo(nil), b[:usbip.PacketLen]) {
			t.Fatalf("%x encodes to %x", b[:usbip.PacketLen], p.AppendTo(nil))
		}
	})
}
