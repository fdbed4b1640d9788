package libusb

import "github.com/plugfest/plugfest/sim/usb"

// A backend opens devices: libusb, or what a test has instead.
type backend interface {
	// open opens a device. done is called, on any goroutine, after each
	// submitted transfer that has ended.
	open(d *Device, done func(*urb)) (handle, code)
}

// A handle is an opened device. Its calls are made by one goroutine, and may
// wait.
type handle interface {
	submit(*urb) code
	cancel(*urb)

	setConfiguration(value uint8) code // 0 unconfigures
	claim(number uint8) code
	release(number uint8) code
	detachDriver(number uint8) code // errNotFound where there is none
	attachDriver(number uint8) code
	setInterface(number, alternate uint8) code
	clearHalt(endpoint uint8) code
	reset() code

	// close frees everything. No transfer is under way.
	close()
}

// urb is a transfer on its way through a handle.
type urb struct {
	t    *usb.Transfer
	kind usb.TransferType
	c    *conn

	// Of the world:
	iface int        // that its endpoint belongs to, -1 for control
	want  usb.Status // what Canceled is to be called, OK if it is not recalled
	ended bool       // the handle has it no more

	// Of the handle, from submit until done:
	native  any  // kept for as long as the handle
	refused code // by submit
	result  result
	actual  int
}
