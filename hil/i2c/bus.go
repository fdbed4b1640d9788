package i2c

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"unsafe"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// Bus is an open bus. It is safe for concurrent use: one transfer follows the other. Its calls block; for processes of a world see
// [InWorld].
type Bus struct {
	path string

	mu        sync.Mutex
	k         kernel
	closed    bool
	functions Functions
	claimed   [128]bool
	messages  [2]i2cMessage
	data      transfer
}

var _ periph.BusCloser = (*Bus)(nil)

// Open opens a bus such as /dev/i2c-1. It fails with an [*Error] when there is none, when it may not be opened, and when its adapter has
// SMBus alone, which cannot carry the long reads of a coprocessor.
func Open(path string) (*Bus, error) {
	k, err := openKernel(path)
	if err != nil {
		return nil, &Error{Op: "open", Path: path, Err: err}
	}
	return newBus(path, k)
}

func newBus(path string, k kernel) (*Bus, error) {
	b := &Bus{path: path, k: k}
	var bits uintptr
	if _, err := k.ioctlPointer(ioctlFunctions, unsafe.Pointer(&bits)); err != nil {
		_ = k.close()
		if errors.Is(err, syscall.ENOTTY) {
			err = fmt.Errorf("%w: %w", ErrNotI2C, err)
		}
		return nil, &Error{Op: "ask for functions", Path: path, Err: err}
	}
	b.functions = Functions(bits)
	if b.functions&FunctionI2C == 0 {
		_ = k.close()
		return nil, &Error{Op: "open", Path: path, Err: fmt.Errorf("%w: its functions are %v", ErrSMBusOnly, b.functions)}
	}
	return b, nil
}

// String is the path of the bus.
func (b *Bus) String() string { return b.path }

// Functions is what the adapter can do.
func (b *Bus) Functions() Functions { return b.functions }

// SetSpeed fails: Linux fixes the speed of a bus when its driver is loaded.
func (b *Bus) SetSpeed(physic.Frequency) error {
	return &Error{Op: "set speed", Path: b.path, Err: fmt.Errorf("%w: the device tree, or a parameter of the adapter's driver, sets the speed",
		errors.ErrUnsupported)}
}

// Claim looks whether an address is free, and fails with EBUSY where a kernel driver owns it. Tx does so itself before the first transfer
// to each address.
func (b *Bus) Claim(addr uint16) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.claim(addr)
}

func (b *Bus) claim(addr uint16) error {
	if b.closed {
		return &Error{Op: "claim", Path: b.path, Addr: addr, Err: os.ErrClosed}
	}
	if addr > 0x7F {
		return &Error{Op: "claim", Path: b.path, Addr: addr, Err: fmt.Errorf("%w: the address is larger than 0x7F", syscall.EINVAL)}
	}
	if b.claimed[addr] {
		return nil
	}
	if _, err := b.k.ioctl(ioctlSlave, uintptr(addr)); err != nil {
		if errors.Is(err, syscall.EBUSY) {
			err = fmt.Errorf("%w: %w", ErrInUse, err)
		}
		return b.fail("claim", addr, err)
	}
	b.claimed[addr] = true
	return nil
}

// Tx writes w or reads into r: one message between START and STOP. With both it is a write and a read with a repeated START between
// them, as periph.io defines it; with neither it is an empty write, as i2cdetect sends. A message has at most 8192 bytes.
func (b *Bus) Tx(addr uint16, w, r []byte) error {
	if n := max(len(w), len(r)); n > maxMessage {
		return &Error{Op: "transfer", Path: b.path, Addr: addr,
			Err: fmt.Errorf("%w: a message of %d bytes, where the kernel takes %d", syscall.EINVAL, n, maxMessage)}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.claim(addr); err != nil {
		return err
	}
	n := 0
	if len(w) > 0 || len(r) == 0 {
		b.messages[n] = i2cMessage{addr: addr, len: uint16(len(w)), buf: unsafe.SliceData(w)}
		n++
	}
	if len(r) > 0 {
		b.messages[n] = i2cMessage{addr: addr, flags: flagRead, len: uint16(len(r)), buf: unsafe.SliceData(r)}
		n++
	}
	b.data = transfer{messages: &b.messages[0], n: uint32(n)}
	done, err := b.k.ioctlPointer(ioctlTransfer, unsafe.Pointer(&b.data))
	b.messages = [2]i2cMessage{}
	if err == nil && done != n {
		err = fmt.Errorf("%w: %d of %d messages were sent", syscall.EIO, done, n)
	}
	if err != nil {
		return b.fail(describe(w, r), addr, err)
	}
	return nil
}

// describe says what a transfer was to do.
func describe(w, r []byte) string {
	switch {
	case len(r) == 0:
		return "write " + count(len(w)) + " to"
	case len(w) == 0:
		return "read " + count(len(r)) + " from"
	}
	return fmt.Sprintf("write %s and read %s, with a repeated START, at", count(len(w)), count(len(r)))
}

func count(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// fail makes the error of a call, and looks whether the device is there at all where the errno leaves that open. One that is gone is
// closed: the kernel has been waiting for that.
func (b *Bus) fail(op string, addr uint16, err error) error {
	e := &Error{Op: op, Path: b.path, Addr: addr, Err: err}
	if e.kind() != kindNACK && !b.k.present() {
		e.Gone = true
		_ = b.close()
	}
	return e
}

// Close closes the bus. It waits for a transfer that is under way.
func (b *Bus) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.close()
}

func (b *Bus) close() error {
	if b.closed {
		return nil
	}
	b.closed = true
	return b.k.close()
}
