package libusb

import (
	"fmt"

	"github.com/plugfest/plugfest/sim/usb"
)

// A code is what a call of libusb returns: enum libusb_error.
type code int

// Codes of libusb 1.0 (libusb.h).
const (
	success         code = 0
	errIO           code = -1
	errInvalidParam code = -2
	errAccess       code = -3
	errNoDevice     code = -4
	errNotFound     code = -5
	errBusy         code = -6
	errTimeout      code = -7
	errOverflow     code = -8
	errPipe         code = -9
	errInterrupted  code = -10
	errNoMem        code = -11
	errNotSupported code = -12
	errOther        code = -99
)

var codes = map[code]struct {
	name, text string
	status     usb.Status
}{
	success:         {"LIBUSB_SUCCESS", "success", usb.OK},
	errIO:           {"LIBUSB_ERROR_IO", "input/output error", usb.Protocol},
	errInvalidParam: {"LIBUSB_ERROR_INVALID_PARAM", "invalid parameter", usb.Invalid},
	errAccess:       {"LIBUSB_ERROR_ACCESS", "permission denied", usb.Invalid},
	errNoDevice:     {"LIBUSB_ERROR_NO_DEVICE", "no such device", usb.Disconnected},
	errNotFound:     {"LIBUSB_ERROR_NOT_FOUND", "not found", usb.Invalid},
	errBusy:         {"LIBUSB_ERROR_BUSY", "busy", usb.Invalid},
	errTimeout:      {"LIBUSB_ERROR_TIMEOUT", "timed out", usb.TimedOut},
	errOverflow:     {"LIBUSB_ERROR_OVERFLOW", "overflow", usb.Overflow},
	errPipe:         {"LIBUSB_ERROR_PIPE", "stall", usb.Stall},
	errInterrupted:  {"LIBUSB_ERROR_INTERRUPTED", "interrupted", usb.Protocol},
	errNoMem:        {"LIBUSB_ERROR_NO_MEM", "no memory for it in the kernel", usb.Invalid},
	errNotSupported: {"LIBUSB_ERROR_NOT_SUPPORTED", "not supported", usb.Invalid},
	errOther:        {"LIBUSB_ERROR_OTHER", "other error", usb.Protocol},
}

// Status returns the status that a code stands for; what has none of its own is
// a Protocol error.
func (c code) Status() usb.Status {
	if e, ok := codes[c]; ok {
		return e.status
	}
	return usb.Protocol
}

func (c code) String() string {
	if e, ok := codes[c]; ok {
		return fmt.Sprintf("%s (%s)", e.text, e.name)
	}
	return fmt.Sprintf("error %d of libusb", int(c))
}

// A result is how a transfer of libusb ended: enum libusb_transfer_status.
type result int

// Results of libusb 1.0 (libusb.h).
const (
	transferCompleted result = iota
	transferError
	transferTimedOut
	transferCancelled
	transferStall
	transferNoDevice
	transferOverflow
)

var results = [...]usb.Status{
	transferCompleted: usb.OK,
	transferError:     usb.Protocol,
	transferTimedOut:  usb.TimedOut,
	transferCancelled: usb.Canceled,
	transferStall:     usb.Stall,
	transferNoDevice:  usb.Disconnected,
	transferOverflow:  usb.Overflow,
}

// Status returns the status that a result stands for.
func (r result) Status() usb.Status {
	if r >= 0 && int(r) < len(results) {
		return results[r]
	}
	return usb.Protocol
}
