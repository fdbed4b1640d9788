package sim_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

// Virtual time stands still while a process is outside, and the others go on as
// far as they can at that instant.
func TestOutsideStopsVirtualTime(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	inside := make(chan struct{})
	w.Go("ticker", func() {
		for {
			w.Sleep(ms)
			j.note("tick")
		}
	})
	run(t, w, func() {
		w.Go("neighbour", func() {
			j.note("neighbour goes on")
			close(inside) // lets the one outside return
		})
		w.Outside("a socket", func() { <-inside })
		j.note("back")
		w.Sleep(ms)
	})
	j.require(t, "0s neighbour goes on", "0s back", "1ms tick")
}

// Where a process comes back does not depend on how long the machine took: after
// everything that others do at that instant.
func TestOutsideComesBackAfterAllThatCanRun(t *testing.T) {
	for _, slow := range []bool{false, true} {
		w := sim.New()
		j := &journal{w: w}
		w.Go("busy", func() {
			for i := range 100 {
				if slow && i == 50 {
					time.Sleep(2 * time.Millisecond)
				}
				w.Yield()
			}
			j.note("busy is done")
		})
		run(t, w, func() {
			w.Outside("nothing", func() {})
			j.note("back")
		})
		j.require(t, "0s busy is done", "0s back")
	}
}

func TestManyOutsideAtOnce(t *testing.T) {
	w := sim.New()
	var all sync.WaitGroup
	all.Add(50) // nobody comes back before all are outside
	back := 0
	run(t, w, func() {
		done := w.NewCond("those outside")
		for i := range 50 {
			w.Go(fmt.Sprint(i), func() {
				w.Outside("the others", func() { all.Done(); all.Wait() })
				back++
				done.Signal()
			})
		}
		require.True(t, done.WaitFor(sim.Never, func() bool { return back == 50 }))
	})
	require.Zero(t, w.Now())
}

func TestOutsidePanicComesBack(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		v := panicOf(func() { w.Outside("trouble", func() { explode("boom") }) })
		e, ok := v.(*sim.PanicError)
		require.True(t, ok)
		require.Equal(t, "main", e.Process)
		require.Equal(t, "boom", e.Value)
		require.Contains(t, string(e.Stack), "sim_test.explode")
		w.Sleep(ms)
	})
	v := panicOf(func() { _ = w.Run(func() { w.Outside("trouble", func() { explode("boom") }) }) })
	require.Equal(t, "boom", v.(*sim.PanicError).Value, "it is wrapped once")
}

func TestOutsideGoexitComesBack(t *testing.T) {
	ended := make(chan struct{})
	returned := false
	go func() {
		defer close(ended)
		w := sim.New()
		_ = w.Run(func() { w.Outside("trouble", runtime.Goexit) })
		returned = true
	}()
	<-ended
	require.False(t, returned)
}

func TestWorldEndsWhileSomebodyIsOutside(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	hold, left := make(chan struct{}), make(chan struct{})
	w.Go("traveller", func() {
		defer j.note("traveller is stopped")
		w.Outside("the end", func() { <-hold; close(left) })
		j.note("not reached")
	})
	run(t, w, w.Yield)
	j.require(t, "0s traveller is stopped")

	// The next run does not wait for him.
	run(t, w, func() { w.Sleep(ms) })
	require.Equal(t, ms, w.Now())
	close(hold)
	<-left
	run(t, w, func() { w.Sleep(ms); w.Outside("a moment", func() {}) })
}

func TestOutsideIsNoDeadlock(t *testing.T) {
	w := sim.New(sim.TimeLimit(time.Second))
	release := make(chan struct{})
	go func() { close(release) }()
	run(t, w, func() { w.Outside("release", func() { <-release }) })
}

func TestPostsAreMadeInOrder(t *testing.T) {
	w := sim.New()
	var got []int
	for i := range 3 {
		w.Post(func() { got = append(got, i) }) // before Run
	}
	run(t, w, func() {
		w.Outside("a goroutine", func() {
			for i := 3; i < 6; i++ {
				w.Post(func() { got = append(got, i) })
			}
		})
		require.Equal(t, []int{0, 1, 2, 3, 4, 5}, got, "posted before he came back")
		w.Post(func() { got = append(got, 6) }) // from inside
		require.Len(t, got, 6, "not at once")
		w.Sleep(ms)
		require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6}, got)
	})
}

func TestPostFromManyGoroutines(t *testing.T) {
	const goroutines, each = 8, 500
	w := sim.New()
	release := w.Hold()
	last := map[int]int{}
	total := 0
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 1; i <= each; i++ {
				w.Post(func() {
					require.Equal(t, i, last[g]+1)
					last[g] = i
					total++
				})
			}
		}()
	}
	go func() {
		wg.Wait()
		release()
		release() // again does nothing
	}()
	err := w.Run(func() { w.NewCond("for ever").Wait() })
	require.ErrorContains(t, err, "deadlock", "once let go")
	require.Equal(t, goroutines*each, total)
}

func TestCallRunsAProcess(t *testing.T) {
	w := sim.New()
	c := w.NewCond("the caller")
	var at time.Duration
	result := make(chan error)
	go func() {
		result <- w.Call("visitor", func() {
			require.Equal(t, "main", w.Waits()[0].Process)
			w.Sleep(5 * ms)
			at = w.Now()
			c.Signal()
		})
	}()
	release := w.Hold()
	defer release()
	run(t, w, func() {
		c.Wait()
		w.Sleep(ms) // visitor returns
	})
	require.NoError(t, <-result)
	require.Equal(t, 5*ms, at)
}

func TestCallsFromManyGoroutines(t *testing.T) {
	w := sim.New()
	release := w.Hold()
	n := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 50 {
				if err := w.Call("visitor", func() { n++; w.Sleep(ms) }); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	go func() { wg.Wait(); release() }()
	err := w.Run(func() { w.NewCond("for ever").Wait() })
	require.ErrorContains(t, err, "deadlock")
	require.Equal(t, 400, n)
}

func TestCallReturnsWhenTheWorldEnds(t *testing.T) {
	w := sim.New()
	const callers = 10
	results := make(chan error, callers)
	inside := make(chan struct{}, callers)
	release := w.Hold()
	for range callers {
		go func() {
			results <- w.Call("visitor", func() {
				inside <- struct{}{}
				w.NewCond("for ever").Wait()
			})
		}()
	}
	run(t, w, func() {
		w.Outside("a visitor", func() { <-inside })
	})
	for range callers {
		require.ErrorIs(t, <-results, sim.ErrEnded)
	}
	require.ErrorIs(t, w.Call("too late", func() {}), sim.ErrEnded)
	release()
}

// A call that has not begun when its run ends is not made in the next.
func TestCallIsForOneRun(t *testing.T) {
	w := sim.New()
	result := make(chan error)
	made := false
	run(t, w, func() {
		go func() { result <- w.Call("visitor", func() { made = true }) }()
		time.Sleep(10 * time.Millisecond) // most likely it waits at the door now
	})
	require.ErrorIs(t, <-result, sim.ErrEnded)
	run(t, w, func() { w.Sleep(ms) })
	require.False(t, made)
}

func TestHoldKeepsAnIdleWorldOpen(t *testing.T) {
	w := sim.New()
	release := w.Hold()
	c := w.NewCond("a guest")
	go w.Post(c.Signal)
	run(t, w, c.Wait)
	release()
	require.ErrorContains(t, w.Run(c.Wait), "deadlock")
}

// Hold does not stop time: that is what Outside does.
func TestHoldDoesNotStopTime(t *testing.T) {
	w := sim.New()
	defer w.Hold()()
	run(t, w, func() { w.Sleep(time.Hour) })
	require.Equal(t, time.Hour, w.Now())
}
