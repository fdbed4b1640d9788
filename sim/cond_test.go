package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
)

func TestSignalWakesTheLongestWaiting(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	c := w.NewCond("c")
	for _, name := range []string{"a", "b", "c"} {
		w.Go(name, func() { c.Wait(); j.note("%s", name) })
	}
	run(t, w, func() {
		w.Sleep(ms)
		c.Signal()
		c.Signal() // both before anybody has run
		require.True(t, c.Waiting())
		w.Sleep(ms)
		c.Signal()
		require.False(t, c.Waiting())
		w.Sleep(ms)
		c.Signal() // nobody: it is not kept
		require.False(t, c.WaitUntil(w.Now()+ms))
	})
	j.require(t, "1ms a", "1ms b", "2ms c")
}

func TestBroadcastWakesAllInOrder(t *testing.T) {
	w := sim.New()
	j := &journal{w: w}
	var c sim.Cond
	c.Init(w, "c")
	for _, name := range []string{"a", "b", "c"} {
		w.Go(name, func() {
			c.Wait()
			j.note("%s", name)
			c.Wait() // a waiter who comes back is not woken again
			j.note("%s again", name)
		})
	}
	run(t, w, func() {
		w.Sleep(ms)
		c.Broadcast()
		w.Sleep(ms)
	})
	j.require(t, "1ms a", "1ms b", "1ms c")
}

func TestWaitUntil(t *testing.T) {
	for _, c := range []struct {
		name     string
		deadline time.Duration
		signalAt time.Duration
		woken    bool
		at       time.Duration
	}{
		{"signal first", 10 * ms, 4 * ms, true, 4 * ms},
		{"deadline first", 10 * ms, 12 * ms, false, 10 * ms},
		{"deadline now", 1 * ms, 12 * ms, false, 1 * ms},
		{"deadline past", 0, 12 * ms, false, 1 * ms},
		{"no deadline", sim.Never, 12 * ms, true, 12 * ms},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sim.New()
			cond := w.NewCond("c")
			w.After(c.signalAt, cond.Signal)
			run(t, w, func() {
				w.Sleep(ms)
				require.Equal(t, c.woken, cond.WaitUntil(c.deadline))
				require.Equal(t, c.at, w.Now())
				require.False(t, cond.Waiting())
				w.Sleep(time.Second) // neither wakes the sleeper
				require.Equal(t, c.at+time.Second, w.Now())
			})
		})
	}
}

// Signal and deadline at one instant: what was set first comes first, and the
// signal is not lost on a process that has timed out.
func TestSignalAndDeadlineAtOneInstant(t *testing.T) {
	for _, c := range []struct {
		name        string
		signalFirst bool
	}{{"signal set first", true}, {"deadline set first", false}} {
		t.Run(c.name, func(t *testing.T) {
			w := sim.New()
			j := &journal{w: w}
			cond := w.NewCond("c")
			signal := func() { w.After(5*ms, cond.Signal) }
			w.Go("first", func() {
				if c.signalFirst {
					signal()
				}
				j.note("first: %v", cond.WaitUntil(5*ms))
			})
			w.Go("second", func() {
				j.note("second: %v", cond.WaitUntil(10*ms))
			})
			run(t, w, func() {
				w.Yield()
				if !c.signalFirst {
					signal()
				}
				w.Sleep(20 * ms)
			})
			if c.signalFirst {
				j.require(t, "5ms first: true", "10ms second: false")
			} else {
				j.require(t, "5ms first: false", "5ms second: true")
			}
		})
	}
}

func TestWaitFor(t *testing.T) {
	w := sim.New()
	c := w.NewCond("five")
	n, looks := 0, 0
	five := func() bool { looks++; return n >= 5 }
	w.Go("counter", func() {
		for {
			w.Sleep(ms)
			n++
			c.Signal()
		}
	})
	run(t, w, func() {
		require.False(t, c.WaitFor(3*ms, five))
		require.Equal(t, 3*ms, w.Now())
		require.Equal(t, 3, n)
		require.True(t, c.WaitFor(sim.Never, five))
		require.Equal(t, 5*ms, w.Now())
		looks = 0
		require.True(t, c.WaitFor(0, five), "what holds already needs no wait")
		require.Equal(t, 1, looks)
		n = 0
		require.False(t, c.WaitFor(0, five))
	})
}

// What becomes true at the deadline itself, by a timer that came first, counts.
func TestWaitForLooksOnceMoreAtTheDeadline(t *testing.T) {
	w := sim.New()
	c := w.NewCond("c")
	ok := false
	w.After(5*ms, func() { ok = true }) // and does not signal
	run(t, w, func() {
		require.True(t, c.WaitFor(5*ms, func() bool { return ok }))
	})
}

// A condition against a model of it: a list of waiters with deadlines.
func TestCondModel(t *testing.T) {
	type waiter struct {
		name     string
		deadline time.Duration
	}
	rapid.Check(t, func(t *rapid.T) {
		w := sim.New()
		c := w.NewCond("c")
		var waiting []waiter
		var got, want []string
		runRapid(t, w, func() {
			n := 0
			t.Repeat(map[string]func(*rapid.T){
				"wait": func(t *rapid.T) {
					n++
					me := waiter{fmt.Sprint(n), sim.Never}
					if d := rapid.IntRange(0, 5).Draw(t, "timeout"); d > 0 {
						me.deadline = w.Now() + time.Duration(d)*ms
					}
					w.Go(me.name, func() { got = append(got, fmt.Sprint(me.name, c.WaitUntil(me.deadline))) })
					waiting = append(waiting, me)
					w.Yield()
				},
				"signal": func(*rapid.T) {
					c.Signal()
					if len(waiting) > 0 {
						want = append(want, waiting[0].name+"true")
						waiting = waiting[1:]
					}
				},
				"broadcast": func(*rapid.T) {
					c.Broadcast()
					for _, v := range waiting {
						want = append(want, v.name+"true")
					}
					waiting = nil
				},
				"sleep": func(*rapid.T) {
					// In two parts, so that deadlines of the same instant are set
					// before, and come first.
					w.Sleep(ms)
					w.Sleep(ms)
					for at := time.Duration(0); at <= w.Now(); at += ms {
						kept := waiting[:0:0]
						for _, v := range waiting {
							if v.deadline <= at {
								want = append(want, v.name+"false")
							} else {
								kept = append(kept, v)
							}
						}
						waiting = kept
					}
				},
				"": func(t *rapid.T) {
					w.Yield()
					if c.Waiting() != (len(waiting) > 0) {
						t.Fatalf("Waiting() is %v with %d waiting", c.Waiting(), len(waiting))
					}
					if fmt.Sprint(got) != fmt.Sprint(want) {
						t.Fatalf("woken: %v\n want: %v", got, want)
					}
				},
			})
		})
	})
}
