package sim_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

func TestStoppedProcessesRunTheirDeferredCallsLatestFirst(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	c := w.NewCond("c")
	w.Go("first", func() {
		defer j.note("first")
		w.Go("third", func() {
			defer j.note("third")
			c.WaitUntil(time.Hour)
			j.note("not reached")
		})
		w.Sleep(time.Hour)
		j.note("not reached")
	})
	w.Go("second", func() {
		defer j.note("second")
		c.Wait()
		j.note("not reached")
	})
	run(t, w, func() {
		w.Sleep(ms)
		w.Go("never has a turn", func() {
			defer j.note("not reached")
		})
		c.Signal() // wakes second, who has no turn any more
		j.note("main")
	})
	j.require(t, "1ms main", "1ms third", "1ms second", "1ms first")
	require.False(t, c.Waiting())
	require.Empty(t, w.Waits())
}

// Deferred calls of a stopped process may use the world; what would wait
// unwinds further.
func TestDeferredCallsOfStoppedProcessesUseTheWorld(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	c, other := w.NewCond("c"), w.NewCond("other")
	a, b := w.Pipe("pipe")
	for _, name := range []string{"x", "y", "z"} {
		w.Go(name, func() {
			defer j.note("%s is done", name)
			defer func() {
				c.WaitUntil(time.Hour)
				j.note("not reached")
			}()
			defer func() {
				w.Sleep(ms)
				j.note("not reached")
			}()
			defer w.Yield()
			defer other.Wait()
			defer func() {
				c.Broadcast()
				w.After(ms, func() { j.note("timer of %s", name) })
				w.Go("heir of "+name, func() { j.note("not reached") })
				_, err := a.Write([]byte(name))
				require.NoError(t, err)
				require.False(t, c.WaitUntil(0), "what does not wait works")
			}()
			c.Wait()
		})
	}
	run(t, w, func() { w.Sleep(ms) })
	j.require(t, "1ms z is done", "1ms y is done", "1ms x is done")

	run(t, w, func() {
		buf := make([]byte, 10)
		n, err := b.Read(buf)
		require.NoError(t, err)
		require.Equal(t, "zyx", string(buf[:n]))
		w.Go("newcomer", func() { require.True(t, c.WaitUntil(time.Hour)) })
		w.Sleep(ms)
		require.True(t, c.Waiting())
		c.Signal()
		w.Yield()
		require.False(t, c.Waiting())
		require.False(t, other.Waiting())
	})
	j.require(t, "1ms z is done", "1ms y is done", "1ms x is done", "2ms timer of z", "2ms timer of y", "2ms timer of x")
}

// A process that recovers from being stopped does not get further than its next
// wait.
func TestRecoveringFromBeingStoppedDoesNotHelp(t *testing.T) {
	w := sim.New()
	recovered := 0
	stubborn := func() {
		defer func() {
			if recover() != nil {
				recovered++
			}
		}()
		w.Sleep(ms)
	}
	w.Go("stubborn", func() {
		stubborn()
		stubborn()
		stubborn()
	})
	run(t, w, func() {})
	require.Equal(t, 3, recovered)
}

func TestEveryProcessEndsWhateverTheOthersDo(t *testing.T) {
	for _, c := range []struct {
		name string
		bad  func()
		want string // of Run's panic
	}{
		{"a deferred call panics", func() { panic("bad") }, `sim: process "bad" panicked: bad`},
		{"a deferred call ends its goroutine", runtime.Goexit, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sim.New()
			j := &journal{w: w}
			hang := func() { w.NewCond("c").Wait() }
			w.Go("before", func() { defer j.note("before"); hang() })
			w.Go("bad", func() { defer c.bad(); hang() })
			w.Go("after", func() { defer j.note("after"); hang() })
			var v any
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				v = panicOf(func() { _ = w.Run(w.Yield) })
			}()
			<-ended
			j.require(t, "0s after", "0s before")
			if c.want == "" {
				require.Nil(t, v)
			} else {
				require.ErrorContains(t, v.(error), c.want)
			}
			run(t, w, func() { w.Sleep(ms) }) // and the world is usable
		})
	}
}

// A world that was set up and never run holds no goroutine: TestMain would see
// it.
func TestWorldNeverRun(t *testing.T) {
	w := sim.New()
	w.Go("waiter", func() { w.Sleep(ms) })
	w.Pipe("p")
	w.Link("l", sim.Impairments{}, sim.Impairments{})
	require.Len(t, w.Waits(), 1)
}
