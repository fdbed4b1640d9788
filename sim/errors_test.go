package sim_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

func TestDeadlockNamesEverybodyAndWhatHeWaitsFor(t *testing.T) {
	w := sim.New()
	a, b := w.Pipe("control")
	l := w.Link("bluetooth", sim.Impairments{}, sim.Impairments{})
	w.Go("phone", func() { _, _ = a.Read(make([]byte, 1)) })
	w.Go("headunit", func() {
		w.Sleep(3 * ms)
		for {
			_, _ = b.Write(make([]byte, 10_000))
		}
	})
	w.Go("second writer", func() {
		w.Sleep(4 * ms)
		_, _ = b.Write([]byte{1})
	})
	w.Go("short-lived", func() { w.Sleep(4 * ms) })
	w.Go("accessory", func() { _, _ = l.B.Read(make([]byte, 1)) })
	w.Go("sleeper", func() { w.Sleep(sim.Never) })
	a.(interface{ CloseWrite() error }).CloseWrite()
	err := w.Run(func() {
		w.Sleep(ms)
		w.NewCond("the end of the world").Wait()
	})
	require.EqualError(t, err, `sim: deadlock at 4ms: nobody can run and no timer is set
	headunit waits for write to control since 3ms
	second writer waits for write to control by another since 4ms
	accessory waits for read of link bluetooth a>b since 0s
	sleeper waits for sleep since 0s
	main waits for the end of the world since 1ms`)
	var dead *sim.DeadlockError
	require.True(t, errors.As(err, &dead))
	require.Equal(t, 4*ms, dead.At)
	require.Equal(t, sim.Wait{Process: "accessory", For: "read of link bluetooth a>b", Since: 0}, dead.Waits[2])
}

func TestWaits(t *testing.T) {
	w := sim.New()
	w.Go("waiter", func() { w.NewCond("a bus").Wait() })
	w.Go("sleeper", func() { w.Sleep(time.Minute) })
	run(t, w, func() {
		w.Sleep(ms)
		w.Go("newcomer", func() {})
		require.Equal(t, []sim.Wait{
			{Process: "waiter", For: "a bus", Since: 0},
			{Process: "sleeper", For: "sleep", Since: 0},
			{Process: "newcomer", For: "its first turn", Since: ms},
		}, w.Waits())
	})
}

func TestLivelock(t *testing.T) {
	for _, c := range []struct {
		name string
		spin func(w *sim.World)
	}{
		{"processes hand over", func(w *sim.World) {
			for {
				w.Yield()
			}
		}},
		{"a timer sets itself", func(w *sim.World) {
			var tm *sim.Timer
			tm = w.NewTimer(func() { tm.Set(w.Now()) })
			tm.Set(w.Now())
			w.NewCond("other times").Wait()
		}},
		{"a post posts itself", func(w *sim.World) {
			var again func()
			again = func() { w.Post(again) }
			again()
			w.NewCond("other times").Wait()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sim.New(sim.StepLimit(1000))
			w.Go("bystander", func() { w.NewCond("peace").Wait() })
			err := w.Run(func() {
				w.Sleep(ms)
				c.spin(w)
			})
			var live *sim.LivelockError
			require.ErrorAs(t, err, &live)
			require.Equal(t, ms, live.At)
			require.Equal(t, 1000, live.Steps)
			require.Equal(t, sim.Wait{Process: "bystander", For: "peace"}, live.Waits[0])
			require.Equal(t, "main", live.Waits[1].Process)
			require.Contains(t, err.Error(), "sim: livelock at 1ms: 1000 hand-overs and timers without the clock moving\n\tbystander waits for peace since 0s\n\tmain waits for ")
		})
	}
}

// The limit is for one instant: any number of steps may pass in the long run.
func TestStepLimitIsForOneInstant(t *testing.T) {
	w := sim.New(sim.StepLimit(10))
	run(t, w, func() {
		for range 100 {
			for range 5 {
				w.Yield()
			}
			w.Sleep(1)
		}
	})
}

func TestTimeLimit(t *testing.T) {
	for _, c := range []struct {
		name  string
		sleep time.Duration
		ok    bool
	}{
		{"before", 10*time.Second - 1, true},
		{"at", 10 * time.Second, true},
		{"after", 10*time.Second + 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sim.New(sim.TimeLimit(10 * time.Second))
			err := w.Run(func() {
				w.Sleep(time.Second)
				w.SleepUntil(c.sleep)
			})
			if c.ok {
				require.NoError(t, err)
				require.Equal(t, c.sleep, w.Now())
				return
			}
			require.EqualError(t, err, "sim: time limit of 10s reached\n\tmain waits for sleep since 1s")
			var limit *sim.TimeLimitError
			require.ErrorAs(t, err, &limit)
			require.Equal(t, 10*time.Second, limit.Limit)
			require.Equal(t, 10*time.Second, w.Now())
		})
	}
}
