package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// An Output is how a command ended, and what it said.
type Output struct {
	ExitCode int // 128+N if signal N ended it, -1 if nobody knows
	// Output is what it wrote to standard output, and to standard error if
	// Command.Stderr is nil: the last 16 MiB. Nothing of a terminal.
	Output []byte
}

// String is the output as text.
func (o Output) String() string { return string(o.Output) }

// A Job is a command in a guest.
type Job struct {
	m      *Machine
	number int
	c      Command
	dir    string        // on the control share
	code   int           // valid when ended is closed
	ended  chan struct{} // closed when the command has ended
	copied chan struct{} // closed when its output has been copied
	out    tail
	err    error // of copying
}

// Exec runs a command to its end. A command that fails is no error: an error
// says that there is no exit code.
func (m *Machine) Exec(ctx context.Context, args ...string) (Output, error) {
	j, err := m.Go(Command{Args: args})
	if err != nil {
		return Output{ExitCode: -1}, err
	}
	return j.Wait(ctx)
}

// Shell is Exec for a script of /bin/sh.
func (m *Machine) Shell(ctx context.Context, script string) (Output, error) {
	return m.Exec(ctx, "/bin/sh", "-c", script)
}

// Go starts a command and does not wait for it. What it leaves running when it
// ends goes on until the guest ends.
func (m *Machine) Go(c Command) (*Job, error) {
	script, err := c.script(m)
	if err != nil {
		return nil, err
	}
	select {
	case <-m.gone:
		return nil, m.err
	default:
	}
	m.mu.Lock()
	m.last++
	j := &Job{m: m, number: m.last, c: c, code: -1, ended: make(chan struct{}), copied: make(chan struct{})}
	m.mu.Unlock()
	j.dir = filepath.Join(m.dir, "control", fmt.Sprint(j.number))
	if err := j.write(script); err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	if c.Terminal != nil {
		return j, j.onTerminal()
	}
	j.register()
	if err := m.send("run", j.number); err != nil {
		return nil, err
	}
	go j.copy()
	return j, nil
}

// register lets the guest's report find the job.
func (j *Job) register() {
	j.m.mu.Lock()
	defer j.m.mu.Unlock()
	j.m.jobs[j.number] = j
}

// onTerminal starts the command there.
func (j *Job) onTerminal() error {
	shown, err := j.m.terminal.take(j.c.Stdout)
	if err != nil {
		return err
	}
	j.register()
	if err := j.m.send("type", j.number); err != nil {
		return err
	}
	if in := j.c.Stdin; in != nil {
		go func() {
			if _, err := io.Copy(j.m.terminal.socket, in); err == nil {
				j.m.terminal.socket.Write([]byte{4}) // ^D: end of file
			}
		}()
	}
	go func() {
		defer close(j.copied)
		<-shown
		os.RemoveAll(j.dir)
	}()
	return nil
}

// write writes the files that the guest reads.
func (j *Job) write(script string) error {
	if err := os.Mkdir(j.dir, 0o755); err != nil {
		return err
	}
	in, err := os.Create(filepath.Join(j.dir, "in"))
	if err != nil {
		return err
	}
	defer in.Close()
	if j.c.Stdin != nil && j.c.Terminal == nil {
		if _, err := io.Copy(in, j.c.Stdin); err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
	}
	return os.WriteFile(filepath.Join(j.dir, "run"), []byte(script), 0o644)
}

// copyEvery is how often new output is looked for.
const copyEvery = 20 * time.Millisecond

// copy copies output while it comes. The guest writes it to files of the control
// share, which are complete when it reports that the command has ended.
func (j *Job) copy() {
	defer close(j.copied)
	files := []follow{
		{path: filepath.Join(j.dir, "out"), to: &j.out, also: j.c.Stdout},
		{path: filepath.Join(j.dir, "err"), to: j.c.Stderr},
	}
	tick := time.NewTicker(copyEvery)
	defer tick.Stop()
	for over := false; !over; {
		select {
		case <-tick.C:
		case <-j.ended:
			over = true
		case <-j.m.gone:
			over = true
		}
		for i := range files {
			if err := files[i].more(); err != nil && j.err == nil {
				j.err = fmt.Errorf("lab: copy output: %w", err)
			}
		}
	}
	for i := range files {
		files[i].close()
	}
	os.RemoveAll(j.dir)
}

// Signal sends a signal to the command and to what it has started, unless that
// has a process group of its own.
func (j *Job) Signal(s syscall.Signal) error {
	select {
	case <-j.ended:
		return nil
	default:
	}
	return j.m.send("signal", j.number, int(s))
}

// Wait waits for the command. When ctx is done it kills the command and returns
// the cause; when the guest ends first it returns how. The output so far is there
// in each case.
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
	out := Output{ExitCode: -1, Output: j.out.bytes()}
	select {
	case <-j.ended:
		out.ExitCode = j.code
	default:
	}
	return out, err
}
