package state_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// chatter reads the log for a while.
func chatter(t *testing.T, seed uint64, readers int) []string {
	w := sim.New(sim.Seed(seed))
	s, err := state.New(w, "phone", state.Options{})
	require.NoError(t, err)
	var lines []string
	for i := range readers {
		w.Go("reader", func() {
			for at := s.Log.End(); ; {
				e, next, ok := s.Log.Next(at, func() bool { return w.Now() > 60*second })
				if !ok {
					return
				}
				at = next
				if i == 0 {
					lines = append(lines, fmt.Sprint(w.Now(), e.Process, e.PID, e.Level, e.Message))
				}
				require.NotEmpty(t, e.Message)
				require.NotContains(t, e.Message, "%d")
			}
		})
	}
	run(t, w, func() {
		w.Sleep(61 * second)
		s.Log.Wake()
	})
	return lines
}

// A phone chatters while somebody reads its log: the same with the same seed, and no
// more with many readers.
func TestChatter(t *testing.T) {
	one := chatter(t, 1, 1)
	require.InDelta(t, 150, len(one), 30, "every 400 ms")
	require.Equal(t, one, chatter(t, 1, 1))
	require.NotEqual(t, one, chatter(t, 2, 1))
	require.InDelta(t, 150, len(chatter(t, 1, 20)), 30)
}

func TestQuietLog(t *testing.T) {
	w, s := phone(t, state.Options{})
	s.Log.Pause = -1
	var got state.Entry
	w.Go("reader", func() { got, _, _ = s.Log.Next(s.Log.End(), func() bool { return false }) })
	run(t, w, func() {
		w.Sleep(time.Hour)
		s.Log.Write(state.Entry{Message: "hello"})
		w.Sleep(second)
	})
	require.Equal(t, state.Entry{Time: sim.Epoch.Add(time.Hour), Process: "kernel", Library: "kernel", Message: "hello"}, got)
}

// Nobody reads: nothing happens, however long.
func TestNobodyReadsTheLog(t *testing.T) {
	w, s := phone(t, state.Options{})
	run(t, w, func() { w.Sleep(24 * time.Hour) })
	require.Equal(t, s.Log.Start(), s.Log.End())
}

func TestLevels(t *testing.T) {
	for l, want := range map[state.Level]string{state.Notice: "Notice", state.Info: "Info", state.Debug: "Debug", state.Error: "Error", state.Fault: "Critical", 99: "Notice"} {
		require.Equal(t, want, l.String())
	}
}

func TestProcesses(t *testing.T) {
	_, s := phone(t, state.Options{})
	list := s.Processes()
	require.Equal(t, state.Process{PID: 0, Name: "kernel"}, list[0])
	require.Equal(t, state.Process{PID: 1, Name: "launchd"}, list[1])
	require.Contains(t, list, state.Process{PID: 62, Name: "SpringBoard"})
	for i := 1; i < len(list); i++ {
		require.Less(t, list[i-1].PID, list[i].PID)
	}
}
