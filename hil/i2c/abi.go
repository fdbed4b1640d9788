package i2c

import "unsafe"

// The ioctls of i2c-dev (linux/i2c-dev.h).
const (
	ioctlSlave     = 0x0703 // argument: an address
	ioctlFunctions = 0x0705 // argument: *uintptr, an unsigned long
	ioctlTransfer  = 0x0707 // argument: *transfer
)

// flagRead is I2C_M_RD of linux/i2c.h.
const flagRead = 0x0001

// maxMessage is the longest message that i2c-dev takes, in bytes.
const maxMessage = 8192

// i2cMessage is struct i2c_msg of linux/i2c.h.
type i2cMessage struct {
	addr  uint16
	flags uint16
	len   uint16
	buf   *byte
}

// transfer is struct i2c_rdwr_ioctl_data of linux/i2c-dev.h.
type transfer struct {
	messages *i2cMessage
	n        uint32
}

// kernel is an open /dev/i2c-N. Errors are a syscall.Errno.
type kernel interface {
	ioctl(request uint, value uintptr) (int, error)
	ioctlPointer(request uint, p unsafe.Pointer) (int, error)
	// present reports whether the device is still there.
	present() bool
	close() error
}
