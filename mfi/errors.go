package mfi

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// What a bus reports.
var (
	// ErrNACK is the error of a bus that can tell a missing acknowledge from other failures. The driver does not need it:
	// buses that cannot are served as well.
	ErrNACK = errors.New("not acknowledged")
	// ErrGone says that the bus is no more, for example because its USB adapter was pulled. The driver gives up at once.
	// ENODEV, ENOENT and os.ErrClosed count as ErrGone.
	ErrGone = errors.New("bus is gone")
)

// What the driver reports, inside an [*OpError].
var (
	// ErrNoChip: no address was acknowledged before the deadline.
	ErrNoChip = errors.New("no coprocessor found")
	// ErrTimeout: a chip that had answered stopped answering, or did not finish.
	ErrTimeout = errors.New("no answer before the deadline")
	// ErrVersion: the chip names a version that the driver does not know.
	ErrVersion = errors.New("unknown coprocessor version")
	// ErrCertificate: the certificate's length or outermost DER header is wrong.
	ErrCertificate = errors.New("certificate is damaged")
	// ErrSignature: the chip offers a signature of the wrong length.
	ErrSignature = errors.New("signature has the wrong length")
	// ErrStatus: the chip says that it failed. The error chain holds a [*StatusError].
	ErrStatus = errors.New("coprocessor reports a failure")
	// ErrChallenge: the caller's challenge has the wrong length for this generation.
	ErrChallenge = errors.New("challenge has the wrong length")
	// ErrSelfTest: the self test found the certificate or the private key missing.
	ErrSelfTest = errors.New("self test failed")
	// ErrSerialNumber: the serial number register does not hold text.
	ErrSerialNumber = errors.New("serial number is not text")
	// ErrUnsupported: this generation has no such register.
	ErrUnsupported = errors.New("not available on this generation")
	// ErrOptions: an option has a value that cannot work.
	ErrOptions = errors.New("invalid option")
)

// OpError is the error of every driver call: which step of which call failed at which register, what was seen, and what to do.
type OpError struct {
	Op     string   // the call, such as "sign"
	Step   string   // the step of it, such as "read status"
	Addr   uint16   // the chip's address, 0 while none has answered
	Reg    Register // the register of the step
	Detail string   // what was seen, such as "got 63, want 64"
	Hint   string   // what to do
	Err    error    // one of the sentinels, possibly wrapped
}

// Error is one line of text.
func (e *OpError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "mfi: %s: %s, register %v", e.Op, e.Step, e.Reg)
	if e.Addr != 0 {
		fmt.Fprintf(&b, " at address 0x%02X", e.Addr)
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	if e.Detail != "" {
		fmt.Fprintf(&b, ": %s", e.Detail)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "; %s", e.Hint)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *OpError) Unwrap() error { return e.Err }

// Timeout reports whether the chip did not answer in time.
func (e *OpError) Timeout() bool { return errors.Is(e.Err, ErrTimeout) || errors.Is(e.Err, ErrNoChip) }

// StatusError is what the chip said of a process that failed.
type StatusError struct {
	Status     Status
	Code       ErrorCode // 0 when the error register could not be read
	Generation Generation
}

// Error names both registers' values and what they mean.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%v: status %v, error code %s", ErrStatus, e.Status, e.Code.describe(e.Generation))
}

// Unwrap gives [ErrStatus].
func (e *StatusError) Unwrap() error { return ErrStatus }

// fatal reports whether a bus error says that further attempts are pointless.
func fatal(err error) bool {
	return errors.Is(err, ErrGone) || errors.Is(err, syscall.ENODEV) || errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrClosed)
}
