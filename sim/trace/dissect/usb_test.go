package dissect_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/trace/internal/script"
	"github.com/plugfest/plugfest/sim/usb"
)

func TestRequestsByName(t *testing.T) {
	for _, tt := range []struct {
		setup  string
		status usb.Status
		data   string
		want   string
	}{
		{"4051000000000000", usb.OK, "", "role switch carplay=0 result=ok"},
		{"4051010000000000", usb.Stall, "", "role switch carplay=1 result=stall"},
		{"c053000000000400", usb.OK, "01000000", "role switch capability capability=1 result=ok"},
		{"c053000000000400", usb.Stall, "", "role switch capability result=stall"},
		{"40406400f4010000", usb.OK, "", "charging current normal_ma=500 extra_ma=100 result=ok"},
		{"c045000000000400", usb.OK, "03030300", "get mode mode=03030300 result=ok"},
		{"c052000004000100", usb.OK, "00", "set mode mode=4 answer=0 result=ok"},
		{"0005070000000000", usb.OK, "", "SET_ADDRESS address=7 result=ok"},
		{"0009010000000000", usb.OK, "", "SET_CONFIGURATION value=1 result=ok"},
		{"8008000000000100", usb.OK, "01", "GET_CONFIGURATION value=1 result=ok"},
		{"010b010002000000", usb.OK, "", "SET_INTERFACE interface=2 alternate=1 result=ok"},
		{"810a000002000100", usb.OK, "01", "GET_INTERFACE interface=2 alternate=1 result=ok"},
		{"8006000200000900", usb.OK, "090227000101", "GET_DESCRIPTOR type=configuration index=0 len=6 result=ok"},
		{"8006010309040001", usb.OK, "06034100e900", "GET_DESCRIPTOR type=string index=1 len=6 text=Aé result=ok"},
		{"8006000f00000500", usb.Stall, "", "GET_DESCRIPTOR type=BOS index=0 len=0 result=stall"},
		{"8006002100000900", usb.Stall, "", "GET_DESCRIPTOR type=HID index=0 len=0 result=stall"},
		{"8006002200000900", usb.Stall, "", "GET_DESCRIPTOR type=report index=0 len=0 result=stall"},
		{"8006000700000900", usb.Stall, "", "GET_DESCRIPTOR type=other-speed index=0 len=0 result=stall"},
		{"8006009900000900", usb.Stall, "", "GET_DESCRIPTOR type=99 index=0 len=0 result=stall"},
		{"0201000081000000", usb.OK, "", "CLEAR_FEATURE feature=halt ep=0x81 result=ok"},
		{"0003010000000000", usb.OK, "", `SET_FEATURE feature="remote wakeup" result=ok`},
		{"0003020000000000", usb.OK, "", `SET_FEATURE feature="test mode" result=ok`},
		{"0103090001000000", usb.OK, "", "SET_FEATURE feature=9 interface=1 result=ok"},
		{"8000000000000200", usb.OK, "0100", "GET_STATUS status=1 result=ok"},
		{"820c000082000200", usb.OK, "", "SYNCH_FRAME ep=0x82 result=ok"},
		{"0030000000000600", usb.OK, "000000000000", "standard request setup=0030000000000600 result=ok"},
		{"4099000000000000", usb.Canceled, "", "vendor request setup=4099000000000000 result=canceled"},
		{"2109000200000100", usb.OK, "00", "class request setup=2109000200000100 result=ok"},
	} {
		got := derive(func(sink func(*sim.Event)) {
			script.New("headunit", "phone", sink).Control(tt.setup, tt.status, script.Hex(tt.data))
		})
		require.Equal(t, []string{"headunit > usb.request " + tt.want}, untimed(got))
		require.Equal(t, "phone", got[0].Get("peer"))
	}
}

// Class requests have names where the interface's class is known.
func TestHIDRequests(t *testing.T) {
	config := script.Hex("090222000101 0080fa 0904000001030000 00 09211101000122d000 0705830340000a")
	got := derive(func(sink func(*sim.Event)) {
		b := script.New("headunit", "phone", sink)
		b.Enumerate(script.PhoneDevice, config)
		b.Control("210a000000000000", usb.OK, nil)
		b.Control("21090d0200000600", usb.OK, script.Hex("0d0000000000"))
		b.Control("210a000009000000", usb.OK, nil)
	})
	require.Equal(t, []string{
		"headunit > usb.request SET_IDLE interface=0 result=ok",
		"headunit > usb.request SET_REPORT interface=0 report=13 len=6 result=ok",
		"headunit > usb.request class request setup=210a000009000000 result=ok",
	}, untimed(got)[len(got)-3:])
}

// accessory is a head unit that a phone has configured.
func accessory(sink func(*sim.Event)) *script.Bus {
	b := script.New("phone", "headunit", sink)
	b.Enumerate(script.AccessoryDevice, script.AccessoryConfig, "", "", "", "", "iAP Interface", script.CarLifeProtocol)
	return b
}

func lines(events []sim.Event, names ...string) []string { return untimed(layers(events, names...)) }

func TestEANativeTransport(t *testing.T) {
	v := version()
	got := derive(func(sink func(*sim.Event)) {
		b := accessory(sink)
		b.In(2, v) // nobody listens yet
		b.Control("010b010001000000", usb.Stall, nil)
		b.Control("010b010001000000", usb.OK, nil)
		b.In(2, v[:10])
		b.Control("010b010001000000", usb.OK, nil) // opened again: a new session
		b.In(2, v)
		b.Out(2, []byte("??")) // no CarLife
		b.Out(2, v)
		b.Control("010b000001000000", usb.OK, nil)
		b.In(2, v)
	})
	const named = " protocol=com.baidu.CarLifeVehicleProtocol"
	require.Equal(t, []string{
		"phone > ea.native open interface=1" + named,
		"headunit > ea.native data len=10" + named + " data=000000010000000c0004",
		"phone > ea.native open interface=1" + named,
		"headunit > ea.native data len=20" + named + " data=000000010000000c00040000..20",
		"headunit > carlife HU_PROTOCOL_VERSION channel=1 id=0x00018001 len=4 majorVersion=1 minorVersion=0",
		"phone > ea.native data len=2" + named + " data=3f3f",
		"phone > ea.native data len=20" + named + " data=000000010000000c00040000..20",
		`phone > carlife undecodable offset=0 fault`,
		"phone > ea.native close interface=1" + named + " sent=22 sent_sha256=" + sum([]byte("??"), v) + " received=20 received_sha256=" + sum(v),
	}, lines(got, "ea.native", "carlife"))
}

func sum(parts ...[]byte) string {
	return fmt.Sprintf("%x", sha256.Sum256(slices.Concat(parts...)))
}

// What moved is summed up for one opening, and for what the device took.
func TestNativeTransportIsSummedUp(t *testing.T) {
	got := derive(func(sink func(*sim.Event)) {
		b := accessory(sink)
		b.Control("010b010001000000", usb.OK, nil)
		b.In(2, []byte("old"))
		b.Control("010b000001000000", usb.OK, nil)
		b.Control("010b010001000000", usb.OK, nil)
		b.Submit(2, usb.TypeBulk, "", 4, []byte("sent")).Complete(usb.Canceled, 3, nil)
		b.Out(2, []byte("!"))
		b.Control("010b000001000000", usb.OK, nil)
	})
	var closes []string
	for _, e := range layers(got, "ea.native") {
		if e.Kind == "close" {
			closes = append(closes, fmt.Sprint(e.Get("sent"), " ", e.Get("sent_sha256"), " ", e.Get("received"), " ", e.Get("received_sha256")))
		}
	}
	require.Equal(t, []string{"0  3 " + sum([]byte("old")), "4 " + sum([]byte("sen!")) + " 0 "}, closes)
}

// A transport of another protocol is shown as bytes.
func TestOtherEAProtocols(t *testing.T) {
	got := derive(func(sink func(*sim.Event)) {
		b := script.New("phone", "headunit", sink)
		b.Enumerate(script.AccessoryDevice, script.AccessoryConfig, "", "", "", "", "", "com.dji.logiclink")
		b.Control("010b010001000000", usb.OK, nil)
		b.In(2, version())
	})
	require.Equal(t, []string{
		"phone > ea.native open interface=1 protocol=com.dji.logiclink",
		"headunit > ea.native data len=20 data=000000010000000c00040000..20",
	}, lines(got, "ea.native", "carlife"))
}

// Only what the device took of a transfer has been sent.
func TestCanceledTransfers(t *testing.T) {
	p := data(7, 0, 10, aa05)
	got := derive(func(sink func(*sim.Event)) {
		b := accessory(sink)
		b.Submit(1, usb.TypeBulk, "", len(p), p).Complete(usb.Canceled, 0, nil)
		b.Submit(1, usb.TypeBulk, "", len(p), p).Complete(usb.Canceled, 9, nil)
		b.Out(1, p[9:])
	})
	require.Equal(t, []string{
		"phone > iap2.link data seq=7 ack=0 session=10 len=6",
		"phone > iap2.control AuthenticationSucceeded id=0xAA05",
	}, lines(got, "iap2.link", "iap2.control"))
}

// Transfers that are under way at once are complete in their own order.
func TestTransfersInFlight(t *testing.T) {
	got := derive(func(sink func(*sim.Event)) {
		b := accessory(sink)
		in := b.Submit(0x81, usb.TypeBulk, "", 16384, nil)
		first, second := slices.Clone(marker), syn(0)
		one := b.Submit(1, usb.TypeBulk, "", len(first), first)
		two := b.Submit(1, usb.TypeBulk, "", len(second), second)
		clear(first) // the buffer is the submitter's
		clear(second)
		one.Complete(usb.OK, len(first), nil)
		in.Complete(usb.OK, len(marker), marker)
		two.Complete(usb.OK, len(second), nil)
	})
	require.Equal(t, []string{
		"phone > iap2.link marker",
		"headunit > iap2.link marker",
		"phone > iap2.link syn seq=0 ack=0 session=0 len=19 " + synFields,
	}, lines(got, "iap2.link"))
}

// A device that comes back has forgotten everything.
func TestReattachment(t *testing.T) {
	for _, event := range []string{"detach", "attach", "reset"} {
		got := derive(func(sink func(*sim.Event)) {
			b := accessory(sink)
			b.In(1, marker[:3])
			b.Plug(event)
			b.In(1, marker[3:])
		})
		require.Empty(t, lines(got, "iap2.link"), event)
	}
}

// SET_CONFIGURATION begins anew: alternate settings are 0 again.
func TestConfigurationResetsInterfaces(t *testing.T) {
	got := derive(func(sink func(*sim.Event)) {
		b := accessory(sink)
		b.Control("010b010001000000", usb.OK, nil)
		b.In(1, marker[:3])
		b.Control("0009010000000000", usb.OK, nil)
		b.In(2, version())
		b.In(1, marker)
		b.Control("0009000000000000", usb.OK, nil)
		b.In(2, version())
	})
	require.Equal(t, []string{
		"phone > ea.native open interface=1 protocol=com.baidu.CarLifeVehicleProtocol",
		"headunit > iap2.link marker",
	}, lines(got, "iap2.link", "ea.native", "carlife"))
}

// Where a capture begins too late for the descriptors, the first bytes tell.
func TestLateCaptures(t *testing.T) {
	got := derive(func(sink func(*sim.Event)) {
		b := script.New("host", "dev1.5", sink)
		b.In(3, []byte("who knows"))
		b.In(1, data(9, 3, 10, aa05))
		b.Out(1, ack(3, 9))
		b.In(2, version())
		b.Out(2, videoInit(0x10008))
	})
	require.Equal(t, []string{
		"dev1.5 > iap2.link data seq=9 ack=3 session=10 len=6",
		"dev1.5 > iap2.control AuthenticationSucceeded id=0xAA05",
		"host > iap2.link ack seq=3 ack=9 session=0 len=0",
		"dev1.5 > carlife HU_PROTOCOL_VERSION channel=1 id=0x00018001 len=4 majorVersion=1 minorVersion=0",
		"host > carlife VIDEO_ENCODER_INIT_DONE channel=1 id=0x00010008 len=8 width=768 height=480 frameRate=30",
	}, lines(got, "iap2.link", "iap2.control", "carlife"))
}

// The descriptors of a device that was configured before are enough.
func TestConfigurationIsInferred(t *testing.T) {
	got := derive(func(sink func(*sim.Event)) {
		b := script.New("host", "dev1.5", sink)
		b.Control("8006000200004000", usb.OK, script.AccessoryConfig)
		b.In(2, []byte("raw"))
		b.In(1, marker)
	})
	require.Equal(t, []string{
		"dev1.5 > ea.native data len=3 data=726177",
		"dev1.5 > iap2.link marker",
	}, lines(got, "iap2.link", "ea.native"))
}

func FuzzUSB(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07"))
	var seed []byte
	connection(func(e *sim.Event) { seed = append(seed, e.Data...) })
	f.Add(seed[:min(len(seed), 2000)])
	setups := []string{"8006000200004000", "0009010000000000", "010b010001000000", "010b000001000000", "8006060309040001",
		"0005010000000000", "4051000000000000", "c053000000000400"}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := dissect.New(func(e *sim.Event) { trace.Describe(e) })
		bus := script.New("phone", "headunit", d.Observe)
		bus.Enumerate(script.AccessoryDevice, script.AccessoryConfig, "", "", "", "", "", script.CarLifeProtocol)
		for len(b) > 2 {
			op, n := b[0], min(int(b[1]), len(b)-2)
			chunk := b[2 : 2+n]
			b = b[2+n:]
			switch ep := op>>4&3 + 1; op & 7 {
			case 0, 1:
				bus.In(ep, chunk)
			case 2, 3:
				bus.Out(ep, chunk)
			case 4:
				bus.Control(setups[op>>3&7], usb.OK, chunk)
			case 5:
				if len(chunk) >= 8 {
					bus.Control(hexOf(chunk[:8]), usb.Status(op>>4), chunk[8:])
				}
			case 6:
				bus.Emit(sim.Event{Who: "headunit", Layer: "i2c", Kind: [...]string{"read", "write"}[op>>3&1], Data: chunk,
					Fields: []sim.Field{sim.Int("addr", op>>4), sim.Int("ack", op>>7)}})
			case 7:
				bus.Dev = int(op >> 3)
			}
		}
	})
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s []byte
	for _, c := range b {
		s = append(s, digits[c>>4], digits[c&15])
	}
	return string(s)
}

// Every setup packet, transfer and device number is survived, and what is kept
// stays within bounds.
func TestHostileStreams(t *testing.T) {
	events := 0
	d := dissect.New(func(*sim.Event) { events++ })
	big := make([]byte, 1<<20)
	bus := script.New("phone", "headunit", d.Observe)
	for i := range 10_000 {
		bus.Number, bus.Dev = i, i
		if i < 100 {
			bus.Submit(1, usb.TypeBulk, "", len(big), big) // never complete
		} else {
			bus.Submit(1, usb.TypeBulk, "", 3, big[:3])
		}
		bus.In(2, []byte{0xFF, 0x5A, 0xFF})
		bus.Control("8006000200004000", usb.OK, script.AccessoryConfig)
	}
	require.Positive(t, events)
}

// Video on an EA native transport allocates nothing.
func TestTransfersDoNotAllocate(t *testing.T) {
	d := dissect.New(func(*sim.Event) {})
	accessory(d.Observe).Control("010b010001000000", usb.OK, nil)
	submit, complete := bulk(video(20_000))
	d.Observe(&submit)
	d.Observe(&complete)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		d.Observe(&submit)
		d.Observe(&complete)
	}))
}

// bulk is a transfer to the device on endpoint 2.
func bulk(b []byte) (submit, complete sim.Event) {
	var list []sim.Event
	script.New("phone", "headunit", func(e *sim.Event) { list = append(list, e.Clone()) }).Out(2, b)
	return list[0], list[1]
}

func BenchmarkUSB(b *testing.B) {
	for _, bm := range []struct {
		name string
		data []byte
	}{{"video 16 KiB", video(16<<10 - 20)}, {"ack", ack(1, 1)}} {
		b.Run(bm.name, func(b *testing.B) {
			events := 0
			d := dissect.New(func(*sim.Event) { events++ })
			bus := accessory(d.Observe)
			bus.Control("010b010001000000", usb.OK, nil)
			submit, complete := bulk(bm.data)
			if bm.name == "ack" {
				for _, e := range []*sim.Event{&submit, &complete} {
					e.Fields[3] = sim.Int("ep", 1)
				}
			}
			b.SetBytes(int64(len(bm.data)))
			b.ReportAllocs()
			for b.Loop() {
				d.Observe(&submit)
				d.Observe(&complete)
			}
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
