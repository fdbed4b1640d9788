package sim_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

// overLink sends a packet of four letters each millisecond from 1 ms on ("aaaa",
// "bbbb", ...) over a link with the given impairments and 100 µs of latency, and
// returns what arrives and when, "1.1:aaaa 2.1:bbbb".
func overLink(t *testing.T, im sim.Impairments, packets int) string {
	t.Helper()
	w := sim.New()
	im.Latency = 100 * time.Microsecond
	l := w.Link("l", im, sim.Impairments{})
	var got []string
	w.Go("reader", func() {
		buf := make([]byte, 100)
		for {
			n, err := l.B.Read(buf)
			at := fmt.Sprint(float64(w.Now().Microseconds())/1000, ":")
			switch err {
			case nil:
				got = append(got, at+string(buf[:n]))
				continue
			case io.EOF:
				got = append(got, at+"EOF")
			case sim.ErrUnplugged:
				got = append(got, at+"unplugged")
			default:
				t.Errorf("read: %v", err)
			}
			return
		}
	})
	run(t, w, func() {
		for i := range packets {
			w.Sleep(ms)
			if _, err := l.A.Write([]byte(strings.Repeat(string(rune('a'+i)), 4))); err != nil {
				require.ErrorIs(t, err, sim.ErrUnplugged)
				return
			}
		}
		_ = l.A.Close()
		w.Sleep(time.Second)
	})
	return strings.Join(got, " ")
}

// Each kind of fault, at each kind of place.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		kind sim.Fault
		want string // struck is the second packet: number 2, bytes 5 to 8, sent at 2 ms
	}{
		{sim.Fault{Kind: sim.Drop}, "1.1:aaaa 3.1:cccc 4.1:dddd 4.1:EOF"},
		{sim.Fault{Kind: sim.Repeat}, "1.1:aaaa 2.1:bbbb 2.1:bbbb 3.1:cccc 4.1:dddd 4.1:EOF"},
		{sim.Fault{Kind: sim.Delay, For: 1500 * time.Microsecond}, "1.1:aaaa 3.1:cccc 3.6:bbbb 4.1:dddd 4.1:EOF"},
		{sim.Fault{Kind: sim.Delay, For: 10 * ms}, "1.1:aaaa 3.1:cccc 4.1:dddd 12.1:bbbb 12.1:EOF"},
		{sim.Fault{Kind: sim.Stall, For: 1500 * time.Microsecond}, "1.1:aaaa 3.6:bbbb 3.6:cccc 4.1:dddd 4.1:EOF"},
		{sim.Fault{Kind: sim.Stall, For: 10 * ms}, "1.1:aaaa 12.1:bbbb 12.1:cccc 12.1:dddd 12.1:EOF"},
		{sim.Fault{Kind: sim.Corrupt, Bit: 0}, "1.1:aaaa 2.1:\xe2bbb 3.1:cccc 4.1:dddd 4.1:EOF"},
		{sim.Fault{Kind: sim.Corrupt, Bit: 15}, "1.1:aaaa 2.1:bcbb 3.1:cccc 4.1:dddd 4.1:EOF"},
		{sim.Fault{Kind: sim.Corrupt, Bit: -1}, "1.1:aaaa 2.1:bbbc 3.1:cccc 4.1:dddd 4.1:EOF"},
		{sim.Fault{Kind: sim.Corrupt, Bit: 32 + 15}, "1.1:aaaa 2.1:bcbb 3.1:cccc 4.1:dddd 4.1:EOF"},
		{sim.Fault{Kind: sim.Drop, Times: 2}, "1.1:aaaa 4.1:dddd 4.1:EOF"},
		{sim.Fault{Kind: sim.Drop, Times: 9}, "1.1:aaaa 4.1:EOF"},
		{sim.Fault{Kind: sim.Unplug}, "1.1:aaaa 2:unplugged"},
	} {
		name := fmt.Sprintf("%s for %v bit %d times %d", c.kind.Kind, c.kind.For, c.kind.Bit, c.kind.Times)
		for place, set := range map[string]func(f *sim.Fault){
			"packet":             func(f *sim.Fault) { f.Packet = 2 },
			"first byte":         func(f *sim.Fault) { f.Byte = 5 },
			"last byte":          func(f *sim.Fault) { f.Byte = 8 },
			"time of the packet": func(f *sim.Fault) { f.At = 2 * ms },
			"time before it":     func(f *sim.Fault) { f.At = ms + 1 },
		} {
			f := c.kind
			set(&f)
			want := c.want
			if f.Kind == sim.Unplug && place == "time before it" {
				want = "1:unplugged" // needs no packet, and overtakes the first
			}
			t.Run(name+" at "+place, func(t *testing.T) {
				im := fault(f)
				require.NoError(t, im.Check())
				require.Equal(t, want, overLink(t, im, 4))
			})
		}
	}
}

func TestFaultsAtPlacesThatNeverComeDoNothing(t *testing.T) {
	for _, f := range []sim.Fault{
		{Kind: sim.Drop, Packet: 3}, {Kind: sim.Drop, Byte: 9}, {Kind: sim.Drop, At: 3 * ms},
	} {
		require.Equal(t, "1.1:aaaa 2.1:bbbb 2.1:EOF", overLink(t, fault(f), 2))
	}
}

func TestFaultsTogether(t *testing.T) {
	im := sim.Impairments{Faults: []sim.Fault{
		{Kind: sim.Corrupt, Packet: 2, Bit: 7},
		{Kind: sim.Repeat, Packet: 2},
		{Kind: sim.Delay, Packet: 2, For: 2 * ms},
		{Kind: sim.Drop, Packet: 3},
		{Kind: sim.Repeat, Byte: 13, Times: 2},
	}}
	require.Equal(t, "1.1:aaaa 4.1:cbbb 4.1:cbbb 4.1:dddd 4.1:dddd 5.1:eeee 5.1:eeee 5.1:EOF", overLink(t, im, 5))
}

// A stall holds the wire: what follows is sent after it, one by one.
func TestStallHoldsTheWire(t *testing.T) {
	im := fault(sim.Fault{Kind: sim.Stall, Packet: 1, For: 10 * ms})
	im.Bandwidth = 10_000 // 4 bytes take 0.4 ms
	require.Equal(t, "11.5:aaaa 11.9:bbbb 12.3:cccc 12.3:EOF", overLink(t, im, 3))
}

// Drop says lost although chance would have it duplicated, and Repeat the
// other way round: a fault is certain.
func TestFaultsOverrideChance(t *testing.T) {
	im := fault(sim.Fault{Kind: sim.Drop, Packet: 1})
	im.Duplicate = 1
	require.Equal(t, "2.1:bbbb 2.1:bbbb 2.1:EOF", overLink(t, im, 2))
	im = fault(sim.Fault{Kind: sim.Repeat, Packet: 1})
	im.Loss = 1
	require.Equal(t, "1.1:aaaa 1.1:aaaa 2.1:EOF", overLink(t, im, 2))
}

func TestUnplugAtATimeNeedsNoPacket(t *testing.T) {
	w := sim.New()
	l := w.Link("l", sim.Impairments{}, fault(sim.Fault{Kind: sim.Unplug, At: 5 * ms}))
	var pulled []time.Duration
	l.OnUnplug(func() { pulled = append(pulled, w.Now()) })
	run(t, w, func() {
		_, err := l.A.Read(make([]byte, 1))
		require.ErrorIs(t, err, sim.ErrUnplugged)
		require.Equal(t, 5*ms, w.Now())
		l.Unplug() // again does nothing
		w.Sleep(ms)
	})
	require.Equal(t, []time.Duration{5 * ms}, pulled)
}

func TestImpairSetsFaultsAnew(t *testing.T) {
	w := sim.New()
	l := w.Link("l", fault(sim.Fault{Kind: sim.Unplug, At: 5 * ms}), sim.Impairments{})
	run(t, w, func() {
		writeString(t, l.A, "1")
		require.Equal(t, "1", readString(t, l.B, 9))
		l.Impair(sim.Impairments{Faults: []sim.Fault{{Kind: sim.Drop, Packet: 3}, {Kind: sim.Unplug, At: 8 * ms}}}, sim.Impairments{})
		w.Sleep(6 * ms) // the first unplugging is off
		writeString(t, l.A, "2")
		writeString(t, l.A, "3") // packets count from the link's beginning
		writeString(t, l.A, "4")
		require.Equal(t, "2", readString(t, l.B, 9))
		require.Equal(t, "4", readString(t, l.B, 9))
		_, err := l.B.Read(make([]byte, 9))
		require.ErrorIs(t, err, sim.ErrUnplugged)
		require.Equal(t, 8*ms, w.Now())
	})
}
