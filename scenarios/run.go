package scenarios

import (
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// Options say how to run scenarios. Only Bench is needed.
type Options struct {
	Bench    Maker
	Check    Checker  // what [Validate] asks; nil: nothing
	Seeds    []uint64 // each scenario runs with each; default 1
	Parallel int      // worlds at a time; default one for each processor

	Mutants bool   // run against every mutant, which must fail, instead
	Mutant  string // run against the mutant of that name, and judge it as an endpoint

	RealTime bool          // follow the machine's clock
	Slack    time.Duration // how far a real clock may be off; default 100 ms, on a virtual clock 0

	// Observe is called for each trial, from any goroutine, with its world before
	// anything happens in it. A nil Observer is none.
	Observe func(*sim.World, Trial) (Observer, error)

	// Done is called with each result as soon as it and all those before it are
	// there. Calls do not overlap.
	Done func(*Result)

	Version string // goes into the summary
}

// An Observer reads the stream of events of one trial. They are what endpoints
// emit and, after each, what it means: see
// [github.com/plugfest/plugfest/sim/trace/dissect].
type Observer interface {
	Observe(*sim.Event)

	// End is called with the result, after the world has ended. It may add to
	// Files. An error makes the verdict Broken.
	End(*Result) error
}

// Run runs scenarios, each in a world of its own, many at a time.
//
// With Options.Mutants a result is Pass if the scenario failed as the mutant
// says it must, and Fail if it passed or failed for another reason. A scenario
// without mutants is skipped.
func Run(cases []*Scenario, o Options) *Summary {
	began := time.Now()
	trials, early := plan(cases, &o)
	results := make([]Result, len(trials))
	copy(results, early)

	var (
		mu       sync.Mutex
		finished = make([]bool, len(trials))
		reported int
		next     = make(chan int)
		wg       sync.WaitGroup
	)
	done := func(i int) {
		mu.Lock()
		defer mu.Unlock()
		finished[i] = true
		for ; reported < len(trials) && finished[reported]; reported++ {
			if o.Done != nil {
				o.Done(&results[reported])
			}
		}
	}
	for range min(max(o.Parallel, 1), max(len(trials), 1)) {
		wg.Go(func() {
			for i := range next {
				if results[i].Verdict == "" {
					results[i] = tryApart(trials[i], &o)
				}
				done(i)
			}
		})
	}
	for i := range trials {
		next <- i
	}
	close(next)
	wg.Wait()
	return &Summary{Results: results, Wall: time.Since(began), Version: o.Version}
}

// plan fills in the defaults and lists the trials; early has a verdict for
// those that need not run.
func plan(cases []*Scenario, o *Options) (trials []Trial, early []Result) {
	if len(o.Seeds) == 0 {
		o.Seeds = []uint64{1}
	}
	if o.Parallel == 0 {
		o.Parallel = runtime.GOMAXPROCS(0)
	}
	if o.RealTime && o.Slack == 0 {
		o.Slack = 100 * time.Millisecond
	}
	add := func(t Trial, v Verdict, err error) {
		trials = append(trials, t)
		early = append(early, Result{Trial: t, Verdict: v, Err: err, Replay: t.Command(o.RealTime)})
	}
	for _, s := range cases {
		for _, seed := range o.Seeds {
			t := Trial{Scenario: s, Seed: seed}
			switch {
			case o.Mutant != "":
				m, err := s.MutantNamed(o.Mutant)
				if t.Mutant = m; err != nil {
					add(t, Skip, err)
				} else {
					add(t, "", nil)
				}
			case o.Mutants && len(s.Mutants) == 0:
				add(t, Skip, errors.New("has no mutants"))
			case o.Mutants:
				for i := range s.Mutants {
					t.Mutant = &s.Mutants[i]
					add(t, "", nil)
				}
			default:
				add(t, "", nil)
			}
		}
	}
	return trials, early
}

// tryApart runs a trial on a goroutine of its own, so that even one that ends
// its goroutine, as a failed testing.T does, has a result.
func tryApart(t Trial, o *Options) Result {
	r := Result{Trial: t, Verdict: Broken, Err: errors.New("the bench ended its goroutine (runtime.Goexit)"), Replay: t.Command(o.RealTime)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r = try(t, o)
	}()
	<-ended
	return r
}
