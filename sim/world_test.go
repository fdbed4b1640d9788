package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

func TestNewWorld(t *testing.T) {
	w := sim.New()
	require.Zero(t, w.Now())
	require.Equal(t, sim.Epoch, w.Time())
	require.EqualValues(t, 1, w.Seed())
	require.False(t, w.IsRealTime())
	require.Zero(t, w.Handovers())
	require.Equal(t, "world(seed 1, t=0s, 0 processes)", w.String())
}

func TestStartAtMovesTheCalendarOnly(t *testing.T) {
	start := time.Date(2030, time.March, 1, 12, 0, 0, 0, time.UTC)
	w := sim.New(sim.StartAt(start), sim.Seed(7))
	run(t, w, func() {
		w.Sleep(90 * time.Minute)
		require.Equal(t, 90*time.Minute, w.Now())
		require.Equal(t, start.Add(90*time.Minute), w.Time())
	})
	require.EqualValues(t, 7, w.Seed())
}

func TestRunReturnsWhenMainDoes(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	w.Go("ticker", func() {
		for {
			w.Sleep(ms)
			j.note("tick")
		}
	})
	run(t, w, func() { w.Sleep(2500 * time.Microsecond) })
	j.require(t, "1ms tick", "2ms tick")
	require.Equal(t, 2500*time.Microsecond, w.Now())
	require.Empty(t, w.Waits())
}

func TestRunAgainGoesOn(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	w.After(15*ms, func() { j.note("timer set before the first run") })
	run(t, w, func() { w.Sleep(10 * ms) })
	require.Equal(t, 10*ms, w.Now())
	w.Go("second", func() { j.note("second") })
	run(t, w, func() {
		j.note("main")
		w.Sleep(10 * ms)
	})
	require.Equal(t, 20*ms, w.Now())
	j.require(t, "10ms second", "10ms main", "15ms timer set before the first run")
}

func TestRunInsideItselfPanics(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		require.Equal(t, "sim: Run called inside its own world", panicOf(func() { _ = w.Run(func() {}) }))
	})
}

func TestWorldInsideWorld(t *testing.T) {
	outer := sim.New()
	run(t, outer, func() {
		outer.Sleep(ms)
		inner := sim.New()
		run(t, inner, func() { inner.Sleep(time.Hour) })
		require.Equal(t, time.Hour, inner.Now())
		outer.Sleep(ms)
	})
	require.Equal(t, 2*ms, outer.Now())
}

func TestSleep(t *testing.T) {
	for _, c := range []struct {
		name string
		d    time.Duration
		want time.Duration
	}{
		{"a second", time.Second, 3 * time.Second},
		{"a nanosecond", 1, 2*time.Second + 1},
		{"nothing", 0, 2 * time.Second},
		{"less than nothing", -time.Second, 2 * time.Second},
		{"until the largest time but one", sim.Never - 1 - 2*time.Second, sim.Never - 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sim.New()
			run(t, w, func() {
				w.Sleep(2 * time.Second)
				w.Sleep(c.d)
			})
			require.Equal(t, c.want, w.Now())
		})
	}
}

func TestSleepUntil(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		w.SleepUntil(5 * ms)
		require.Equal(t, 5*ms, w.Now())
		before := w.Handovers()
		w.SleepUntil(4 * ms) // is past: does not even hand over
		require.Equal(t, 5*ms, w.Now())
		require.Equal(t, before, w.Handovers())
	})
}

// A sleep that would end after the end of time does not end.
func TestSleepForEver(t *testing.T) {
	for _, d := range []time.Duration{sim.Never, sim.Never - 1} {
		w := sim.New()
		err := w.Run(func() {
			w.Sleep(ms)
			w.Sleep(d)
		})
		require.EqualError(t, err, "sim: deadlock at 1ms: nobody can run and no timer is set\n\tmain waits for sleep since 1ms")
	}
}

func TestHandoversCountResumptions(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		require.EqualValues(t, 1, w.Handovers()) // main's own first turn
		for range 10 {
			w.Sleep(ms)
		}
		require.EqualValues(t, 11, w.Handovers())
	})
}

// What a time-out costs does not depend on its length.
func TestLongTimeoutsCostLittle(t *testing.T) {
	w := sim.New()
	answer := w.NewCond("an answer")
	run(t, w, func() {
		for range 100 {
			require.False(t, answer.WaitUntil(w.Now()+10*time.Second))
		}
	})
	require.Equal(t, 1000*time.Second, w.Now())
	require.EqualValues(t, 101, w.Handovers())
}

func TestWaitingIsForProcesses(t *testing.T) {
	w := sim.New()
	c := w.NewCond("c")
	a, _ := w.Pipe("p")
	for name, wait := range map[string]func(){
		"Sleep":     func() { w.Sleep(ms) },
		"Cond.Wait": c.Wait,
		"Read":      func() { _, _ = a.Read(make([]byte, 1)) },
		"Outside":   func() { w.Outside("x", func() {}) },
	} {
		want := "sim: " + name + " called from outside of a process (a timer or completion must not wait)"
		require.Equal(t, want, panicOf(wait), "before Run")
		var got any
		w.After(ms, func() { got = panicOf(wait) })
		run(t, w, func() { w.Sleep(2 * ms) })
		require.Equal(t, want, got, "in a timer")
	}
}
