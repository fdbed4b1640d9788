package sim

import (
	"container/heap"
	"fmt"
	"math"
	"time"
)

// Never is a deadline that does not come.
const Never = time.Duration(math.MaxInt64)

// Epoch is what the world's calendar shows at its start. A fixed date keeps
// traces equal from run to run; [StartAt] chooses another.
var Epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// DefaultStepLimit is how many hand-overs a world allows while its clock stands
// still before it reports a [LivelockError].
const DefaultStepLimit = 50_000_000

// A World runs processes one at a time against one clock. Make one with [New].
//
// Apart from Post, Call and Hold, its methods belong to code inside the
// world, or to the code that sets it up before Run.
type World struct {
	now       time.Duration
	epoch     time.Time
	seed      uint64
	realTime  bool
	started   time.Time // real clock at Run, for RealTime
	timeLimit time.Duration
	stepLimit int

	current  *process
	runnable processQueue
	timers   timerHeap
	timerSeq uint64
	living   []*process
	nextID   int
	steps    int // hand-overs since the clock last moved
	total    uint64
	running  bool
	stopping bool

	door door

	observers []func(*Event)
	eventSeq  uint64
}

// An Option configures a [World].
type Option func(*World)

// Seed sets the seed from which every random stream of the world derives. The
// default is 1.
func Seed(n uint64) Option { return func(w *World) { w.seed = n } }

// RealTime makes the world follow the machine's clock instead of jumping from
// timer to timer.
func RealTime() Option { return func(w *World) { w.realTime = true } }

// StartAt sets the calendar time at which the world begins.
func StartAt(t time.Time) Option { return func(w *World) { w.epoch = t } }

// TimeLimit makes Run return a [TimeLimitError] once the world's clock passes d.
func TimeLimit(d time.Duration) Option { return func(w *World) { w.timeLimit = d } }

// StepLimit bounds the hand-overs at one instant; see [DefaultStepLimit].
func StepLimit(n int) Option { return func(w *World) { w.stepLimit = n } }

// New makes a world at time zero, with no process in it.
func New(opts ...Option) *World {
	w := &World{epoch: Epoch, seed: 1, timeLimit: Never, stepLimit: DefaultStepLimit}
	w.door.init()
	for _, o := range opts {
		o(w)
	}
	return w
}

// Now returns the time since the world began.
func (w *World) Now() time.Duration { return w.now }

// Time returns the world's calendar time.
func (w *World) Time() time.Time { return w.epoch.Add(w.now) }

// Seed returns the world's seed.
func (w *World) Seed() uint64 { return w.seed }

// IsRealTime reports whether the world follows the machine's clock.
func (w *World) IsRealTime() bool { return w.realTime }

// Handovers returns how often the world has resumed a process: the measure of
// work that a simulation did, whatever the speed of the machine.
func (w *World) Handovers() uint64 { return w.total }

// Run runs main as a process and returns when main does; what other processes
// are still there are stopped then, their deferred calls run. Run may be
// called again afterwards: the clock goes on from where it stood.
//
// The error is nil, a [*DeadlockError], a [*LivelockError] or a
// [*TimeLimitError]. A panic in a process comes out of Run as a [*PanicError]
// with the process's name and stack. A process that calls [runtime.Goexit], as
// a failed testing.T does, ends the goroutine that called Run.
func (w *World) Run(main func()) error {
	if w.running {
		panic("sim: Run called inside its own world")
	}
	w.running = true
	w.started = time.Now().Add(-w.now)
	p := w.spawn("main", main)
	defer func() {
		w.stopAll()
		w.running = false
	}()
	for !p.finished {
		if err := w.step(); err != nil {
			return err
		}
	}
	return nil
}

// step resumes one process, fires one timer, or waits for the outside.
func (w *World) step() error {
	w.door.drain(w, false)
	if p := w.runnable.pop(); p != nil {
		if w.steps++; w.steps > w.stepLimit {
			return w.livelock()
		}
		w.resume(p)
		return nil
	}
	if len(w.timers) == 0 {
		if w.door.expecting() {
			w.door.drain(w, true)
			return nil
		}
		return w.deadlock()
	}
	next := w.timers[0].when
	if next > w.timeLimit {
		return &TimeLimitError{Limit: w.timeLimit, Waits: w.waits()}
	}
	if w.realTime {
		if d := next - time.Since(w.started); d > 0 {
			if w.door.wait(w, d) {
				w.advance(min(time.Since(w.started), next))
				return nil
			}
		}
	} else if w.door.outside() > 0 {
		// Somebody is outside: time stands still until he is back, or the
		// trace would depend on how long the machine took.
		w.door.drain(w, true)
		return nil
	}
	w.advance(next)
	w.fire()
	return nil
}

func (w *World) advance(t time.Duration) {
	if t > w.now {
		w.now = t
		w.steps = 0
	}
}

func (w *World) fire() {
	t := heap.Pop(&w.timers).(*Timer)
	t.set = false
	if t.proc != nil {
		t.proc.timedOut = true
		if t.proc.cond != nil {
			t.proc.cond.remove(t.proc)
		}
		w.ready(t.proc)
		return
	}
	t.fn()
}

// Sleep lets d of the world's time pass. A d of zero or less lets every other
// process that can run go first.
func (w *World) Sleep(d time.Duration) {
	p := w.me("Sleep")
	if d <= 0 {
		p.reason = "its turn"
		w.ready(p)
		w.park(p)
		return
	}
	p.reason = "sleep"
	w.setTimer(&p.timer, w.after(d))
	w.park(p)
}

// SleepUntil sleeps until the world's clock shows t.
func (w *World) SleepUntil(t time.Duration) {
	if t > w.now {
		w.Sleep(t - w.now)
	}
}

// Yield lets every other process that can run now go first.
func (w *World) Yield() { w.Sleep(0) }

func (w *World) after(d time.Duration) time.Duration {
	if d > Never-w.now {
		return Never
	}
	return w.now + d
}

func (w *World) me(op string) *process {
	if w.current == nil {
		panic(fmt.Sprintf("sim: %s called from outside of a process (a timer or completion must not wait)", op))
	}
	return w.current
}
