package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
)

func TestProcessesRunInTheOrderOfTheirStart(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	w.Go("a", func() { j.note("a") })
	w.Go("b", func() { j.note("b") })
	run(t, w, func() {
		j.note("main")
		w.Go("c", func() { j.note("c") })
		j.note("main goes on")
		w.Yield()
		j.note("main again")
	})
	j.require(t, "0s a", "0s b", "0s main", "0s main goes on", "0s c", "0s main again")
}

func TestYieldIsFair(t *testing.T) {
	w := sim.New()
	var order string
	for _, name := range []string{"a", "b", "c"} {
		w.Go(name, func() {
			for range 4 {
				order += name
				w.Yield()
			}
		})
	}
	run(t, w, func() {
		for range 5 {
			w.Yield()
		}
	})
	require.Equal(t, "abcabcabcabc", order)
}

func TestSleepersOfOneInstantWakeInTheOrderOfFallingAsleep(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	w.Go("early", func() { w.Sleep(10 * ms); j.note("early") })
	w.Go("middle", func() { w.Sleep(5 * ms); w.Sleep(5 * ms); j.note("middle") })
	w.Go("late", func() { w.Sleep(9 * ms); w.Sleep(ms); j.note("late") })
	w.Go("short", func() { w.Sleep(3 * ms); j.note("short") })
	run(t, w, func() { w.Sleep(20 * ms) })
	j.require(t, "3ms short", "10ms early", "10ms middle", "10ms late")
}

// Who wakes at an instant runs on until he waits before the next timer of the
// same instant fires.
func TestTimersOfOneInstantFireOneByOne(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	w.Go("a", func() {
		w.Sleep(ms)
		j.note("a")
		w.Yield()
		j.note("a again")
	})
	w.Go("b", func() { w.Sleep(ms); j.note("b") })
	run(t, w, func() { w.Sleep(2 * ms) })
	j.require(t, "1ms a", "1ms a again", "1ms b")
}

// Sleepers against a model: they wake sorted by time, then by the order in which
// they fell asleep.
func TestSleepOrderModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sleeps := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 5), 1, 6), 1, 20).Draw(t, "sleeps")
		w := sim.New()
		type wake struct{ at, asleep int }
		var got []wake
		asleep := 0
		runRapid(t, w, func() {
			done := w.NewCond("the sleepers")
			left := len(sleeps)
			for i, mine := range sleeps {
				w.Go(fmt.Sprint(i), func() {
					for _, n := range mine {
						asleep++
						number := asleep
						at := w.Now() + time.Duration(n)*ms
						w.Sleep(time.Duration(n) * ms)
						if w.Now() != at {
							t.Fatalf("woke at %v, want %v", w.Now(), at)
						}
						if n > 0 {
							got = append(got, wake{int(w.Now() / ms), number})
						}
					}
					left--
					done.Signal()
				})
			}
			done.WaitFor(sim.Never, func() bool { return left == 0 })
		})
		for i := 1; i < len(got); i++ {
			a, b := got[i-1], got[i]
			if a.at > b.at || a.at == b.at && a.asleep > b.asleep {
				t.Fatalf("wake-up %d %+v comes before %+v", i, a, b)
			}
		}
	})
}

func TestThousandsOfProcessesComeAndGo(t *testing.T) {
	w := sim.New()
	ended := 0
	run(t, w, func() {
		for range 100 {
			for range 100 {
				w.Go("short-lived", func() { w.Sleep(ms); ended++ })
			}
			w.Sleep(2 * ms)
		}
	})
	require.Equal(t, 10_000, ended)
	require.EqualValues(t, 1+100+2*10_000, w.Handovers())
	require.Equal(t, "world(seed 1, t=200ms, 0 processes)", w.String())
}
