package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
	"github.com/plugfest/plugfest/scenarios/capture"
	"github.com/plugfest/plugfest/sim/trace"
)

type runCmd struct {
	Cases []string `arg:"" optional:"" name:"case" help:"Scenarios: an identity (carlife/connect), the beginning of several (carlife), a YAML file, or a directory of such files."`

	Seed        whole         `default:"1" placeholder:"N" help:"Seed of every random choice; default 1."`
	Seeds       string        `placeholder:"A..B" help:"Run each scenario with each of these seeds."`
	RealTime    bool          `help:"Let a second take a second."`
	Carrier     string        `default:"mem:" placeholder:"SPEC" help:"What joins phone and head unit: mem: (a cable in memory), kernel: or kernel:UDC (this machine's USB stack, in real time, one scenario at a time)."`
	Slack       time.Duration `placeholder:"TIME" help:"How far a real clock may be off; default 100ms."`
	Mutants     bool          `help:"Run each scenario against its broken endpoints instead; it must fail with each."`
	Mutant      string        `placeholder:"NAME" help:"Run against the broken endpoint of this name, to see how it fails."`
	Parallel    whole         `short:"j" placeholder:"N" help:"Scenarios at a time; default one for each processor."`
	Capture     string        `placeholder:"DIR" help:"Keep captures (pcapng), ladders and events of each scenario below this directory."`
	CaptureFull bool          `help:"Keep all bytes of long data in the .jsonl files of captures, not only how they begin."`
	CaptureSnap whole         `placeholder:"N" help:"Keep of each transfer at most N bytes in the .pcapng files of captures."`
	Report      []string      `placeholder:"KIND=FILE,..." help:"Write reports: html, jsonl, junit, md, tap. FILE - is standard output; progress then goes to standard error."`
	Verbose     bool          `short:"v" help:"Show of what failed a ladder diagram and what each process waited for; with --list, the requirements."`
	Ladder      bool          `help:"Show a ladder diagram of every scenario."`
	List        bool          `help:"List the scenarios instead of running them."`
	Schema      bool          `help:"Print the JSON Schema of scenario files."`
}

// Help is shown below the flags.
func (runCmd) Help() string {
	return `Examples:

    plugfest run
    plugfest run --list carlife
    plugfest run carlife/connect --seed 7 --capture out
    plugfest run my/scenarios --seeds 1..100 --report junit=results.xml,md=summary.md
    plugfest run link/packet-lost -v
    plugfest run --mutants
    plugfest run carlife/connect --carrier kernel: --slack 5s

Exit codes: 0 all passed, 1 a scenario failed, 2 the command line or a scenario is invalid (then nothing has run), 3 the bench broke, 127 the endpoint lacks the feature.
`
}

// Bounds of --seeds and --parallel.
const (
	maxSeeds    = 1_000_000
	maxParallel = 10_000
)

// Run runs scenarios.
func (c *runCmd) Run(a *app) error {
	if c.Schema {
		_, err := a.out.Write(scenarios.Schema())
		return err
	}
	builtin, err := scenarios.Builtin()
	if err != nil {
		return err
	}
	cases, err := scenarios.Pick(builtin, c.Cases)
	if err != nil {
		return usageError{err}
	}
	if c.List {
		return a.list(cases, c.Verbose)
	}
	reports, err := parseReports(c.Report)
	if err != nil {
		return usageError{err}
	}
	out := a.beside(reports)
	options, err := c.options(out)
	if err != nil {
		return usageError{err}
	}
	if err := scenarios.Validate(cases, options); err != nil {
		return usageError{err}
	}
	if err := c.prepareCapture(); err != nil {
		return usageError{err}
	}
	p := newProgress(out, cases, options, c.Verbose)
	options.Done = p.result
	sum := scenarios.Run(cases, options)
	p.totals(sum, c.Capture)
	if err := reports.write(a.out, sum); err != nil {
		return err
	}
	if code := sum.ExitCode(); code != scenarios.ExitPassed {
		return exitCode(code)
	}
	return nil
}

// options checks the flags, all of them before anything is run.
func (c *runCmd) options(a *app) (scenarios.Options, error) {
	o := scenarios.Options{
		Bench:    a.bench.make,
		Check:    a.bench.check,
		Seeds:    []uint64{uint64(c.Seed)},
		Parallel: int(min(c.Parallel, maxParallel)),
		RealTime: c.RealTime,
		Mutants:  c.Mutants,
		Mutant:   c.Mutant,
		Version:  programVersion(),
	}
	carrier, real, err := carrierOf(c.Carrier)
	if err != nil {
		return o, err
	}
	if carrier != nil {
		o.Bench = bench.On(carrier)
	}
	if real {
		o.RealTime, o.Parallel = true, 1
	}
	if o.Slack = c.Slack; c.Slack != 0 && !o.RealTime {
		return o, errors.New("--slack is for a real clock: give --real-time or a --carrier that has one")
	}
	if c.Mutants && c.Mutant != "" {
		return o, errors.New("--mutants runs all of them, --mutant one: give one of the two")
	}
	if c.Capture == "" && (c.CaptureFull || c.CaptureSnap > 0) {
		return o, errors.New("--capture-full and --capture-snap say how to capture: give --capture DIR too")
	}
	if c.Seeds != "" {
		if o.Seeds, err = parseSeeds(c.Seeds); err != nil {
			return o, err
		}
	}
	var list []capture.Observe
	if c.Capture != "" {
		list = append(list, capture.Dir(c.Capture, c.captureOptions()...))
	}
	if c.Ladder || c.Verbose {
		list = append(list, capture.Ladder(trace.Ladder{Colour: a.colour}, !c.Ladder))
	}
	o.Observe = capture.All(list...)
	return o, nil
}

func (c *runCmd) captureOptions() []capture.DirOption {
	var list []capture.DirOption
	if c.CaptureFull {
		list = append(list, capture.Full())
	}
	if c.CaptureSnap > 0 {
		list = append(list, capture.Snap(int(min(c.CaptureSnap, math.MaxInt32))))
	}
	return list
}

// prepareCapture sees to it that captures can be written: each scenario would
// fail for the same reason.
func (c *runCmd) prepareCapture() error {
	if c.Capture == "" {
		return nil
	}
	if err := os.MkdirAll(c.Capture, 0o777); err != nil {
		return fmt.Errorf("--capture %s: %w", c.Capture, err)
	}
	probe, err := os.CreateTemp(c.Capture, ".plugfest-*")
	if err != nil {
		return fmt.Errorf("--capture %s: %w", c.Capture, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// parseSeeds reads A..B, or one number.
func parseSeeds(s string) ([]uint64, error) {
	first, last, isRange := strings.Cut(s, "..")
	if !isRange {
		last = first
	}
	a, errA := strconv.ParseUint(first, 10, 64)
	b, errB := strconv.ParseUint(last, 10, 64)
	switch {
	case errA != nil || errB != nil:
		return nil, fmt.Errorf("--seeds %s: want A..B with whole numbers, such as 1..100", s)
	case b < a:
		return nil, fmt.Errorf("--seeds %s: %d is below %d", s, b, a)
	case b-a >= maxSeeds || b == math.MaxUint64:
		return nil, fmt.Errorf("--seeds %s: more than %d seeds", s, maxSeeds)
	}
	var out []uint64
	for n := a; n <= b; n++ {
		out = append(out, n)
	}
	return out, nil
}
