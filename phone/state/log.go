package state

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Level is how much a line of the log matters.
type Level uint8

// Levels, as os_trace_relay numbers them (pymobiledevice3, go-ios).
const (
	Notice Level = 0x00
	Info   Level = 0x01
	Debug  Level = 0x02
	Error  Level = 0x10
	Fault  Level = 0x11
)

// String names the level as syslog_relay does.
func (l Level) String() string {
	switch l {
	case Info:
		return "Info"
	case Debug:
		return "Debug"
	case Error:
		return "Error"
	case Fault:
		return "Critical"
	}
	return "Notice"
}

// An Entry is one line of the log.
type Entry struct {
	Time      time.Time // UTC
	Process   string
	Library   string // image that wrote it; "" is the process itself
	PID       uint32
	Level     Level
	Subsystem string
	Category  string
	Message   string // one line, any characters
}

// Log is the phone's log. It keeps the newest entries; readers are at their own
// pace, and lose what they are too slow for.
type Log struct {
	Feed[Entry]
	s    *State
	rnd  *rand.Rand
	next time.Duration // when the phone has something to say by itself
	n    int
	// Pause is the mean time between two lines that the phone writes while somebody
	// reads its log: 0 is 400 ms, negative is never.
	Pause time.Duration
}

// logKept is how many entries are kept for slow readers.
const logKept = 512

type chat struct {
	Process   string `yaml:"process"`
	Library   string `yaml:"library"`
	PID       uint32 `yaml:"pid"`
	Level     string `yaml:"level"`
	Subsystem string `yaml:"subsystem"`
	Category  string `yaml:"category"`
	Text      string `yaml:"text"`
}

var levels = map[string]Level{"notice": Notice, "info": Info, "debug": Debug, "error": Error, "fault": Fault}

func (l *Library) loadChatter() error {
	if err := load("chatter.yaml", &l.chatter); err != nil {
		return err
	}
	for _, c := range l.chatter {
		if _, ok := levels[c.Level]; !ok {
			return fmt.Errorf("state: chatter.yaml: %s: no level %q", c.Process, c.Level)
		}
	}
	return nil
}

func newLog(s *State) *Log {
	l := &Log{s: s}
	l.init(s.w, s.name+": a line of the log", logKept)
	return l
}

// Write adds an entry; its Time is filled in if it is zero.
func (l *Log) Write(e Entry) {
	if e.Time.IsZero() {
		e.Time = l.s.Time()
	}
	setDefault(&e.Process, "kernel")
	setDefault(&e.Library, e.Process)
	l.Add(e)
}

// Next waits for the entry at a position, while the phone goes on chattering, until
// stop returns true or somebody calls Wake with the deadline over. It returns the
// entry and the position after it.
func (l *Log) Next(at uint64, stop func() bool) (e Entry, next uint64, ok bool) {
	for !stop() {
		if e, next, ok = l.Read(at); ok {
			return e, next, true
		}
		at = next
		if l.Pause < 0 {
			l.Wait(at, never)
			continue
		}
		if now := l.s.w.Now(); l.next <= now {
			if l.next != 0 {
				l.chat()
			}
			l.next = now + l.pause()
			continue
		}
		l.Wait(at, l.next)
	}
	return e, at, false
}

const never = time.Duration(1<<63 - 1)

func (l *Log) random() *rand.Rand {
	if l.rnd == nil {
		l.rnd = l.s.w.Rand(l.s.name + ": chatter")
	}
	return l.rnd
}

func (l *Log) pause() time.Duration {
	mean := l.Pause
	if mean == 0 {
		mean = 400 * time.Millisecond
	}
	return mean/2 + time.Duration(l.random().Int64N(int64(mean)))
}

// chat writes one of the lines of chatter.yaml.
func (l *Log) chat() {
	c := l.s.lib.chatter[l.random().IntN(len(l.s.lib.chatter))]
	l.n++
	text := strings.ReplaceAll(c.Text, "%d", fmt.Sprint(l.n))
	text = strings.ReplaceAll(text, "%x", fmt.Sprintf("%x", l.random().Uint32()))
	l.Write(Entry{Process: c.Process, Library: c.Library, PID: c.PID, Level: levels[c.Level], Subsystem: c.Subsystem, Category: c.Category, Message: text})
}

// A Process is a program that runs on the phone.
type Process struct {
	PID  uint32
	Name string
}

// Processes lists what runs, by PID.
func (s *State) Processes() []Process {
	out := []Process{{1, "launchd"}}
	seen := map[uint32]bool{1: true}
	for _, c := range s.lib.chatter {
		if !seen[c.PID] {
			seen[c.PID] = true
			out = append(out, Process{c.PID, c.Process})
		}
	}
	sortProcesses(out)
	return out
}

func sortProcesses(p []Process) {
	slices.SortFunc(p, func(a, b Process) int { return cmp.Compare(a.PID, b.PID) })
}
