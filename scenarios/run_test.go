package scenarios_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/scenariotest"
	"github.com/plugfest/plugfest/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a bench made of functions.
type bench struct {
	start func() error
	do    func(action string) error
	stop  func()
}

func (b bench) Start() error {
	if b.start == nil {
		return nil
	}
	return b.start()
}

func (b bench) Do(action string, args []string) error { return b.do(action) }
func (b bench) Send(scenarios.Pattern) error          { return errors.New("nothing to send with") }
func (b bench) Stop() {
	if b.stop != nil {
		b.stop()
	}
}

// flood emits one event a microsecond for as long as the world lasts.
func flood(w *sim.World, c scenarios.Config) (scenarios.Bench, error) {
	return bench{start: func() error {
		e := sim.Event{Who: "phone", Layer: "x.l", Kind: "data", Fields: []sim.Field{sim.Int("seq", 7), sim.Int("len", 64), sim.Text("peer", "headunit")}, Data: make([]byte, 64)}
		w.Go("flood", func() {
			for {
				w.Sleep(time.Microsecond)
				w.Emit(e)
			}
		})
		return nil
	}}, nil
}

func scenario(id string, lines ...string) *scenarios.Scenario {
	s := &scenarios.Scenario{ID: id, Title: "title of " + id}
	for _, l := range lines {
		s.Script = append(s.Script, scenarios.MustStep(l))
	}
	return s
}

func runOne(t *testing.T, s *scenarios.Scenario, o scenarios.Options) scenarios.Result {
	t.Helper()
	require.NoError(t, s.Check())
	sum := scenarios.Run([]*scenarios.Scenario{s}, o)
	require.Len(t, sum.Results, 1)
	return sum.Results[0]
}

func TestVerdicts(t *testing.T) {
	with := func(key, value string) *scenarios.Scenario {
		s := scenario("a/b", "do go", "within 1s phone > x.a")
		var err error
		s.Setup.Cable, err = scenarios.NewSettings(map[string]any{key: value, "on": map[string]any{"go": []string{}}})
		require.NoError(t, err)
		return s
	}
	for _, c := range []struct {
		name    string
		s       *scenarios.Scenario
		want    scenarios.Verdict
		message string
	}{
		{"broken", with("broken", "no chip"), scenarios.Broken, "bench is broken: no chip"},
		{"unsupported", with("unsupported", "EAK"), scenarios.Unsupported, "unsupported: EAK"},
		{"skip", with("skip", "wrong moon"), scenarios.Skip, "skipped: wrong moon"},
		{"no bench", with("colour", "red"), scenarios.Invalid, `unknown key "colour"; known: broken, hang, on, panic, skip, start, unsupported`},
		{"action", scenario("a/b", "do jump 5", "within 1s phone > x.a"), scenarios.Invalid, `step 1 of 2: do jump 5: unknown action "jump"; known: `},
		{"panic", with("panic", "go"), scenarios.Broken, `sim: process "main" panicked: playback was told to panic`},
		{"hang", with("hang", "go"), scenarios.Fail, "do go has not returned: sim: deadlock at 6.000000001s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := runOne(t, c.s, scenarios.Options{Bench: scenariotest.Playback})
			require.Equal(t, c.want, r.Verdict, r.Detail())
			require.True(t, strings.HasPrefix(r.Message(), c.message), r.Message())
		})
	}
}

func TestBenchesThatBreak(t *testing.T) {
	s := scenario("a/b", "do go", "wait 1s", "within 1s phone > x.a")
	stopped := 0
	try := func(do func(w *sim.World) error) scenarios.Result {
		return runOne(t, s, scenarios.Options{Bench: func(w *sim.World, c scenarios.Config) (scenarios.Bench, error) {
			return bench{do: func(string) error { return do(w) }, stop: func() { stopped++ }}, nil
		}})
	}

	r := try(func(w *sim.World) error { w.NewCond("a miracle").Wait(); return nil })
	require.Equal(t, scenarios.Broken, r.Verdict)
	var deadlock *sim.DeadlockError
	require.ErrorAs(t, r.Err, &deadlock)
	require.Contains(t, r.Detail(), "do go has not returned: sim: deadlock at 1m0s")
	require.Contains(t, r.Detail(), "main waits for a miracle")

	r = try(func(w *sim.World) error {
		for {
			w.Sleep(time.Second)
		}
	})
	var limit *sim.TimeLimitError
	require.ErrorAs(t, r.Err, &limit)
	require.Equal(t, scenarios.Broken, r.Verdict)

	r = try(func(w *sim.World) error { runtime.Goexit(); return nil })
	require.Equal(t, scenarios.Broken, r.Verdict)
	require.Equal(t, "the bench ended its goroutine (runtime.Goexit)", r.Message())

	r = try(func(w *sim.World) error { panic(fmt.Errorf("oh: %w", errors.ErrUnsupported)) })
	require.Equal(t, scenarios.Broken, r.Verdict)
	require.ErrorIs(t, r.Err, errors.ErrUnsupported)
	require.Contains(t, r.Detail(), "run_test.go", "the stack")

	require.Equal(t, 4, stopped, "every bench that was started is stopped")

	r = runOne(t, s, scenarios.Options{Bench: func(w *sim.World, c scenarios.Config) (scenarios.Bench, error) { panic("no") }})
	require.Equal(t, scenarios.Broken, r.Verdict)
	require.True(t, strings.HasPrefix(r.Message(), "panic while setting up the bench: no"), r.Message())

	r = runOne(t, scenario("a/b", "send phone > x.l rst", "within 1s phone > x.a"), scenarios.Options{Bench: scenariotest.Playback})
	require.Equal(t, scenarios.Fail, r.Verdict)
	r = runOne(t, scenario("a/b", "send phone > x.l rst", "within 1s phone > x.a"), scenarios.Options{Bench: flood})
	require.Equal(t, "step 1 of 2: send phone > x.l rst: nothing to send with", r.Message())
}

// A failure knows what the processes of its world were waiting for.
func TestWaiting(t *testing.T) {
	r := runOne(t, scenario("a/b", "within 1s phone > x.a"), scenarios.Options{Bench: func(w *sim.World, c scenarios.Config) (scenarios.Bench, error) {
		w.Go("phone", func() { w.NewCond("its breakfast").Wait() })
		return bench{}, nil
	}})
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Equal(t, "phone waits for its breakfast since 0s", r.Failure.Waiting())
}

func TestLevels(t *testing.T) {
	for level, want := range map[scenarios.Level]scenarios.Verdict{
		"": scenarios.Fail, scenarios.Must: scenarios.Fail, scenarios.Should: scenarios.PassNonstrict, scenarios.May: scenarios.PassNonstrict,
	} {
		s := scenario("a/b", "within 1s phone > x.a")
		s.Level = level
		r := runOne(t, s, scenarios.Options{Bench: scenariotest.Playback})
		require.Equal(t, want, r.Verdict, level)
		require.NotNil(t, r.Failure)
		require.Contains(t, r.Detail(), "replay   plugfest run a/b --seed 1")
	}
}

func TestExitCode(t *testing.T) {
	for want, verdicts := range map[int][]scenarios.Verdict{
		scenarios.ExitPassed:      {scenarios.Pass, scenarios.PassNonstrict, scenarios.Skip, scenarios.Unsupported},
		scenarios.ExitFailed:      {scenarios.Pass, scenarios.Fail, scenarios.Unsupported},
		scenarios.ExitUsage:       {scenarios.Fail, scenarios.Invalid, scenarios.Pass},
		scenarios.ExitBroken:      {scenarios.Fail, scenarios.Invalid, scenarios.Broken, scenarios.Pass},
		scenarios.ExitUnsupported: {scenarios.Skip, scenarios.Unsupported},
	} {
		var s scenarios.Summary
		for _, v := range verdicts {
			s.Results = append(s.Results, scenarios.Result{Verdict: v})
		}
		require.Equal(t, want, s.ExitCode(), verdicts)
	}
	require.Equal(t, scenarios.ExitPassed, (&scenarios.Summary{}).ExitCode())
}

// Results come in the order of scenarios and seeds, however many run at a time
// and however long each takes.
func TestOrder(t *testing.T) {
	var cases []*scenarios.Scenario
	for i := range 20 {
		cases = append(cases, scenario(fmt.Sprintf("c/%d", i), fmt.Sprintf("repeat %d within 60s phone > x.l data", 2+(20-i)*200)))
	}
	var want, done []string
	for i := range cases {
		for _, seed := range []uint64{7, 3} {
			want = append(want, fmt.Sprintf("c/%d %d", i, seed))
		}
	}
	sum := scenarios.Run(cases, scenarios.Options{Bench: flood, Seeds: []uint64{7, 3}, Parallel: 8, Version: "v1",
		Done: func(r *scenarios.Result) { done = append(done, fmt.Sprintf("%s %d", r.Name(), r.Seed)) }})
	require.Equal(t, want, done)
	require.Len(t, sum.Results, 40)
	require.Equal(t, "v1", sum.Version)
	require.Equal(t, 40, sum.Count(scenarios.Pass))
	var total time.Duration
	for i, r := range sum.Results {
		require.Equal(t, want[i], fmt.Sprintf("%s %d", r.Name(), r.Seed))
		require.Equal(t, time.Duration(2+(20-i/2)*200)*time.Microsecond, r.Simulated)
		require.Equal(t, uint64(r.Simulated/time.Microsecond), r.Events)
		require.NotZero(t, r.Handovers)
		total += r.Simulated
	}
	require.Equal(t, total, sum.Simulated())
}

func TestConfig(t *testing.T) {
	s := parseFile(t, "role-switch.yaml")
	var got []scenarios.Config
	bench := func(w *sim.World, c scenarios.Config) (scenarios.Bench, error) {
		require.Equal(t, c.Seed, w.Seed())
		require.Equal(t, c.RealTime, w.IsRealTime())
		got = append(got, c)
		return nil, scenarios.ErrSkip
	}
	scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: bench, Seeds: []uint64{42}})
	scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: bench, Mutants: true, RealTime: true, Parallel: 1})
	require.Len(t, got, 3)
	require.Equal(t, "sample/role-switch", got[0].Scenario)
	require.Equal(t, uint64(42), got[0].Seed)
	require.Equal(t, []string{"on"}, got[0].Headunit.Keys())
	require.True(t, got[0].Cable.IsZero())
	var before, after scenariotest.Script
	require.NoError(t, got[0].Headunit.Decode(&before))
	require.NoError(t, got[1].Headunit.Decode(&after))
	require.Contains(t, before.On, "plug")
	require.NotContains(t, after.On, "plug", "the mutant takes it away")
	require.Contains(t, after.On, "unplug")
	require.Equal(t, []string{"start"}, got[2].Cable.Keys())
}

func TestMutants(t *testing.T) {
	cases := []*scenarios.Scenario{parseFile(t, "role-switch.yaml"), parseFile(t, "small.yaml"), parseFile(t, "should.yaml")}
	sum := scenarios.Run(cases, scenarios.Options{Bench: scenariotest.Playback, Mutants: true})
	var got []string
	for _, r := range sum.Results {
		got = append(got, fmt.Sprintf("%s: %s", r.Name(), r.Verdict))
	}
	require.Equal(t, []string{
		"sample/role-switch [the gadget never appears]: pass",
		"sample/role-switch [the supply is switched off]: pass",
		"sample/small: skip",
		"sample/should [as it is]: pass",
	}, got)
	require.Equal(t, "has no mutants", sum.Results[2].Message())

	// A mutant that is not caught, or caught for another reason, is a failure.
	s := *cases[0]
	s.Mutants = slices.Clone(s.Mutants)
	s.Mutants[0].Fails = "the moon"
	s.Mutants[1].Setup = scenarios.Setup{}
	sum = scenarios.Run([]*scenarios.Scenario{&s}, scenarios.Options{Bench: scenariotest.Playback, Mutants: true})
	require.Equal(t, 2, sum.Count(scenarios.Fail))
	require.Equal(t, `mutant "the gadget never appears" was caught for another reason: the message does not hold "the moon": `+
		"step 5 of 14 (a SYN): unordered within 2s: headunit > iap2.link syn seq=$s: did not come by 2.115s, nor did headunit > usb attach (the gadget appears); 0 of 2 came", sum.Results[0].Message())
	require.Equal(t, `mutant "the supply is switched off" was not caught: the scenario passes with it`, sum.Results[1].Message())
	require.Contains(t, sum.Results[1].Detail(), "replay   plugfest run testdata/good/sample/role-switch.yaml --seed 1 --mutant 'the supply is switched off'")

	// One mutant can be looked at as if it were an endpoint.
	sum = scenarios.Run(cases[:2], scenarios.Options{Bench: scenariotest.Playback, Mutant: "the supply is switched off"})
	require.Equal(t, scenarios.Fail, sum.Results[0].Verdict)
	require.Equal(t, "never (the phone loses its supply): headunit > usb vbus on=0: came at 1s", sum.Results[0].Message())
	require.Equal(t, scenarios.Skip, sum.Results[1].Verdict)
	require.Equal(t, "sample/small has no mutants", sum.Results[1].Message())
}

func TestGoodFilesPass(t *testing.T) {
	scenariotest.Run(t, scenariotest.Playback, parseFile(t, "role-switch.yaml"), parseFile(t, "small.yaml"))
	scenariotest.Mutants(t, scenariotest.Playback, parseFile(t, "role-switch.yaml"), parseFile(t, "should.yaml"))
}

type observer struct {
	kinds []string
	end   func(*scenarios.Result) error
}

func (o *observer) Observe(e *sim.Event)          { o.kinds = append(o.kinds, e.Kind) }
func (o *observer) End(r *scenarios.Result) error { return o.end(r) }

func TestObservers(t *testing.T) {
	s := parseFile(t, "small.yaml")
	o := &observer{end: func(r *scenarios.Result) error {
		require.Equal(t, scenarios.Pass, r.Verdict)
		r.Files = append(r.Files, r.FileName()+".pcapng")
		return nil
	}}
	r := runOne(t, s, scenarios.Options{Bench: scenariotest.Playback, Seeds: []uint64{9}, Observe: func(w *sim.World, tr scenarios.Trial) (scenarios.Observer, error) {
		require.Equal(t, s, tr.Scenario)
		require.Equal(t, uint64(9), w.Seed())
		return o, nil
	}})
	require.Equal(t, scenarios.Pass, r.Verdict)
	require.Equal(t, []string{"sample/small.seed9.pcapng"}, r.Files)
	require.Equal(t, []string{"attach"}, o.kinds)

	full := errors.New("disk is full")
	o.end = func(*scenarios.Result) error { return full }
	r = runOne(t, s, scenarios.Options{Bench: scenariotest.Playback, Observe: func(*sim.World, scenarios.Trial) (scenarios.Observer, error) { return o, nil }})
	require.Equal(t, scenarios.Broken, r.Verdict)
	require.ErrorIs(t, r.Err, full)
	r = runOne(t, s, scenarios.Options{Bench: scenariotest.Playback, Observe: func(*sim.World, scenarios.Trial) (scenarios.Observer, error) { return nil, full }})
	require.Equal(t, scenarios.Broken, r.Verdict)
	require.ErrorIs(t, r.Err, full)
	r = runOne(t, s, scenarios.Options{Bench: scenariotest.Playback, Observe: func(*sim.World, scenarios.Trial) (scenarios.Observer, error) { return nil, nil }})
	require.Equal(t, scenarios.Pass, r.Verdict)
}

func TestTrialNames(t *testing.T) {
	s := parseFile(t, "role-switch.yaml")
	good := scenarios.Trial{Scenario: s, Seed: 7}
	bad := scenarios.Trial{Scenario: s, Seed: 7, Mutant: &s.Mutants[1]}
	require.Equal(t, "sample/role-switch", good.Name())
	require.Equal(t, "sample/role-switch [the supply is switched off]", bad.Name())
	require.Equal(t, "sample/role-switch.seed7", good.FileName())
	require.Equal(t, "sample/role-switch.seed7.mutant2", bad.FileName())
	require.Equal(t, "plugfest run testdata/good/sample/role-switch.yaml --seed 7 --mutant 'the supply is switched off' --real-time", bad.Command(true))
	made := scenarios.Trial{Scenario: scenario("a/b"), Seed: 1, Mutant: &scenarios.Mutant{Name: "it's"}}
	require.Equal(t, `plugfest run a/b --seed 1 --mutant 'it'\''s'`, made.Command(false))
	require.Equal(t, "a/b.seed1.mutant", made.FileName())
}

// On a real clock a step may be off by the slack.
func TestRealTime(t *testing.T) {
	s := parseFile(t, "small.yaml")
	s.Script = []scenarios.Step{scenarios.MustStep("+30ms phone > usb attach")}
	s.Setup.Phone, _ = scenarios.NewSettings(scenariotest.Script{Start: []string{"+20ms phone > usb attach"}})
	r := runOne(t, s, scenarios.Options{Bench: scenariotest.Playback})
	require.Equal(t, scenarios.Fail, r.Verdict, "on the virtual clock it is too early")
	r = runOne(t, s, scenarios.Options{Bench: scenariotest.Playback, RealTime: true, Slack: 10 * time.Second})
	require.Equal(t, scenarios.Pass, r.Verdict, r.Detail())
	require.GreaterOrEqual(t, r.Wall, 20*time.Millisecond)
	require.Contains(t, r.Replay, "--real-time")
}

// The slack extends the scenario's limit as well.
func TestSlackExtendsTheLimit(t *testing.T) {
	s := parseFile(t, "small.yaml")
	s.Limit = 10 * time.Millisecond
	s.Script = []scenarios.Step{scenarios.MustStep("within 5ms phone > usb attach")}
	s.Setup.Phone, _ = scenarios.NewSettings(scenariotest.Script{Start: []string{"+20ms phone > usb attach"}})
	r := runOne(t, s, scenarios.Options{Bench: scenariotest.Playback, RealTime: true, Slack: 10 * time.Second})
	require.Equal(t, scenarios.Pass, r.Verdict, r.Detail())
	s.Script = []scenarios.Step{scenarios.MustStep("within 30ms phone > usb detach")}
	r = runOne(t, s, scenarios.Options{Bench: scenariotest.Playback, RealTime: true, Slack: 40 * time.Millisecond})
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Contains(t, r.Detail(), "limit of 50ms")
}

// A world is the same whenever it is made.
func TestSameSeedSameTrace(t *testing.T) {
	jitter := func(w *sim.World, c scenarios.Config) (scenarios.Bench, error) {
		return bench{start: func() error {
			w.Go("phone", func() {
				w.Sleep(time.Duration(w.Rand("phone").IntN(1_000_000)))
				w.Emit(sim.Event{Who: "phone", Layer: "usb", Kind: "attach"})
			})
			return nil
		}}, nil
	}
	ends := func(seed uint64) time.Duration {
		return runOne(t, scenario("a", "within 1s phone > usb attach"), scenarios.Options{Bench: jitter, Seeds: []uint64{seed}}).Simulated
	}
	require.Equal(t, ends(7), ends(7))
	require.NotEqual(t, ends(7), ends(8))
}
