package main

import (
	"bytes"
	"fmt"
	"regexp"
	"sync"
	"time"
)

// A transcript is what a program prints while it runs. It is written to as its
// standard output.
type transcript struct {
	mu    sync.Mutex
	more  sync.Cond
	all   bytes.Buffer
	lines []string // not waited for yet
	part  string   // of the line that is being printed
	over  bool     // nothing more will be waited for
}

func newTranscript() *transcript {
	t := &transcript{}
	t.more.L = &t.mu
	return t
}

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all.Write(b)
	for line := range bytes.Lines(b) {
		t.part += string(line)
		if line[len(line)-1] == '\n' {
			t.lines = append(t.lines, t.part[:len(t.part)-1])
			t.part = ""
		}
	}
	t.more.Broadcast()
	return len(b), nil
}

// end wakes who waits for a line that will not come.
func (t *transcript) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	t.more.Broadcast()
}

// wait waits for a line, after those waited for before, and returns it and its
// submatches.
func (t *transcript) wait(pattern *regexp.Regexp, patience time.Duration) ([]string, error) {
	late := time.AfterFunc(patience, t.end)
	defer late.Stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		for len(t.lines) > 0 {
			m := pattern.FindStringSubmatch(t.lines[0])
			t.lines = t.lines[1:]
			if m != nil {
				return m, nil
			}
		}
		if t.over {
			return nil, fmt.Errorf("it does not say %q", pattern)
		}
		t.more.Wait()
	}
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all.String()
}
