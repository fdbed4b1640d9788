package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
)

func TestTimer(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	tm := w.NewTimer(func() { j.note("fires") })
	require.Equal(t, sim.Never, tm.When())
	require.False(t, tm.Stop(), "it was not set")
	run(t, w, func() {
		tm.Set(5 * ms)
		require.Equal(t, 5*ms, tm.When())
		tm.Set(3 * ms) // moves it
		require.Equal(t, 3*ms, tm.When())
		w.Sleep(10 * ms)
		require.Equal(t, sim.Never, tm.When())

		tm.Set(20 * ms)
		require.True(t, tm.Stop())
		require.False(t, tm.Stop())
		w.Sleep(15 * ms)

		tm.Set(30 * ms)
		tm.Set(sim.Never) // is Stop
		require.Equal(t, sim.Never, tm.When())

		tm.Set(1 * ms) // is past: at once, but not from within Set
		j.note("set")
		w.Sleep(ms)
	})
	j.require(t, "3ms fires", "25ms set", "25ms fires")
}

func TestAfter(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	run(t, w, func() {
		w.Sleep(ms)
		w.After(2*ms, func() { j.note("two") })
		w.After(ms, func() { j.note("one") })
		w.After(-time.Second, func() { j.note("at once") })
		require.Equal(t, sim.Never, w.After(sim.Never, func() { j.note("never") }).When())
		w.Sleep(5 * ms)
	})
	j.require(t, "1ms at once", "2ms one", "3ms two")
}

func TestTimerSetFromItsOwnCallback(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	var tm *sim.Timer
	n := 0
	tm = w.NewTimer(func() {
		require.Equal(t, sim.Never, tm.When())
		require.False(t, tm.Stop())
		j.note("tick")
		if n++; n < 3 {
			tm.Set(w.Now() + ms)
		}
	})
	tm.Set(ms)
	run(t, w, func() { w.Sleep(10 * ms) })
	j.require(t, "1ms tick", "2ms tick", "3ms tick")
}

func TestTimersOfOneInstantFireInTheOrderOfSetting(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	a := w.NewTimer(func() { j.note("a") })
	b := w.NewTimer(func() { j.note("b") })
	c := w.NewTimer(func() { j.note("c"); b.Stop() })
	a.Set(ms)
	b.Set(ms)
	c.Set(ms)
	a.Set(ms) // anew: a is last now
	run(t, w, func() { w.Sleep(2 * ms) })
	j.require(t, "1ms b", "1ms c", "1ms a")
}

func TestTimersOutliveARun(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	tm := w.NewTimer(func() { j.note("fires") })
	run(t, w, func() { tm.Set(5 * ms) })
	require.Equal(t, 5*ms, tm.When())
	run(t, w, func() { w.Sleep(6 * ms) })
	j.require(t, "5ms fires")
}

// A sleeper who is stopped leaves no timer behind to wake somebody else.
func TestTimersOfStoppedProcessesAreGone(t *testing.T) {
	w := sim.New()
	w.Go("sleeper", func() { w.Sleep(time.Hour) })
	run(t, w, func() { w.Sleep(ms) })
	err := w.Run(func() { w.NewCond("nothing").Wait() })
	require.EqualError(t, err, "sim: deadlock at 1ms: nobody can run and no timer is set\n\tmain waits for nothing since 1ms")
}

// Timers against a model: the earliest, of those the one set first.
func TestTimerModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := sim.New()
		const n = 12
		type state struct {
			at  time.Duration
			seq int
		}
		var model [n]state
		for i := range model {
			model[i].at = sim.Never
		}
		seq := 0
		var timers [n]*sim.Timer
		for i := range timers {
			timers[i] = w.NewTimer(func() {
				for k := range model {
					a, b := model[k], model[i]
					if a.at < b.at || a.at == b.at && a.at != sim.Never && a.seq < b.seq {
						t.Fatalf("timer %d %+v fires before timer %d %+v", i, b, k, a)
					}
				}
				if model[i].at != w.Now() {
					t.Fatalf("timer %d fires at %v, set for %v", i, w.Now(), model[i].at)
				}
				model[i].at = sim.Never
			})
		}
		pick := rapid.IntRange(0, n-1)
		runRapid(t, w, func() {
			t.Repeat(map[string]func(*rapid.T){
				"set": func(t *rapid.T) {
					i := pick.Draw(t, "timer")
					at := w.Now() + time.Duration(rapid.IntRange(0, 8).Draw(t, "in"))*ms
					seq++
					model[i] = state{at, seq}
					timers[i].Set(at)
				},
				"stop": func(t *rapid.T) {
					i := pick.Draw(t, "timer")
					if timers[i].Stop() != (model[i].at != sim.Never) {
						t.Fatalf("Stop of timer %d is wrong", i)
					}
					model[i].at = sim.Never
				},
				"sleep": func(t *rapid.T) {
					w.Sleep(time.Duration(rapid.IntRange(1, 4).Draw(t, "for")) * ms)
				},
				"": func(t *rapid.T) {
					for i, tm := range timers {
						if tm.When() != model[i].at {
							t.Fatalf("timer %d is set for %v, want %v", i, tm.When(), model[i].at)
						}
						if model[i].at < w.Now() {
							t.Fatalf("timer %d for %v is overdue at %v", i, model[i].at, w.Now())
						}
					}
				},
			})
		})
	})
}
