package lab

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Ways in which a guest can end without having been asked to, or without saying
// that it did as asked. An *Error wraps one of them, or the error of a context.
var (
	// ErrPanic: the kernel panicked, or had an oops, which makes it panic.
	ErrPanic = errors.New("the guest's kernel panicked")
	// ErrTimeLimit: the guest was still running at its time limit and was killed.
	// A guest that hangs ends so.
	ErrTimeLimit = errors.New("the guest was still running at its time limit")
	// ErrEnded: the guest switched itself off, rebooted, or its agent ended.
	ErrEnded = errors.New("the guest ended unasked")
	// ErrQEMU: QEMU ended otherwise: it did not start, it crashed, it was killed.
	ErrQEMU = errors.New("QEMU ended by itself")
	// ErrSetup: the guest booted, but could not do what its options ask for.
	ErrSetup = errors.New("the guest could not be set up")
	// ErrClosed: the Machine has been closed.
	ErrClosed = errors.New("lab: the guest has been closed")
)

// An Error says how a guest ended that did not end well, and what its kernel
// said last.
type Error struct {
	Err    error
	Detail string        // what QEMU or the guest said of it; may be empty
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
	if log := strings.TrimSpace(e.Kernel); log != "" {
		lines := strings.Split(log, "\n")
		b.WriteString("\nits kernel said last:")
		for _, line := range lines[max(0, len(lines)-tailLines):] {
			b.WriteString("\n    ")
			b.WriteString(strings.TrimSpace(line))
		}
	}
	return b.String()
}

// QEMU's exit codes for the values that guest/*.sh write to isa-debug-exit, 2n+1.
// QEMU itself uses 0, also after a panic, and 1.
const (
	exitAsked = 2*42 + 1 // the guest ended because it was asked to
	exitSetup = 2*43 + 1 // it could not be set up
	exitLost  = 2*44 + 1 // its agent ended
)

// An ending is all that is known of how a guest ended.
type ending struct {
	code   int    // QEMU's exit code, -1 for none
	exit   string // the same in words
	asked  bool   // the guest was asked to end
	bye    bool   // and said that it would
	cause  error  // why we killed QEMU, if we did
	reason string // why the guest could not be set up
	kernel string // its kernel's log
}

// err is nil for a guest that ended because it was asked to; the error otherwise
// lacks how long it ran.
func (e ending) err() *Error {
	if e.asked && e.bye && e.code == exitAsked {
		return nil
	}
	out := &Error{Kernel: e.kernel}
	_, panicked, isPanic := strings.Cut(e.kernel, "Kernel panic - not syncing: ")
	switch {
	case isPanic:
		out.Err = ErrPanic
		out.Detail, _, _ = strings.Cut(panicked, "\n")
	case e.reason != "":
		out.Err, out.Detail = ErrSetup, e.reason
	case e.cause != nil:
		out.Err = e.cause
	case e.code == exitSetup:
		out.Err = ErrSetup
	case e.code == exitLost:
		out.Err, out.Detail = ErrEnded, "nothing answers requests there any longer"
	case e.code == 0:
		out.Err, out.Detail = ErrEnded, "it switched itself off or rebooted"
	default:
		out.Err, out.Detail = ErrQEMU, e.exit
	}
	return out
}
