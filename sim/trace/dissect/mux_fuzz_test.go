package dissect_test

import (
	"testing"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/trace/internal/script"
	"github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/usbmux"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// FuzzMux: whatever passes on the mux's pipes, and whatever the sockets of a
// usbmuxd tell, is shown by kinds that are listed. Each byte pair of the input says
// what is done and with how many of the bytes that follow.
func FuzzMux(f *testing.F) {
	ask, err := lockdown.Request{Kind: lockdown.QueryType}.AppendTo(nil)
	if err != nil {
		f.Fatal(err)
	}
	packet := func(flags usbmux.Flags, payload []byte) []byte {
		s := usbmux.Segment{Src: 1, Dst: 62078, Flags: flags, Payload: payload}
		b, err := usbmux.Packet{Protocol: usbmux.ProtoTCP, Payload: s.AppendTo(nil)}.AppendTo(nil, 2)
		if err != nil {
			f.Fatal(err)
		}
		return b
	}
	step := func(op byte, b []byte) []byte { return append([]byte{op, byte(len(b))}, b...) }
	f.Add(append(append(step(0, packet(usbmux.SYN, nil)), step(0, packet(usbmux.ACK, ask[:100]))...), step(0, packet(usbmux.RST, []byte("why")))...))
	f.Add(append(step(1, packet(usbmux.SYN|usbmux.ACK, nil)), step(1, []byte("\x00\x00\x00\x01\x00\x00\x00\x12\xfe\xed\xfa\xce\x00\x00\x00\x00\x07t"))...))
	connect, err := usbmuxd.Request{Command: usbmuxd.Connect, Tag: 1, DeviceID: 1, HasDevice: true, Port: 7, HasPort: true}.AppendTo(nil)
	if err != nil {
		f.Fatal(err)
	}
	ok, err := usbmuxd.AppendResult(nil, usbmuxd.Request{Tag: 1}, usbmuxd.OK)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(append(append(step(2, nil), step(3, connect)...), step(4, append(ok, "data"...))...), step(5, nil)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		listed := map[string]bool{}
		for _, l := range dissect.Layers() {
			for _, k := range dissect.Kinds(l) {
				listed[l+" "+k] = true
			}
		}
		d := dissect.New(func(e *sim.Event) {
			if !listed[e.Layer+" "+e.Kind] {
				t.Fatalf("%s %s is not listed", e.Layer, e.Kind)
			}
			_ = trace.Describe(e)
		})
		bus := script.New("host", "phone", d.Observe)
		bus.Plug("attach")
		bus.Enumerate(script.PhoneDevice, muxConfig, "Apple Inc.", "iPhone")
		for len(b) > 2 {
			op, n := b[0], min(int(b[1]), len(b)-2)
			chunk := b[2 : 2+n]
			b = b[2+n:]
			socket := func(who, kind, peer string) {
				d.Observe(&sim.Event{Who: who, Layer: "socket", Kind: kind, Data: chunk,
					Fields: []sim.Field{sim.Int("socket", op>>4), sim.Text("peer", peer)}})
			}
			switch op & 7 {
			case 0, 6:
				bus.Out(4, chunk)
			case 1, 7:
				bus.In(5, chunk)
			case 2:
				socket("tool", "open", "host")
			case 3:
				socket("tool", "data", "host")
			case 4:
				socket("host", "data", "tool")
			case 5:
				socket([]string{"tool", "host"}[op>>3&1], "close", "host")
			}
		}
	})
}
