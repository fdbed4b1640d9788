package dissect_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/trace/internal/script"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

const synFields = "version=1 outstanding=5 maxlen=1024 retransmit_ms=2000 ack_ms=20 retries=30 cumacks=5 sessions=10:control/1,11:ea/1,12:file/2"

func TestHandshake(t *testing.T) {
	w := newWire(t)
	w.send(unit, marker, marker, syn(0))
	w.send(unit, syn(0))
	w.send(phone, script.Hex("ff5504000204ee08"), marker, synAck(172, 0))
	w.send(unit, ack(0, 172))
	w.want(
		"headunit > iap2.link marker",
		"headunit > iap2.link marker",
		"headunit > iap2.link syn seq=0 ack=0 session=0 len=19 "+synFields,
		"headunit > iap2.link syn seq=0 ack=0 session=0 len=19 "+synFields+" retransmission=1",
		"phone > iap2.link iap1",
		"phone > iap2.link marker",
		"phone > iap2.link synack seq=172 ack=0 session=0 len=19 "+synFields,
		"headunit > iap2.link ack seq=0 ack=172 session=0 len=0",
	)
}

// The packets that a Chinese article on CarLife over iPhone documents, and those of a capture.
func TestCapturedPackets(t *testing.T) {
	w := newWire(t)
	w.send(unit, script.Hex("ff5a000940e5a700d2"))
	w.send(phone, script.Hex("ff5a001040a7e501ca40400006aa00d0"))
	w.send(unit, script.Hex("ff5a001780000000100105040007d000141e050a0001dd"))
	w.want(
		"headunit > iap2.link ack seq=229 ack=167 session=0 len=0",
		"phone > iap2.link data seq=167 ack=229 session=1 len=6",
		"phone > iap2.control RequestAuthenticationCertificate id=0xAA00",
		"headunit > iap2.link syn seq=0 ack=0 session=0 len=13 version=1 outstanding=5 maxlen=1024 retransmit_ms=2000 ack_ms=20 retries=30 cumacks=5 sessions=10:control/1",
	)
}

func TestOtherPackets(t *testing.T) {
	w := newWire(t)
	w.connect()
	w.send(phone,
		packet(link.ControlEAK|link.ControlACK, 100, 0, 0, 6, 7),
		packet(link.ControlSLP|link.ControlACK, 100, 0, 0),
		packet(0, 100, 0, 0),
		packet(link.ControlSYN, 5, 0, 0, 1, 2),
		packet(link.ControlRST, 100, 0, 0))
	w.want(
		"phone > iap2.link eak seq=100 ack=0 session=0 len=2 missing=6,7",
		"phone > iap2.link slp seq=100 ack=0 session=0 len=0",
		"phone > iap2.link ack seq=100 ack=0 session=0 len=0 control=00",
		`phone > iap2.link syn seq=5 ack=0 session=0 len=2 fault`,
		"phone > iap2.link rst seq=100 ack=0 session=0 len=0",
	)
}

var aa05, start = message("AuthenticationSucceeded", nil), message("StartIdentification", nil)

// A message is decoded once, when it is new and in sequence.
func TestRepeatedPackets(t *testing.T) {
	w := newWire(t)
	w.connect()
	w.send(phone, data(101, 0, 10, aa05), data(101, 0, 10, aa05), data(102, 0, 10, start), data(101, 0, 10, aa05))
	w.want(
		"phone > iap2.link data seq=101 ack=0 session=10 len=6",
		"phone > iap2.control AuthenticationSucceeded id=0xAA05",
		"phone > iap2.link data seq=101 ack=0 session=10 len=6 retransmission=1",
		"phone > iap2.link data seq=102 ack=0 session=10 len=6",
		"phone > iap2.control StartIdentification id=0x1D00",
		"phone > iap2.link data seq=101 ack=0 session=10 len=6 retransmission=1",
	)
}

func TestReorderedPackets(t *testing.T) {
	w := newWire(t)
	w.connect()
	w.send(phone, data(102, 0, 10, start), data(102, 0, 10, start), data(101, 0, 10, aa05))
	w.want(
		"phone > iap2.link data seq=102 ack=0 session=10 len=6 out_of_order=1",
		"phone > iap2.link data seq=102 ack=0 session=10 len=6 retransmission=1 out_of_order=1",
		"phone > iap2.link data seq=101 ack=0 session=10 len=6",
		"phone > iap2.control AuthenticationSucceeded id=0xAA05",
		"phone > iap2.control StartIdentification id=0x1D00",
	)
}

// A packet whose payload was damaged is repeated; its message counts then.
func TestDamagedPackets(t *testing.T) {
	w := newWire(t)
	w.connect()
	bad := data(101, 0, 10, aa05)
	bad[10] ^= 1
	head := data(102, 0, 10, start)
	head[4] ^= 1
	w.send(phone, bad, head, data(101, 0, 10, aa05), data(102, 0, 10, start))
	w.want(
		"phone > iap2.link bad payload seq=101 ack=0 session=10 len=6 checksum=203 want=202",
		`phone > iap2.link bad header len=1 field="header checksum" value=231 want=230`,
		"phone > iap2.link garbage len=15",
		"phone > iap2.link data seq=101 ack=0 session=10 len=6 retransmission=1",
		"phone > iap2.control AuthenticationSucceeded id=0xAA05",
		"phone > iap2.link data seq=102 ack=0 session=10 len=6",
		"phone > iap2.control StartIdentification id=0x1D00",
	)
}

// What the receiver acknowledged and the capture lacks is not waited for.
func TestGapInTheCapture(t *testing.T) {
	w := newWire(t)
	w.connect()
	half := identification()[:50]
	w.send(phone, data(101, 0, 10, half), data(103, 0, 10, aa05))
	w.want(
		"phone > iap2.link data seq=101 ack=0 session=10 len=50",
		"phone > iap2.link data seq=103 ack=0 session=10 len=6 out_of_order=1",
	)
	w.send(unit, ack(0, 101))
	w.want("headunit > iap2.link ack seq=0 ack=101 session=0 len=0")
	w.send(unit, ack(0, 103))
	w.want(
		"headunit > iap2.link ack seq=0 ack=103 session=0 len=0",
		"phone > iap2.control AuthenticationSucceeded id=0xAA05",
	)
	w.send(phone, data(104, 0, 10, start))
	w.want(
		"phone > iap2.link data seq=104 ack=0 session=10 len=6",
		"phone > iap2.control StartIdentification id=0x1D00",
	)
}

// A sender that never fills its gap is not held back for ever.
func TestGapThatIsNeverFilled(t *testing.T) {
	w := newWire(t)
	w.connect()
	for i := range 70 {
		w.send(phone, data(uint8(102+i), 0, 10, aa05))
	}
	messages := layers(w.out, "iap2.control")
	require.Len(t, messages, 70)
	require.Equal(t, w.out[63].At, messages[0].At, "after 64 packets held")
}

func TestSequenceNumbersWrap(t *testing.T) {
	w := newWire(t)
	w.connect()
	for i := range 1000 {
		p := data(uint8(101+i), 0, 10, aa05)
		w.send(phone, p)
		if i%97 == 0 {
			w.send(phone, p)
		}
	}
	repeated := 0
	for _, e := range layers(w.out, "iap2.link") {
		if e.Get("retransmission") == "1" {
			repeated++
		}
		require.Empty(t, e.Get("out_of_order"))
	}
	require.Equal(t, 11, repeated)
	require.Len(t, layers(w.out, "iap2.control"), 1000)
}

// After a reset, or a SYN of another session, numbers begin anew.
func TestLinkBeginsAnew(t *testing.T) {
	for name, restart := range map[string]func(*wire){
		"rst": func(w *wire) {
			w.send(phone, packet(link.ControlRST, 101, 0, 0))
			w.send(unit, marker, syn(0))
			w.send(phone, marker, synAck(100, 0))
		},
		"syn": func(w *wire) { w.send(unit, syn(77)); w.send(phone, synAck(100, 77)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t)
			w.connect()
			w.send(phone, data(101, 0, 10, aa05[:3]))
			restart(w)
			w.out = nil
			w.send(phone, data(101, 0, 10, aa05))
			w.want(
				"phone > iap2.link data seq=101 ack=0 session=10 len=6",
				"phone > iap2.control AuthenticationSucceeded id=0xAA05",
			)
		})
	}
}

// Whatever a lossy link makes of the packets, the messages come out once and
// in order.
func TestMessagesComeOutOnceAndInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWire(rt)
		w.connect()
		const window = 16
		n := rapid.IntRange(1, 300).Draw(rt, "messages")
		var flight []int // sent and perhaps not received
		for next := 0; next < n || len(flight) > 0; {
			if next < n && len(flight) < window && (len(flight) == 0 || next-flight[0] < window) && rapid.Bool().Draw(rt, "new") {
				flight = append(flight, next)
				next++
			}
			if len(flight) == 0 {
				continue
			}
			i := rapid.IntRange(0, len(flight)-1).Draw(rt, "which")
			k := flight[i]
			p := data(uint8(101+k), 0, 10, message("PowerUpdate", control.Values{{Name: "MaximumCurrentDrawnFromAccessory", Value: uint16(k)}}))
			switch rapid.IntRange(0, 3).Draw(rt, "fate") {
			case 0: // received
				w.send(phone, p)
				flight = slices.Delete(flight, i, i+1)
			case 1: // received, but sent again for want of an acknowledgement
				w.send(phone, p, p)
				flight = slices.Delete(flight, i, i+1)
			case 2: // damaged
				p[len(p)-1] ^= 0x40
				w.send(phone, p)
			case 3: // late
			}
		}
		var got []string
		for _, e := range layers(w.out, "iap2.control") {
			got = append(got, e.Get("MaximumCurrentDrawnFromAccessory"))
		}
		for i := range n {
			if i >= len(got) || got[i] != fmt.Sprint(i) {
				rt.Fatalf("message %d of %d is not in its place: %v", i, n, got)
			}
		}
		if len(got) != n {
			rt.Fatalf("%d messages of %d", len(got), n)
		}
	})
}

// However the stream is cut into transfers, the same is derived.
func TestCutsDoNotMatter(t *testing.T) {
	streams := [2][]byte{
		phone: slices.Concat(marker, synAck(100, 0), []byte{1, 2, 3}, data(101, 0, 10, aa05), data(102, 0, 10, start)),
		unit:  slices.Concat(marker, syn(0), ack(0, 100), data(1, 102, 10, identification())),
	}
	derive := func(cut func(rest int) int) []string {
		w := newWire(t)
		for _, from := range []int{unit, phone} {
			for b := streams[from]; len(b) > 0; {
				n := cut(len(b))
				w.send(from, b[:n])
				b = b[n:]
			}
		}
		return untimed(w.out)
	}
	want := derive(func(rest int) int { return rest })
	require.Equal(t, want, derive(func(int) int { return 1 }))
	rapid.Check(t, func(rt *rapid.T) {
		require.Equal(rt, want, derive(func(rest int) int { return min(rest, rapid.IntRange(1, 40).Draw(rt, "cut")) }))
	})
}

func TestManyStreams(t *testing.T) {
	var got []string
	d := dissect.New(func(e *sim.Event) { got = append(got, e.Who+" "+e.Kind) })
	d.Feed(0, "a", "b", marker[:3])
	d.Feed(0, "b", "a", marker)
	d.Feed(0, "a", "c", marker)
	d.Feed(0, "a", "b", marker[3:])
	require.Equal(t, []string{"b marker", "a marker", "a marker"}, got)
	for i := range 1000 { // more than are followed: no harm but forgetting
		d.Feed(0, "x", fmt.Sprint(i), marker)
	}
	require.Len(t, got, 1003)
}

func FuzzFeed(f *testing.F) {
	f.Add(slices.Concat(marker, syn(0), ack(0, 100), data(1, 102, 10, identification())), slices.Concat(marker, synAck(100, 0), data(101, 0, 10, aa05)))
	f.Add(slices.Concat(syn(0), data(2, 0, 11, append([]byte{0, 1}, version()...))), slices.Concat(synAck(9, 0), data(10, 0, 12, script.Hex("810400000000000184eb0002"))))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		events := 0
		d := dissect.New(func(e *sim.Event) {
			events++
			trace.Describe(e)
		})
		for len(a)+len(b) > 0 {
			n := min(len(a), 61)
			d.Feed(time.Second, "headunit", "phone", a[:n])
			a = a[n:]
			n = min(len(b), 61)
			d.Feed(time.Second, "phone", "headunit", b[:n])
			b = b[n:]
		}
	})
}

// The steady path of an acknowledged link allocates nothing.
func TestDataPacketsDoNotAllocate(t *testing.T) {
	d := dissect.New(func(*sim.Event) {})
	d.Feed(0, "headunit", "phone", slices.Concat(marker, syn(0)))
	d.Feed(0, "phone", "headunit", synAck(100, 0))
	seq := uint8(0)
	payload := append([]byte{0, 1}, make([]byte, 1000)...)
	p := link.Packet{Control: link.ControlACK, Session: 11, Payload: payload}
	var b, a []byte
	run := func() {
		seq++
		p.Seq = seq
		b, _ = p.AppendTo(b[:0])
		d.Feed(0, "headunit", "phone", b)
		q := link.Packet{Control: link.ControlACK, Seq: 100, Ack: seq}
		a, _ = q.AppendTo(a[:0])
		d.Feed(0, "phone", "headunit", a)
	}
	run()
	require.Zero(t, testing.AllocsPerRun(1000, run))
}

func BenchmarkLink(b *testing.B) {
	events := 0
	d := dissect.New(func(*sim.Event) { events++ })
	d.Feed(0, "headunit", "phone", slices.Concat(marker, syn(0)))
	p := link.Packet{Control: link.ControlACK, Session: 11, Payload: append([]byte{0, 1}, bytes.Repeat([]byte{7}, 1000)...)}
	var buf []byte
	b.SetBytes(1000)
	b.ReportAllocs()
	for b.Loop() {
		p.Seq++
		buf, _ = p.AppendTo(buf[:0])
		d.Feed(0, "headunit", "phone", buf)
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
