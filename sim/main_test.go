package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ms = time.Millisecond

// run runs main in w, which must end well.
func run(tb testing.TB, w *sim.World, main func()) {
	tb.Helper()
	if err := w.Run(main); err != nil {
		tb.Fatal(err)
	}
}

// journal notes what happens in a world, and when.
type journal struct {
	w     *sim.World
	lines []string
}

func (j *journal) note(format string, args ...any) {
	j.lines = append(j.lines, fmt.Sprintf("%v ", j.w.Now())+fmt.Sprintf(format, args...))
}

func (j *journal) require(t *testing.T, want ...string) {
	t.Helper()
	require.Equal(t, want, j.lines)
}

// panicOf returns what fn panics with, or nil.
func panicOf(fn func()) (v any) {
	defer func() { v = recover() }()
	fn()
	return nil
}

// runRapid runs main, which draws from rapid, in w. Rapid ends a run with panics
// of its own kinds, which have to come out as they are.
func runRapid(t *rapid.T, w *sim.World, main func()) {
	t.Helper()
	defer func() {
		if v := recover(); v != nil {
			if e, ok := v.(*sim.PanicError); ok {
				v = e.Value
			}
			panic(v)
		}
	}()
	if err := w.Run(main); err != nil {
		t.Fatal(err)
	}
}
