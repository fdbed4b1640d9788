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
