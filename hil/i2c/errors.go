package i2c

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/plugfest/plugfest/mfi"
)

// What a bus cannot do.
var (
	// ErrSMBusOnly: the adapter has no plain I2C, only SMBus with its blocks of 32 bytes.
	ErrSMBusOnly = errors.New("the adapter cannot do plain I2C")
	// ErrNotI2C: the file is no I2C bus.
	ErrNotI2C = errors.New("this is no I2C bus")
	// ErrInUse: a kernel driver owns the address.
	ErrInUse = errors.New("a kernel driver owns this address")
	// ErrNoAdapter: no adapter has that name.
	ErrNoAdapter = errors.New("no such I2C adapter")
	// ErrVirtual: real hardware needs a world in real time.
	ErrVirtual = errors.New("a real bus does not follow a virtual clock: make the world with sim.RealTime")
)

// Error is a call that failed: what was to be done where, and the cause with the kernel's errno in it. It wraps mfi.ErrNACK when
// the errno says that nobody acknowledged, and mfi.ErrGone when the bus is no more.
type Error struct {
	Op   string // such as "write 1 byte to"
	Path string // of the bus
	Addr uint16 // 7 bits; 0 when the call was to no address
	Gone bool   // the device has gone
	Err  error  // a syscall.Errno, one of the errors above, or both
}

// kind is what an errno says of a transfer.
type kind uint8

const (
	kindOther kind = iota
	kindNACK
	kindGone
)

// faults are the errnos of i2c-dev, with what they say. Sources: Documentation/i2c/fault-codes.rst; the drivers for which one a missing
// acknowledge becomes.
var faults = []struct {
	errno syscall.Errno
	name  string
	kind  kind
	text  string
}{
	{syscall.ENXIO, "ENXIO", kindNACK, "not acknowledged"},
	{errREMOTEIO, "EREMOTEIO", kindNACK, "not acknowledged"},
	{syscall.EIO, "EIO", kindOther, "the adapter failed, or nobody acknowledged: some adapters do not say which"},
	{syscall.ETIMEDOUT, "ETIMEDOUT", kindOther, "timed out: the clock is held low, or nobody acknowledged and the adapter does not say so"},
	{syscall.EAGAIN, "EAGAIN", kindOther, "lost arbitration to another master"},
	{syscall.EBUSY, "EBUSY", kindOther, "the bus is in use, or a line is held low"},
	{syscall.EOPNOTSUPP, "EOPNOTSUPP", kindOther, "the adapter cannot do this"},
	{syscall.EINVAL, "EINVAL", kindOther, "the kernel does not take such a message"},
	{syscall.EPROTO, "EPROTO", kindOther, "the device broke the protocol"},
	{syscall.EACCES, "EACCES", kindOther, "no permission: join the group that owns the device (i2c on Debian), or add a udev rule"},
	{syscall.EPERM, "EPERM", kindOther, "no permission"},
	{syscall.ENOENT, "ENOENT", kindGone, "no such bus: modprobe i2c-dev, then look at i2cdetect -l"},
	{syscall.ENODEV, "ENODEV", kindGone, "the adapter is gone"},
	{syscall.ENOTTY, "ENOTTY", kindOther, "the file does not know such a call"},
	{syscall.EINTR, "EINTR", kindOther, "interrupted by a signal"},
	{syscall.ESHUTDOWN, "ESHUTDOWN", kindOther, "the adapter is suspended"},
}

// Errno is the kernel's, or 0 where the kernel had no part in it.
func (e *Error) Errno() syscall.Errno {
	var errno syscall.Errno
	errors.As(e.Err, &errno)
	return errno
}

func (e *Error) kind() kind {
	errno := e.Errno()
	for _, f := range faults {
		if f.errno == errno && errno != 0 {
			return f.kind
		}
	}
	return kindOther
}

// Error is one line of text, such as "i2c: /dev/i2c-1: write 1 byte to 0x10: ENXIO: not acknowledged".
func (e *Error) Error() string {
	text := fmt.Sprintf("i2c: %s: %s", e.Path, e.Op)
	if e.Addr != 0 {
		text += fmt.Sprintf(" 0x%02X", e.Addr)
	}
	errno, known := e.Errno(), false
	for _, f := range faults {
		if f.errno == errno && errno != 0 {
			text, known = text+": "+f.name, true
			if e.Err == errno && !e.Gone { // nothing else says more
				text += ": " + f.text
			}
		}
	}
	if !known || e.Err != errno {
		text += ": " + e.Err.Error()
	}
	if e.Gone {
		text += ": the adapter is gone"
	}
	return text
}

// Unwrap gives the cause, and what it means to a driver.
func (e *Error) Unwrap() []error {
	list := []error{e.Err}
	switch k := e.kind(); {
	case e.Gone || k == kindGone || errors.Is(e.Err, os.ErrClosed):
		list = append(list, mfi.ErrGone)
	case k == kindNACK:
		list = append(list, mfi.ErrNACK)
	}
	return list
}
