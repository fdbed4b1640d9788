package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

// On the machine's clock only lower bounds can be asserted: a busy machine is
// late, never early.

func TestRealTimeReallySleeps(t *testing.T) {
	w := sim.New(sim.RealTime())
	require.True(t, w.IsRealTime())
	start := time.Now()
	run(t, w, func() {
		for i := range 3 {
			w.Sleep(2 * ms)
			require.GreaterOrEqual(t, w.Now(), time.Duration(i+1)*2*ms)
			require.GreaterOrEqual(t, time.Since(start), time.Duration(i+1)*2*ms)
		}
	})
}

func TestRealTimeKeepsTheOrderOfTimers(t *testing.T) {
	w := sim.New(sim.RealTime())
	var order string
	for _, s := range []struct {
		name string
		at   time.Duration
	}{{"c", 3 * ms}, {"a", ms}, {"b", 2 * ms}, {"B", 2 * ms}} {
		w.After(s.at, func() {
			order += s.name
			require.Equal(t, s.at, w.Now(), "a timer sees its own time, however late")
		})
	}
	run(t, w, func() { w.Sleep(4 * ms) })
	require.Equal(t, "abBc", order)
}

func TestRealTimeCalendar(t *testing.T) {
	before := time.Now().Round(0)
	w := sim.New(sim.RealTime())
	require.False(t, w.Time().Before(before))
	run(t, w, func() {
		w.Sleep(ms)
		require.False(t, w.Time().Before(before.Add(ms)))
		require.False(t, w.Time().After(time.Now()), "never ahead")
	})
	start := time.Date(2030, time.March, 1, 0, 0, 0, 0, time.UTC)
	w = sim.New(sim.RealTime(), sim.StartAt(start))
	require.Equal(t, start, w.Time())
	run(t, w, func() { w.Sleep(ms) })
	require.False(t, w.Time().Before(start.Add(ms)))
}

// The clock goes on while the world is idle, or the next sleep would be cut
// short by the time that the idling took.
func TestRealTimeSleepAfterIdling(t *testing.T) {
	for _, name := range []string{"hold", "outside"} {
		t.Run(name, func(t *testing.T) {
			w := sim.New(sim.RealTime())
			defer w.Hold()()
			c := w.NewCond("a post")
			run(t, w, func() {
				if name == "hold" {
					go func() {
						time.Sleep(10 * ms)
						w.Post(c.Signal)
					}()
					c.Wait()
				} else {
					w.Outside("a nap", func() { time.Sleep(10 * ms) })
				}
				require.GreaterOrEqual(t, w.Now(), 10*ms)
				start := time.Now()
				w.Sleep(5 * ms)
				require.GreaterOrEqual(t, time.Since(start), 5*ms)
			})
		})
	}
}

func TestRealTimeGoesOnWhileSomebodyIsOutside(t *testing.T) {
	w := sim.New(sim.RealTime())
	ticks := make(chan struct{}, 3)
	w.Go("ticker", func() {
		for range 3 {
			w.Sleep(ms)
			ticks <- struct{}{}
		}
	})
	run(t, w, func() {
		w.Outside("three ticks", func() {
			for range 3 {
				<-ticks
			}
		})
	})
}

// A world that is never idle still sees its timers, its clock and its visitors.
func TestRealTimeBusyWorldIsNotDeaf(t *testing.T) {
	w := sim.New(sim.RealTime(), sim.StepLimit(1_000_000))
	fired, visited := false, false
	w.After(2*ms, func() { fired = true })
	go w.Post(func() { visited = true })
	run(t, w, func() {
		for !fired || !visited || w.Now() < 3*ms {
			w.Yield()
		}
	})
}

func TestRealTimeLimit(t *testing.T) {
	for name, main := range map[string]func(w *sim.World){
		"sleeping": func(w *sim.World) { w.Sleep(time.Hour) },
		"held":     func(w *sim.World) { w.Hold(); w.NewCond("c").Wait() },
		"busy": func(w *sim.World) {
			for {
				w.Yield()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := sim.New(sim.RealTime(), sim.TimeLimit(5*ms))
			start := time.Now()
			err := w.Run(func() { main(w) })
			require.ErrorContains(t, err, "sim: time limit of 5ms reached")
			require.GreaterOrEqual(t, time.Since(start), 5*ms, "not before its time")
			require.Equal(t, 5*ms, w.Now())
		})
	}
}

func TestRealTimeDeadlock(t *testing.T) {
	w := sim.New(sim.RealTime())
	err := w.Run(func() { w.Sleep(ms); w.NewCond("c").Wait() })
	require.ErrorContains(t, err, "main waits for c")
}

// Between two runs the world's clock stands still.
func TestRealTimeRunAgain(t *testing.T) {
	w := sim.New(sim.RealTime())
	run(t, w, func() { w.Sleep(ms) })
	now := w.Now()
	time.Sleep(3 * ms)
	run(t, w, func() { require.Equal(t, now, w.Now()) })
}
