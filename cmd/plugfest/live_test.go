package main

import (
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts below testdata/live run several plugfests at once, in real time:
//
//	begin NAME ARG ...     starts plugfest ARG ...
//	says NAME PATTERN      waits for a line that it prints, after those waited for
//	                       before; named groups become variables
//	tell NAME TEXT         types a line
//	interrupt NAME         sends SIGINT
//	ends NAME CODE         waits for its end, with that exit code
func TestLive(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/live",
		Setup: func(e *testscript.Env) error {
			e.Values["programs"] = programs{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"begin":     begin,
			"says":      says,
			"tell":      tell,
			"interrupt": interrupt,
			"ends":      ends,
		},
	})
}

// programs are those of a script, by name.
type programs map[string]*program

// A program is a plugfest that runs.
type program struct {
	name  string
	cmd   *exec.Cmd
	input io.WriteCloser
	said  *transcript
	done  chan struct{}
}

const patience = 30 * time.Second

// find returns a program, and checks how many arguments a command has.
func find(ts *testscript.TestScript, neg bool, args []string, usage string) *program {
	if neg || len(args) != strings.Count(usage, " ") {
		ts.Fatalf("usage: %s", usage)
	}
	p := ts.Value("programs").(programs)[args[0]]
	if p == nil {
		ts.Fatalf("nobody has begun %s", args[0])
	}
	return p
}

func begin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: begin NAME ARG ...")
	}
	self, err := os.Executable()
	ts.Check(err)
	p := &program{name: args[0], cmd: exec.Command(self), said: newTranscript(), done: make(chan struct{})}
	p.cmd.Args = append([]string{"plugfest"}, args[1:]...)
	p.cmd.Dir = ts.Getenv("WORK")
	p.input, err = p.cmd.StdinPipe()
	ts.Check(err)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	ts.Check(p.cmd.Start())
	go func() {
		_ = p.cmd.Wait() // its exit code is looked at in the end
		p.said.end()
		close(p.done)
	}()
	ts.Defer(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
		ts.Logf("[%s]\n%s", p.name, p.said)
	})
	ts.Value("programs").(programs)[p.name] = p
}

func says(ts *testscript.TestScript, neg bool, args []string) {
	p := find(ts, neg, args, "says NAME PATTERN")
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	m, err := p.said.wait(pattern, patience)
	if err != nil {
		ts.Fatalf("%s: %v", p.name, err)
	}
	for i, name := range pattern.SubexpNames() {
		if name != "" {
			ts.Setenv(name, m[i])
		}
	}
}

func tell(ts *testscript.TestScript, neg bool, args []string) {
	p := find(ts, neg, args, "tell NAME TEXT")
	_, err := io.WriteString(p.input, args[1]+"\n")
	ts.Check(err)
}

func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	p := find(ts, neg, args, "interrupt NAME")
	ts.Check(p.cmd.Process.Signal(syscall.SIGINT))
}

func ends(ts *testscript.TestScript, neg bool, args []string) {
	p := find(ts, neg, args, "ends NAME CODE")
	select {
	case <-p.done:
	case <-time.After(patience):
		ts.Fatalf("%s does not end", p.name)
	}
	if code := strconv.Itoa(p.cmd.ProcessState.ExitCode()); code != args[1] {
		ts.Fatalf("%s: exit code %s, want %s", p.name, code, args[1])
	}
}
