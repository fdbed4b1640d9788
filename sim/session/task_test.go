package session_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
)

func TestTaskRunsUntilItIsEnded(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		var at []time.Duration
		task := session.Go(w, "task", func(task *session.Task) {
			for task.Sleep(time.Second) {
				at = append(at, w.Now())
			}
		})
		w.Sleep(2500 * time.Millisecond)
		require.False(t, task.Over())
		task.End()
		require.True(t, task.Over())
		w.Sleep(time.Minute)
		require.Equal(t, []time.Duration{time.Second, 2 * time.Second}, at)
		require.Empty(t, w.Waits(), "its process is gone: only this one lives")
	})
}

func TestTaskEndsByItself(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		task := session.Go(w, "task", func(*session.Task) {})
		require.False(t, task.Over(), "it has not had its turn yet")
		w.Yield()
		require.True(t, task.Over())
		task.End() // nothing to end
	})
}

func TestTaskIsNudged(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		ready := false
		var woke time.Duration
		var on bool
		task := session.Go(w, "task", func(task *session.Task) {
			on = task.WaitUntil(10*time.Second, func() bool { return ready })
			woke = w.Now()
		})
		w.Sleep(time.Second)
		task.Nudge() // not ready: it goes on waiting
		w.Sleep(time.Second)
		ready = true
		task.Nudge()
		w.Sleep(time.Second)
		require.Equal(t, 2*time.Second, woke)
		require.True(t, on)
	})
}
