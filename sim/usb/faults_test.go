package usb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

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
