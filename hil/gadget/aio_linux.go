package gadget

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// aio is a context of Linux's asynchronous I/O (linux/aio_abi.h): the only way to
// have several requests of one FunctionFS endpoint queued at the controller.
type aio struct {
	ctx    uintptr
	event  int // eventfd that counts completions
	events []ioEvent
	batch  []*iocb
}

// iocb is struct iocb. Key and flags of an operation, whose order depends on the
// machine's, are both 0.
type iocb struct {
	data       uint64 // comes back in the event
	_          uint64
	opcode     uint16
	_          int16
	fd         uint32
	buf        uint64
	bytes      uint64
	_          int64
	_          uint64
	flags      uint32
	completion uint32 // eventfd
}

// ioEvent is struct io_event.
type ioEvent struct {
	data uint64
	obj  uint64
	res  int64
	res2 int64
}

const (
	opRead      = 0 // IOCB_CMD_PREAD
	opWrite     = 1 // IOCB_CMD_PWRITE
	withEventFD = 1 // IOCB_FLAG_RESFD
)

// newAIO makes a context for n operations at once.
func newAIO(n int) (*aio, error) {
	event, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, explain("make", "eventfd", err)
	}
	a := &aio{event: event, events: make([]ioEvent, 64)}
	if _, _, errno := unix.Syscall(unix.SYS_IO_SETUP, uintptr(max(n, 1)), uintptr(unsafe.Pointer(&a.ctx)), 0); errno != 0 {
		unix.Close(event)
		return nil, &Error{Op: "io_setup for", Path: fmt.Sprintf("%d operations", n), Err: errno, Help: "look at /proc/sys/fs/aio-max-nr"}
	}
	return a, nil
}

// prepare readies an operation. b belongs to the kernel until it is complete, and
// is pinned.
func (a *aio) prepare(c *iocb, op uint16, fd int, b []byte, data uint64) {
	*c = iocb{data: data, opcode: op, fd: uint32(fd), bytes: uint64(len(b)), flags: withEventFD, completion: uint32(a.event)}
	c.buf = uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
	a.batch = append(a.batch, c)
}

// submit starts what was prepared. The kernel keeps no reference to an iocb.
func (a *aio) submit() error {
	for len(a.batch) > 0 {
		n, _, errno := unix.Syscall(unix.SYS_IO_SUBMIT, a.ctx, uintptr(len(a.batch)), uintptr(unsafe.Pointer(&a.batch[0])))
		switch {
		case errno == unix.EINTR:
		case errno != 0:
			a.batch = a.batch[:0]
			return &Error{Op: "io_submit to", Path: "endpoint", Err: errno}
		default:
			a.batch = a.batch[:copy(a.batch, a.batch[n:])]
		}
	}
	return nil
}

// reap returns what is complete; it does not wait. The next call reuses the list.
func (a *aio) reap() ([]ioEvent, error) {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_IO_GETEVENTS, a.ctx, 0, uintptr(len(a.events)), uintptr(unsafe.Pointer(&a.events[0])), 0, 0)
		switch errno {
		case 0:
			return a.events[:n], nil
		case unix.EINTR:
		default:
			return nil, &Error{Op: "io_getevents of", Path: "endpoints", Err: errno}
		}
	}
}

// close waits until nothing is under way.
func (a *aio) close() {
	unix.Syscall(unix.SYS_IO_DESTROY, a.ctx, 0, 0)
	unix.Close(a.event)
}
