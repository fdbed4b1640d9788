package usb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

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

		// Plugged in again it stays so: each fault happens once.
		b.cable.Plug()
		info, ok := usb.WaitDevice(b.cable.A(), b.w.Now()+ms)
		require.True(t, ok)
		conn, err := b.cable.A().Open(info.ID)
		require.NoError(t, err)
		require.NoError(t, conn.SetConfiguration(1))
		require.NoError(t, conn.ClaimInterface(0))
		b.say("on")
		require.NoError(t, usb.Do(b.w, conn, &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 512)}, time.Second))
	})
	assert.Equal(t, []string{
		"0s device attach speed=high", "0s host enumerated dev=1 speed=high vendor=4617 product=1",
		"0s cable fault fault=unplug ep=1 len=1", "0s cable unplug reason=fault", "0s device detach speed=high",
		"1ns cable plug reason=", "1ns device attach speed=high", "1ns host enumerated dev=2 speed=high vendor=4617 product=1",
		"1s cable unplug reason=fault at 1s", "1s device detach speed=high",
		"2.000000001s cable plug reason=", "2.000000001s device attach speed=high", "2.000000001s host enumerated dev=3 speed=high vendor=4617 product=1",
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
