package sim_test

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

func explode(v any) { panic(v) }

func TestPanicInAProcessComesOutOfRun(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		is    error
	}{
		{"text", "boom", nil},
		{"an error", io.ErrUnexpectedEOF, io.ErrUnexpectedEOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sim.New()
			ended := false
			w.Go("other", func() {
				defer func() { ended = true }()
				w.NewCond("c").Wait()
			})
			w.Go("fragile", func() { w.Sleep(ms); explode(c.value) })
			got, ok := panicOf(func() { _ = w.Run(func() { w.Sleep(2 * ms) }) }).(*sim.PanicError)
			require.True(t, ok)
			require.Equal(t, "fragile", got.Process)
			require.Equal(t, c.value, got.Value)
			require.Contains(t, string(got.Stack), "sim_test.explode", "the stack shows where")
			require.True(t, strings.HasPrefix(got.Error(), `sim: process "fragile" panicked: `), got.Error())
			require.Equal(t, c.is, errors.Unwrap(got))
			require.True(t, ended, "the others are stopped")
			require.Equal(t, ms, w.Now())
		})
	}
}

// A panic that passes through a second world keeps the name of its process.
func TestPanicErrorIsNotWrappedAgain(t *testing.T) {
	outer, inner := sim.New(), sim.New()
	v := panicOf(func() {
		_ = outer.Run(func() { _ = inner.Run(func() { explode("boom") }) })
	})
	require.Equal(t, "main", v.(*sim.PanicError).Process)
	require.Equal(t, "boom", v.(*sim.PanicError).Value)
}

func TestPanicInATimerComesOutOfRunAsItIs(t *testing.T) {
	w := sim.New()
	w.After(ms, func() { panic("boom") })
	require.Equal(t, "boom", panicOf(func() { _ = w.Run(func() { w.Sleep(2 * ms) }) }))
}

// testing.T.FailNow is a runtime.Goexit: inside of a process it ends the test.
func TestGoexitInAProcessEndsTheGoroutineOfRun(t *testing.T) {
	for _, who := range []string{"main", "other"} {
		t.Run(who, func(t *testing.T) {
			w := sim.New()
			var log []string
			body := func(name string) {
				defer func() { log = append(log, name) }()
				w.Sleep(ms)
				if name == who {
					runtime.Goexit()
				}
				w.NewCond("c").Wait()
			}
			w.Go("other", func() { body("other") })
			returned := false
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_ = w.Run(func() { body("main") })
				returned = true
			}()
			<-ended
			require.False(t, returned)
			require.ElementsMatch(t, []string{"main", "other"}, log)
			require.Equal(t, who, log[0])
		})
	}
}

// fakeT notes a failure of require instead of failing the test.
type fakeT struct{ failed bool }

func (f *fakeT) Errorf(string, ...any) { f.failed = true }
func (f *fakeT) FailNow()              { runtime.Goexit() }

func TestRequireWorksInsideAProcess(t *testing.T) {
	w := sim.New()
	f := &fakeT{}
	reached := false
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = w.Run(func() {
			w.Sleep(ms)
			require.Equal(f, 1, 2)
			reached = true
		})
	}()
	<-ended
	require.True(t, f.failed)
	require.False(t, reached)
}
