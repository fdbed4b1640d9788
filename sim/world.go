package sim

import (
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
	calendar  bool      // follow the machine's calendar too
	started   time.Time // real clock at Run, for RealTime
	timeLimit time.Duration
	stepLimit int

	current  *process
	runnable processQueue
	timers   timerHeap
	timerSeq uint64
	living   processList
	steps    int // hand-overs and timers since the clock last moved
	total    uint64
	running  bool
	stopping bool

	door    door
	bridges map[*bridge]bool // open
	events  events
}

// An Option configures a [World].
type Option func(*World)

// Seed sets the seed from which every random stream of the world derives. The
// default is 1.
func Seed(n uint64) Option { return func(w *World) { w.seed = n } }

// RealTime makes the world follow the machine's clock instead of jumping from
// timer to timer. Its calendar is the machine's too, unless [StartAt] sets it,
// so that deadlines made with time.Now mean what they say.
func RealTime() Option { return func(w *World) { w.realTime = true } }

// StartAt sets the calendar time at which the world begins.
func StartAt(t time.Time) Option { return func(w *World) { w.epoch = t } }

// TimeLimit makes Run return a [TimeLimitError] when the world's clock would
// pass d.
func TimeLimit(d time.Duration) Option { return func(w *World) { w.timeLimit = d } }

// StepLimit bounds the hand-overs and timers at one instant; see [DefaultStepLimit].
func StepLimit(n int) Option { return func(w *World) { w.stepLimit = n } }

// New makes a world at time zero, with no process in it.
func New(opts ...Option) *World {
	w := &World{seed: 1, timeLimit: Never, stepLimit: DefaultStepLimit}
	w.door.knock = make(chan struct{}, 1)
	for _, o := range opts {
		o(w)
	}
	if w.epoch.IsZero() {
		w.epoch = Epoch
		if w.realTime {
			w.calendar = true
			w.epoch = time.Now().Round(0)
		}
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

func (w *World) after(d time.Duration) time.Duration { return plus(w.now, d) }

// me returns the process that runs, which is about to wait.
func (w *World) me(op string) *process {
	if w.current == nil {
		panic(fmt.Sprintf("sim: %s called from outside of a process (a timer or completion must not wait)", op))
	}
	if w.stopping {
		panic(stopped{})
	}
	return w.current
}

func (w *World) String() string {
	return fmt.Sprintf("world(seed %d, t=%v, %d processes)", w.seed, w.now, w.living.n)
}
