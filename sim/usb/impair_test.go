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
