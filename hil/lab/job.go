package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A Command is what to run in a guest.
type Command struct {
	Args   []string
	Dir    string    // default Options.Dir, else the machine's current directory
	Env    []string  // added to that of Options
	Stdin  io.Reader // read to its end before the command begins
	Stdout io.Writer // written while the command runs; may be nil
	Stderr io.Writer // if nil, errors go where output goes
}

// An Output is what a command said, and how it ended.
type Output struct {
	ExitCode int // 128+N if signal N ended it
	Output   []byte
}

// A Job is a command in a guest.
type Job struct {
	m      *Machine
	number int
	c      Command
	dir    string
	code   int
	ended  chan struct{} // closed when the command has ended
	copied chan struct{} // closed when its output has been copied
	out    bytes.Buffer
	err    error
}

// Exec runs a command to its end. A command that fails is no error.
func (m *Machine) Exec(ctx context.Context, args ...string) (Output, error) {
	j, err := m.Go(Command{Args: args})
	if err != nil {
		return Output{}, err
	}
	return j.Wait(ctx)
}

// Shell is Exec for a script of /bin/sh.
func (m *Machine) Shell(ctx context.Context, script string) (Output, error) {
	return m.Exec(ctx, "/bin/sh", "-c", script)
}

// Go starts a command and does not wait for it.
func (m *Machine) Go(c Command) (*Job, error) {
	if len(c.Args) == 0 {
		return nil, errors.New("lab: no command")
	}
	select {
	case <-m.gone:
		return nil, m.err
	default:
	}
	m.mu.Lock()
	m.last++
	j := &Job{m: m, number: m.last, c: c, ended: make(chan struct{}), copied: make(chan struct{})}
	m.mu.Unlock()
	j.dir = filepath.Join(m.dir, "control", fmt.Sprint(j.number))
	if err := j.write(); err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	m.mu.Lock()
	m.jobs[j.number] = j
	m.mu.Unlock()
	if err := m.send(fmt.Sprint("run ", j.number)); err != nil {
		return nil, err
	}
	go j.copy()
	return j, nil
}

// write writes the files that the guest reads.
func (j *Job) write() error {
	if err := os.Mkdir(j.dir, 0o755); err != nil {
		return err
	}
	in, err := os.Create(filepath.Join(j.dir, "in"))
	if err != nil {
		return err
	}
	defer in.Close()
	if j.c.Stdin != nil {
		if _, err := io.Copy(in, j.c.Stdin); err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
	}
	return os.WriteFile(filepath.Join(j.dir, "run"), []byte(j.script()), 0o644)
}

// script runs the command; the shell becomes it.
func (j *Job) script() string {
	dir := j.c.Dir
	if dir == "" {
		dir = j.m.options.Dir
	}
	if dir == "" {
		dir, _ = os.Getwd()
	}
	var b strings.Builder
	if j.c.Stderr == nil {
		b.WriteString("exec 2>&1\n")
	}
	fmt.Fprintf(&b, "cd %s || exit 126\n", quote(dir))
	env := []string{"HOME=/root", "LANG=C.UTF-8", "PLUGFEST_LAB_DIR=" + j.m.guestDir()}
	for _, v := range append(append(env, j.m.options.Env...), j.c.Env...) {
		name, value, _ := strings.Cut(v, "=")
		fmt.Fprintf(&b, "export %s=%s\n", name, quote(value))
	}
	b.WriteString("exec")
	for _, arg := range j.c.Args {
		b.WriteByte(' ')
		b.WriteString(quote(arg))
	}
	b.WriteByte('\n')
	return b.String()
}

// copyEvery is how often new output is looked for.
const copyEvery = 20 * time.Millisecond

// copy copies output while it comes.
func (j *Job) copy() {
	defer close(j.copied)
	sinks := []struct {
		name string
		to   io.Writer
		from *os.File
	}{{name: "out", to: &j.out}, {name: "err", to: j.c.Stderr}}
	if j.c.Stdout != nil {
		sinks[0].to = io.MultiWriter(&j.out, j.c.Stdout)
	}
	if j.c.Stderr == nil {
		sinks[1].to = &j.out // what the shell says before it has set its output
	}
	tick := time.NewTicker(copyEvery)
	defer tick.Stop()
	for over := false; ; {
		for i := range sinks {
			s := &sinks[i]
			if s.from == nil {
				s.from, _ = os.Open(filepath.Join(j.dir, s.name)) // the guest makes it
			}
			if s.from != nil {
				if _, err := io.Copy(s.to, s.from); err != nil && j.err == nil {
					j.err = fmt.Errorf("lab: output: %w", err)
				}
			}
		}
		if over {
			break
		}
		select {
		case <-tick.C:
		case <-j.ended:
			over = true
		case <-j.m.gone:
			over = true
		}
	}
	for _, s := range sinks {
		if s.from != nil {
			s.from.Close()
		}
	}
	os.RemoveAll(j.dir)
}

// Signal sends a signal to the command and what it has started.
func (j *Job) Signal(s syscall.Signal) error {
	select {
	case <-j.ended:
		return nil
	default:
	}
	return j.m.send(fmt.Sprintf("signal %d %d", j.number, int(s)))
}

// Wait waits for the command. When ctx is done it kills the command and returns
// the context's error; when the guest ends it returns the guest's. The output so
// far is there in each case.
func (j *Job) Wait(ctx context.Context) (Output, error) {
	var err error
	select {
	case <-ctx.Done():
		err = context.Cause(ctx)
		if e := j.Signal(syscall.SIGKILL); e != nil {
			err = e
		}
	case <-j.ended:
	case <-j.m.gone:
	}
	select {
	case <-j.ended:
	case <-j.m.gone:
		select {
		case <-j.ended: // and then the guest
		default:
			err = j.m.err
		}
	}
	<-j.copied
	if err == nil {
		err = j.err
	}
	return Output{ExitCode: j.code, Output: j.out.Bytes()}, err
}
