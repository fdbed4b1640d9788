package lab

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// How a guest can end without having said that all is well. An *Error wraps one
// of them, or the error of a context.
var (
	// ErrPanic: the kernel panicked, or had an oops.
	ErrPanic = errors.New("the guest's kernel panicked")
	// ErrTimeLimit: the guest was killed at its time limit.
	ErrTimeLimit = errors.New("the guest was still running at its time limit")
	// ErrPowerOff: the guest switched itself off, or rebooted.
	ErrPowerOff = errors.New("the guest switched itself off")
	// ErrQEMU: QEMU ended otherwise: it was killed, it crashed, it did not start.
	ErrQEMU = errors.New("QEMU ended by itself")
	// ErrSetup: the guest booted, and could not do what its options ask for.
	ErrSetup = errors.New("the guest could not be set up")
	// ErrClosed: the Machine was closed.
	ErrClosed = errors.New("the guest has been closed")
)

// An Error says how a guest ended, and what its kernel said last.
type Error struct {
	Err    error
	Detail string        // what QEMU or the guest said of it
	After  time.Duration // how long the guest had run
	Kernel string        // the kernel's log
}

func (e *Error) Unwrap() error { return e.Err }

// tailLines is how much of a kernel's log an error shows.
const tailLines = 15

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "lab: after %v: %v", e.After.Round(time.Millisecond), e.Err)
	if e.Detail != "" {
		fmt.Fprintf(&b, ": %s", e.Detail)
	}
	if lines := strings.Split(strings.TrimSpace(e.Kernel), "\n"); lines[0] != "" {
		b.WriteString("\nits kernel said last:")
		for _, line := range lines[max(0, len(lines)-tailLines):] {
			b.WriteString("\n    ")
			b.WriteString(strings.TrimSpace(line))
		}
	}
	return b.String()
}
