package usb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

const ms = time.Millisecond

// bench is a plain gadget on plug B and its host on plug A.
type bench struct {
	*testing.T
	w     *sim.World
	cable *usb.Cable
	g     *usb.Gadget
	c     usb.Conn
	got   []string // what the device has read, a transfer each
}

// newBench runs fn with the impairments in force once the device is configured:
// out is for what the host sends, in for what the device sends.
func newBench(t *testing.T, out, in sim.Impairments, fn func(b *bench)) {
	t.Helper()
	benchIn(t, sim.New(), out, in, fn)
}

func benchIn(t *testing.T, w *sim.World, out, in sim.Impairments, fn func(b *bench)) {
	t.Helper()
	run(t, w, func() {
		b := &bench{T: t, w: w, cable: usb.NewCable(w, instant(usb.CableOptions{A: "host", B: "device"}))}
		b.g = usb.NewGadget(w, "g", plain(), nil)
		b.c = attach(t, b.cable, b.g)
		require.NoError(t, b.c.SetConfiguration(1))
		require.NoError(t, b.c.ClaimInterface(0))
		b.cable.Impair(out, in)
		fn(b)
	})
}

// listen has the device read transfers and note them.
func (b *bench) listen() {
	b.w.Go("device reads", func() {
		buf := make([]byte, 2048)
		for {
			n, err := b.g.Endpoint(0x01).ReadTransfer(buf)
			if err != nil {
				return
			}
			b.got = append(b.got, string(buf[:n]))
		}
	})
}

// say has the device send transfers.
func (b *bench) say(list ...string) {
	b.w.Go("device writes", func() {
		for _, s := range list {
			if _, err := b.g.Endpoint(0x81).Write([]byte(s)); err != nil {
				return
			}
		}
	})
}

// ends collects how transfers ended, in order: data or status, and when.
type ends struct {
	b    *bench
	list []string
}

func (e *ends) note(x *usb.Transfer) {
	s := x.Status.String()
	if x.Status == usb.OK {
		s = string(x.Data[:x.Actual])
	} else if x.Actual > 0 {
		s += " " + string(x.Data[:x.Actual])
	}
	e.list = append(e.list, fmt.Sprintf("%v %s", e.b.w.Now(), s))
}

func (e *ends) out(list ...string) {
	for _, s := range list {
		e.b.c.Submit(&usb.Transfer{Endpoint: 0x01, Data: []byte(s), Done: e.note})
	}
}

func (e *ends) in(n int) (list []*usb.Transfer) {
	for range n {
		x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 512), Done: e.note}
		list = append(list, x)
		e.b.c.Submit(x)
	}
	return list
}

func TestLatency(t *testing.T) {
	newBench(t, sim.Impairments{Latency: 5 * ms}, sim.Impairments{Latency: 7 * ms}, func(b *bench) {
		e := &ends{b: b}
		b.listen()
		b.say("in 1", "in 2")
		e.in(2)
		e.out("out 1", "out 2")
		b.w.Sleep(time.Second)
		assert.Equal(t, []string{"5ms out 1", "5ms out 2", "7ms in 1", "7ms in 2"}, e.list)
		assert.Equal(t, []string{"out 1", "out 2"}, b.got)

		at := b.w.Now()
		_, err := usb.Control(b.w, b.c, usb.Setup{RequestType: usb.DirIn}, make([]byte, 2), 0)
		require.NoError(t, err)
		assert.Equal(t, 12*ms, b.w.Now()-at, "a control transfer goes there and back")
		_, err = usb.Control(b.w, b.c, usb.Setup{RequestType: usb.TypeVendor}, nil, 0)
		assert.Equal(t, usb.Stall, err)
	})
}

func TestBandwidth(t *testing.T) {
	newBench(t, sim.Impairments{Bandwidth: 1000}, sim.Impairments{Bandwidth: 500}, func(b *bench) {
		e := &ends{b: b}
		b.listen()
		b.say("12345", "67890")
		e.in(2)
		e.out("12345", "67890")
		b.w.Sleep(time.Second)
		assert.Equal(t, []string{"5ms 12345", "10ms 67890", "10ms 12345", "20ms 67890"}, e.list)
	})
}

func TestJitterKeepsOrder(t *testing.T) {
	newBench(t, sim.Impairments{Jitter: 10 * ms}, sim.Impairments{Jitter: 10 * ms}, func(b *bench) {
		e := &ends{b: b}
		b.listen()
		var want []string
		for i := range 50 {
			want = append(want, fmt.Sprint(i))
		}
		b.say(want...)
		e.in(50)
		b.w.Sleep(time.Second)
		var got []string
		for _, s := range e.list {
			var at, text string
			fmt.Sscan(s, &at, &text)
			got = append(got, text)
		}
		assert.Equal(t, want, got)
		e.out(want...)
		b.w.Sleep(time.Second)
		assert.Equal(t, want, b.got)
	})
}

// buffers notes whose memory a device is given.
type buffers struct {
	*usb.Gadget
	seen []*byte
}

func (d *buffers) Submit(t *usb.Transfer) {
	if !t.Control() {
		d.seen = append(d.seen, &t.Data[0])
	}
	d.Gadget.Submit(t)
}

func TestDataIsCopiedOnlyWherePathsAreLossy(t *testing.T) {
	for _, c := range []struct {
		name string
		im   sim.Impairments
		same bool
	}{
		{"perfect", sim.Impairments{}, true},
		{"timing", sim.Impairments{Latency: ms, Jitter: ms, Bandwidth: 1000}, true},
		{"stall", sim.Impairments{Faults: []sim.Fault{{Kind: sim.Stall, Packet: 9, For: ms}}}, true},
		{"unplug", sim.Impairments{Faults: []sim.Fault{{Kind: sim.Unplug, Packet: 9}}}, true},
		{"loss", sim.Impairments{Loss: 1e-9}, false},
		{"drop", sim.Impairments{Faults: []sim.Fault{{Kind: sim.Drop, Packet: 9}}}, false},
	} {
		w := sim.New()
		run(t, w, func() {
			cable := usb.NewCable(w, instant(usb.CableOptions{AB: c.im, BA: c.im}))
			d := &buffers{Gadget: usb.NewGadget(w, "g", plain(), nil)}
			conn := attach(t, cable, d)
			require.NoError(t, conn.SetConfiguration(1))
			require.NoError(t, conn.ClaimInterface(0))
			x, _ := start(conn, 0x81, make([]byte, 8))
			y, _ := start(conn, 0x01, make([]byte, 8))
			w.Sleep(time.Second)
			require.Len(t, d.seen, 2)
			assert.Equal(t, c.same, d.seen[0] == &x.Data[0], "%s, in", c.name)
			assert.Equal(t, c.same, d.seen[1] == &y.Data[0], "%s, out", c.name)
		})
	}
}

func fault(f sim.Fault) sim.Impairments { return sim.Impairments{Faults: []sim.Fault{f}} }

// What each fault at the second transfer does on the way out: what the host is
// told, and what the device reads.
func TestFaultsOut(t *testing.T) {
	for _, c := range []struct {
		name string
		im   sim.Impairments
		host []string
		got  []string
	}{
		{"drop", fault(sim.Fault{Kind: sim.Drop, Packet: 2}), []string{"0s a", "0s bb", "0s c"}, []string{"a", "c"}},
		{"drop at byte", fault(sim.Fault{Kind: sim.Drop, Byte: 3}), []string{"0s a", "0s bb", "0s c"}, []string{"a", "c"}},
		{"repeat", fault(sim.Fault{Kind: sim.Repeat, Packet: 2}), []string{"0s a", "0s bb", "0s c"}, []string{"a", "bb", "bb", "c"}},
		{"delay", fault(sim.Fault{Kind: sim.Delay, Packet: 2, For: ms}), []string{"0s a", "1ms bb", "1ms c"}, []string{"a", "c", "bb"}},
		{"corrupt", fault(sim.Fault{Kind: sim.Corrupt, Packet: 2, Bit: -1}), []string{"0s a", "0s bb", "0s c"}, []string{"a", "bc", "c"}},
		{"stall", fault(sim.Fault{Kind: sim.Stall, Packet: 2, For: ms}), []string{"0s a", "1ms bb", "1ms c"}, []string{"a", "bb", "c"}},
		{"unplug", fault(sim.Fault{Kind: sim.Unplug, Packet: 2}), []string{"0s a", "0s disconnected", "0s disconnected"}, []string{"a"}},
		{"unplug at byte", fault(sim.Fault{Kind: sim.Unplug, Byte: 3}), []string{"0s a", "0s disconnected", "0s disconnected"}, []string{"a"}},
		{"lost", sim.Impairments{Loss: 1}, []string{"0s a", "0s bb", "0s c"}, nil},
		{"duplicated", sim.Impairments{Duplicate: 1}, []string{"0s a", "0s bb", "0s c"}, []string{"a", "a", "bb", "bb", "c", "c"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			newBench(t, c.im, sim.Impairments{}, func(b *bench) {
				e := &ends{b: b}
				b.listen()
				e.out("a", "bb", "c")
				b.w.Sleep(time.Second)
				assert.Equal(t, c.host, e.list)
				assert.Equal(t, c.got, b.got)
			})
		})
	}
}

// The same on the way in, with three transfers of the host's waiting, and a
// fourth that comes later.
func TestFaultsIn(t *testing.T) {
	for _, c := range []struct {
		name string
		im   sim.Impairments
		host []string
	}{
		{"drop", fault(sim.Fault{Kind: sim.Drop, Packet: 2}), []string{"0s a", "0s c", "0s d"}},
		{"repeat", fault(sim.Fault{Kind: sim.Repeat, Packet: 2}), []string{"0s a", "0s bb", "0s bb", "1s c"}},
		{"delay", fault(sim.Fault{Kind: sim.Delay, Packet: 2, For: ms}), []string{"0s a", "0s c", "1ms bb", "1s d"}},
		{"corrupt", fault(sim.Fault{Kind: sim.Corrupt, Packet: 2, Bit: 7}), []string{"0s a", "0s cb", "0s c", "1s d"}},
		{"stall", fault(sim.Fault{Kind: sim.Stall, Packet: 2, For: ms}), []string{"0s a", "1ms bb", "1ms c", "1s d"}},
		{"unplug", fault(sim.Fault{Kind: sim.Unplug, Packet: 2}), []string{"0s a", "0s disconnected", "0s disconnected", "1s disconnected"}},
		{"unplug at time", fault(sim.Fault{Kind: sim.Unplug, At: ms}), []string{"0s a", "0s bb", "0s c", "1s disconnected"}},
		{"unplug at byte", fault(sim.Fault{Kind: sim.Unplug, Byte: 2}), []string{"0s a", "0s disconnected", "0s disconnected", "1s disconnected"}},
		{"duplicated", sim.Impairments{Duplicate: 1}, []string{"0s a", "0s a", "0s bb", "1s bb"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			newBench(t, sim.Impairments{}, c.im, func(b *bench) {
				e := &ends{b: b}
				b.say("a", "bb", "c", "d")
				e.in(3)
				b.w.Sleep(time.Second)
				e.in(1)
				b.w.Sleep(time.Second)
				assert.Equal(t, c.host, e.list)
			})
		})
	}
}

// Control transfers meet time alone, and faults do not count them.
func TestControlIsNotDamaged(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		im := sim.Impairments{Loss: 1, Duplicate: 1, Reorder: 1, BitError: 1, Faults: []sim.Fault{{Kind: sim.Unplug, Packet: 1}}}
		cable := usb.NewCable(w, instant(usb.CableOptions{AB: im, BA: im}))
		conn := attach(t, cable, usb.NewGadget(w, "g", plain(), nil))
		require.NoError(t, conn.SetConfiguration(1))
		require.NoError(t, conn.ClaimInterface(0))
		x, _ := start(conn, 0x01, []byte("first"))
		w.Sleep(1)
		assert.Equal(t, usb.Disconnected, x.Status)
	})
}

// An error is not lost, nor does it overtake the data before it.
func TestErrorsAreNotLost(t *testing.T) {
	im := sim.Impairments{Latency: 5 * ms, Loss: 0.5, Duplicate: 0.5}
	newBench(t, im, im, func(b *bench) {
		e := &ends{b: b}
		e.in(3)
		b.w.After(ms, func() { b.g.Endpoint(0x81).SetHalt(true) })
		b.w.Sleep(time.Second)
		assert.Equal(t, []string{"1ms stall", "1ms stall", "1ms stall"}, e.list)
	})
	newBench(t, sim.Impairments{}, sim.Impairments{Latency: 5 * ms}, func(b *bench) {
		e := &ends{b: b}
		e.in(2)
		b.say("data")
		b.w.After(ms, func() { b.g.Endpoint(0x81).SetHalt(true) })
		b.w.Sleep(time.Second)
		assert.Equal(t, []string{"5ms data", "5ms stall"}, e.list)
	})
}

// What is on its way when the host cancels is not lost: it comes with the
// cancellation, which does not wait.
func TestCancelUnderWay(t *testing.T) {
	im := sim.Impairments{Latency: 5 * ms}
	newBench(t, im, im, func(b *bench) {
		e := &ends{b: b}
		b.listen()
		b.say("one", "two")
		list := e.in(2)
		b.w.Sleep(ms)
		b.c.Cancel(list[0])
		b.c.Cancel(list[0])
		out := &usb.Transfer{Endpoint: 0x01, Data: []byte("never"), Done: e.note}
		b.c.Submit(out)
		b.w.Sleep(ms)
		b.c.Cancel(out)
		b.w.Sleep(time.Second)
		assert.Equal(t, []string{"1ms canceled one", "2ms canceled", "5ms two"}, e.list)
		assert.Empty(t, b.got, "the device has not seen it")
	})
}

// On a lossy path data finds whatever transfer is first when it arrives; one
// that is canceled takes none with it.
func TestCancelOnLossyPath(t *testing.T) {
	newBench(t, sim.Impairments{}, sim.Impairments{Loss: 1e-12, Latency: 5 * ms}, func(b *bench) {
		e := &ends{b: b}
		list := e.in(3)
		b.c.Cancel(list[1])
		b.w.Sleep(1)
		assert.Equal(t, []string{"0s canceled"}, e.list)
		b.say("one", "two", "three")
		b.w.Sleep(ms)
		b.c.Cancel(list[0])
		b.w.Sleep(time.Second)
		assert.Equal(t, []string{"0s canceled", "1.000001ms canceled", "5.000001ms one"}, e.list)
		e.in(2)
		b.w.Sleep(time.Second)
		assert.Equal(t, "two", e.list[3][len(e.list[3])-3:], "what had arrived for nobody")
		assert.Equal(t, "three", e.list[4][len(e.list[4])-5:])
	})
}

// A device's transfer that is longer than the host's is delivered in parts.
func TestLossyPathWithSmallTransfers(t *testing.T) {
	newBench(t, sim.Impairments{}, sim.Impairments{Duplicate: 1}, func(b *bench) {
		b.g.Endpoint(0x81).AutoZLP = false
		b.w.Go("device", func() { b.g.Endpoint(0x81).Write([]byte(letters(0, 1024))) })
		big, _ := start(b.c, 0x81, make([]byte, 1024))
		b.w.Sleep(1)
		assert.Equal(t, letters(0, 1024), string(big.Data[:big.Actual]))
		small, _ := start(b.c, 0x81, make([]byte, 512))
		b.w.Sleep(1)
		assert.Equal(t, letters(0, 512), string(small.Data[:small.Actual]))
		small, _ = start(b.c, 0x81, make([]byte, 512))
		b.w.Sleep(1)
		assert.Equal(t, letters(512, 512), string(small.Data[:small.Actual]))
	})
}

// Impairments that come while transfers wait hold for these, too.
func TestImpairWhileWaiting(t *testing.T) {
	newBench(t, sim.Impairments{}, sim.Impairments{}, func(b *bench) {
		e := &ends{b: b}
		b.g.Endpoint(0x81).AutoZLP = false
		e.in(3)
		b.say(letters(0, 512)) // fills the first
		b.w.Sleep(1)
		require.Len(t, e.list, 1)
		b.cable.Impair(sim.Impairments{}, fault(sim.Fault{Kind: sim.Drop, Packet: 2}))
		b.say("lost", "kept", "also")
		b.w.Sleep(1)
		require.Len(t, e.list, 3)
		assert.Equal(t, []string{"1ns kept", "1ns also"}, e.list[1:])
		b.cable.Impair(sim.Impairments{}, sim.Impairments{})
		b.say("perfect")
		e.in(1)
		b.w.Sleep(1)
		assert.Equal(t, "2ns perfect", e.list[3])
	})
}

// Half a transfer that has come before the impairments do is data as well.
func TestImpairInMidTransfer(t *testing.T) {
	newBench(t, sim.Impairments{}, sim.Impairments{}, func(b *bench) {
		b.g.Endpoint(0x81).AutoZLP = false
		x, done := start(b.c, 0x81, make([]byte, 1024))
		b.say(letters(0, 512))
		b.w.Sleep(1)
		require.Zero(t, *done)
		b.cable.Impair(sim.Impairments{}, sim.Impairments{Loss: 1e-12})
		b.w.Sleep(1)
		assert.Equal(t, []any{1, usb.OK, letters(0, 512)}, []any{*done, x.Status, string(x.Data[:x.Actual])})
	})
}

func TestUnplugByFault(t *testing.T) {
	w := sim.New()
	log := journal(w, "submit", "complete", "reset")
	benchIn(t, w, fault(sim.Fault{Kind: sim.Unplug, Packet: 2}), fault(sim.Fault{Kind: sim.Unplug, At: time.Second}), func(b *bench) {
		e := &ends{b: b}
		waiting := e.in(1)
		b.listen()
		e.out("a", "b")
		b.c.Cancel(waiting[0])
		e.out("c")
		b.w.Sleep(1)
		assert.Equal(t, []string{"0s a", "0s disconnected", "0s disconnected", "0s disconnected"}, sorted(e.list))
		assert.Equal(t, []string{"a"}, b.got)
		assert.False(t, b.cable.Plugged())
		b.cable.Plug()
		_, ok := usb.WaitDevice(b.cable.A(), b.w.Now()+ms)
		assert.True(t, ok)
		b.w.Sleep(2 * time.Second)
		assert.False(t, b.cable.Plugged(), "again, by the clock")
	})
	assert.Equal(t, []string{
		"0s device attach speed=high", "0s host enumerated dev=1 speed=high vendor=4617 product=1",
		"0s cable fault fault=unplug ep=1 len=1", "0s cable unplug reason=fault", "0s device detach speed=high",
		"1ns cable plug reason=", "1ns device attach speed=high", "1ns host enumerated dev=2 speed=high vendor=4617 product=1",
		"1s cable unplug reason=fault at 1s", "1s device detach speed=high",
	}, *log)
}

func sorted(list []string) []string {
	out := append([]string(nil), list...)
	for i := range out {
		for j := i; j > 0 && out[j] < out[j-1]; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

// Whatever the mix of impairments: each transfer of the host's is done once,
// what arrives was sent and whole, and once the cable is good again everything
// passes.
func TestRandomImpairments(t *testing.T) {
	for seed := range uint64(60) {
		w := sim.New(sim.Seed(seed))
		rnd := w.Rand("test")
		im := func() sim.Impairments {
			return sim.Impairments{Latency: time.Duration(rnd.IntN(3)) * ms, Jitter: time.Duration(rnd.IntN(3)) * ms, Bandwidth: int64(rnd.IntN(2)) * 1_000_000,
				Loss: rnd.Float64() / 2, Duplicate: rnd.Float64() / 2, Reorder: rnd.Float64() / 2}
		}
		benchIn(t, w, im(), im(), func(b *bench) {
			seen := map[string]int{}
			quit, waiting := false, 0
			var parked []*usb.Transfer
			for range 4 {
				x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 512), Done: func(x *usb.Transfer) {
					if waiting--; x.Actual > 0 {
						seen[string(x.Data[:x.Actual])]++
					}
					if !quit {
						waiting++
						b.c.Submit(x)
					}
				}}
				waiting++
				b.c.Submit(x)
				parked = append(parked, x)
			}
			b.listen()
			const n = 100
			done := 0
			for i := range n {
				b.say(fmt.Sprint("in ", i))
				b.c.Submit(&usb.Transfer{Endpoint: 0x01, Data: []byte(fmt.Sprint("out ", i)), Done: func(x *usb.Transfer) {
					require.Equal(t, usb.OK, x.Status)
					done++
				}})
				if i == n/2 {
					b.w.Sleep(10 * ms)
					b.cable.Impair(im(), im())
				}
			}
			b.w.Sleep(time.Second)
			require.Equal(t, n, done, "seed %d", seed)
			b.cable.Impair(sim.Impairments{}, sim.Impairments{})
			require.Equal(t, 4, waiting)
			before := len(b.got)
			b.say("last")
			require.NoError(t, usb.Do(b.w, b.c, &usb.Transfer{Endpoint: 0x01, Data: []byte("last")}, time.Second))
			b.w.Sleep(time.Second)
			require.Equal(t, "last", b.got[before])
			require.Equal(t, 1, seen["last"])
			delete(seen, "last")
			for s, k := range seen {
				var i int
				_, err := fmt.Sscanf(s, "in %d", &i)
				require.NoError(t, err)
				require.LessOrEqual(t, k, 2, "seed %d: %s", seed, s)
			}
			count := map[string]int{}
			for _, s := range b.got {
				count[s]++
				require.LessOrEqual(t, count[s], 2, "seed %d: %s", seed, s)
			}
			quit = true
			for _, x := range parked {
				b.c.Cancel(x)
			}
			b.w.Sleep(time.Second)
			require.Zero(t, waiting, "seed %d: transfers that are not done", seed)
		})
	}
}

// A transfer that is canceled half full does not overtake the data before it,
// which is still on its way.
func TestCancelHalfFullBehindDataUnderWay(t *testing.T) {
	newBench(t, sim.Impairments{}, sim.Impairments{Latency: 5 * ms}, func(b *bench) {
		b.g.Endpoint(0x81).AutoZLP = false
		var order []string
		submit := func(name string, room int) *usb.Transfer {
			x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, room), Done: func(x *usb.Transfer) {
				order = append(order, fmt.Sprint(b.w.Now(), " ", name, " ", x.Status, " ", x.Actual))
			}}
			b.c.Submit(x)
			return x
		}
		submit("first", 512)
		second := submit("second", 2048)
		b.say(letters(0, 1024))
		b.w.Sleep(ms)
		b.c.Cancel(second)
		b.w.Sleep(time.Second)
		assert.Equal(t, []string{"1ms first usb: ok 512", "1ms second usb: canceled 512"}, order)
	})
}

// On a lossy path, too, a device whose host waits for nothing is not asked.
func TestCancelTakesBackWhatTheDeviceHas(t *testing.T) {
	newBench(t, sim.Impairments{}, sim.Impairments{Loss: 1e-12}, func(b *bench) {
		e := &ends{b: b}
		for _, x := range e.in(3) {
			b.c.Cancel(x)
		}
		in := b.g.Endpoint(0x81)
		in.SetWriteDeadline(b.w.Now() + time.Second)
		n, err := in.Write([]byte("nobody asks"))
		assert.Equal(t, []any{0, usb.TimedOut}, []any{n, err})
	})
}

// A path that becomes faster does not let later transfers overtake, not even
// at the instant when the earlier one arrives.
func TestFasterPathKeepsOrder(t *testing.T) {
	newBench(t, sim.Impairments{Latency: 5 * ms}, sim.Impairments{}, func(b *bench) {
		e := &ends{b: b}
		b.listen()
		b.w.Go("later", func() {
			b.w.Sleep(5 * ms) // before the first transfer's time is set
			b.cable.Impair(sim.Impairments{}, sim.Impairments{})
			e.out("second")
		})
		b.w.Yield()
		e.out("first")
		b.w.Sleep(time.Second)
		assert.Equal(t, []string{"first", "second"}, b.got)
		assert.Equal(t, []string{"5ms first", "5ms second"}, e.list)
	})
}

// Data that was on its way at a reset leaves nothing behind.
func TestResetWithDataUnderWay(t *testing.T) {
	newBench(t, sim.Impairments{}, sim.Impairments{Latency: 5 * ms}, func(b *bench) {
		e := &ends{b: b}
		e.in(1)
		b.say("lost")
		b.w.Sleep(ms)
		require.NoError(t, b.c.Reset())
		require.Len(t, e.list, 1)
		assert.Contains(t, e.list[0], "shut down")
		b.cable.Impair(sim.Impairments{}, sim.Impairments{Loss: 1e-12})
		e.in(1)
		b.say("new")
		b.w.Sleep(time.Second)
		require.Len(t, e.list, 2)
		assert.Contains(t, e.list[1], "new")
	})
}

// From the packet on that pulls the cable nothing passes, either way, though
// the devices learn of it only afterwards.
func TestNothingPassesAPulledCable(t *testing.T) {
	unplug := fault(sim.Fault{Kind: sim.Unplug, Packet: 2})
	lossy := unplug
	lossy.Loss = 1e-12
	for name, im := range map[string]sim.Impairments{"perfect": unplug, "lossy": lossy} {
		t.Run(name, func(t *testing.T) {
			newBench(t, sim.Impairments{}, im, func(b *bench) {
				e := &ends{b: b}
				e.in(3)
				b.say("a", "b", "c")
				b.w.Sleep(time.Second)
				assert.Equal(t, []string{"0s a", "0s disconnected", "0s disconnected"}, e.list)
			})
			newBench(t, im, sim.Impairments{}, func(b *bench) {
				e := &ends{b: b}
				var n int
				var err error
				b.w.Go("device", func() { n, err = b.g.Endpoint(0x81).Write([]byte("kept")) })
				b.w.Yield()
				e.out("a", "b")
				e.in(1)
				b.w.Sleep(1)
				assert.Equal(t, []any{0, usb.Disconnected}, []any{n, err}, "the device keeps what it has")
				assert.NotContains(t, e.list, "0s kept")
			})
		})
	}
	// What would arrive at that very instant does not either.
	im := unplug
	im.Latency = 5 * ms
	newBench(t, im, sim.Impairments{}, func(b *bench) {
		e := &ends{b: b}
		b.listen()
		b.w.Go("later", func() {
			b.w.Sleep(5 * ms)
			e.out("b")
		})
		b.w.Yield()
		e.out("a")
		b.w.Sleep(time.Second)
		assert.Equal(t, []string{"5ms disconnected", "5ms disconnected"}, e.list)
		assert.Empty(t, b.got)
	})
}

// Nor does one whose data has left the device already.
func TestCancelBehindDataUnderWay(t *testing.T) {
	newBench(t, sim.Impairments{}, sim.Impairments{Latency: 5 * ms}, func(b *bench) {
		e := &ends{b: b}
		list := e.in(3)
		b.say("one", "two", "three")
		b.w.Sleep(ms)
		b.c.Cancel(list[1])
		b.w.Sleep(time.Second)
		assert.Equal(t, []string{"1ms one", "1ms canceled two", "5ms three"}, e.list)
	})
}
