package libusb

import (
	"errors"
	"fmt"

	"github.com/plugfest/plugfest/sim/usb"
)

// ErrNotBuilt is what [New] returns from a program that was built without libusb.
var ErrNotBuilt = errors.New("libusb: this program was built without libusb: install gcc, pkg-config and libusb-1.0-0-dev, and build it with CGO_ENABLED=1 go build -tags libusb (on Linux)")

// An Error is a call of libusb that failed. It wraps the [usb.Status] that
// stands for it. A device that is gone is [usb.Disconnected] itself, and no Error.
type Error struct {
	Op     string // what was tried: "claim interface 1"
	Device string // port, vendor and product: "1-2 (05ac:12a8)"
	Code   int    // enum libusb_error
	Hint   string // what to do, or ""
}

func (e *Error) Error() string {
	s := fmt.Sprintf("libusb: %s of %s: %s", e.Op, e.Device, code(e.Code))
	if e.Hint != "" {
		s += ": " + e.Hint
	}
	return s
}

// Unwrap returns the [usb.Status].
func (e *Error) Unwrap() error { return code(e.Code).Status() }

// err returns the error of a call to a device, or nil.
func (c code) err(op string, d *Device) error {
	switch c {
	case success:
		return nil
	case errNoDevice:
		return usb.Disconnected
	}
	e := &Error{Op: op, Device: d.String(), Code: int(c)}
	switch c {
	case errBusy:
		e.Hint = "another program has it (usbmuxd, a virtual machine?): stop that first"
	case errAccess:
		e.Hint = fmt.Sprintf("this user may not write to %s: run as root, or give access by a udev rule: SUBSYSTEM==\"usb\", ATTR{idVendor}==\"%04x\", TAG+=\"uaccess\"", d.Node(), d.Descriptor.VendorID)
	}
	return e
}
