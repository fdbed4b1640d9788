package libusb

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

// Every error of libusb is one of ours.
func TestCodes(t *testing.T) {
	for _, c := range []struct {
		code   code
		value  int
		status usb.Status
		text   string
	}{
		{success, 0, usb.OK, "success (LIBUSB_SUCCESS)"},
		{errIO, -1, usb.Protocol, "input/output error (LIBUSB_ERROR_IO)"},
		{errInvalidParam, -2, usb.Invalid, "invalid parameter (LIBUSB_ERROR_INVALID_PARAM)"},
		{errAccess, -3, usb.Invalid, "permission denied (LIBUSB_ERROR_ACCESS)"},
		{errNoDevice, -4, usb.Disconnected, "no such device (LIBUSB_ERROR_NO_DEVICE)"},
		{errNotFound, -5, usb.Invalid, "not found (LIBUSB_ERROR_NOT_FOUND)"},
		{errBusy, -6, usb.Invalid, "busy (LIBUSB_ERROR_BUSY)"},
		{errTimeout, -7, usb.TimedOut, "timed out (LIBUSB_ERROR_TIMEOUT)"},
		{errOverflow, -8, usb.Overflow, "overflow (LIBUSB_ERROR_OVERFLOW)"},
		{errPipe, -9, usb.Stall, "stall (LIBUSB_ERROR_PIPE)"},
		{errInterrupted, -10, usb.Protocol, "interrupted (LIBUSB_ERROR_INTERRUPTED)"},
		{errNoMem, -11, usb.Invalid, "no memory for it in the kernel (LIBUSB_ERROR_NO_MEM)"},
		{errNotSupported, -12, usb.Invalid, "not supported (LIBUSB_ERROR_NOT_SUPPORTED)"},
		{errOther, -99, usb.Protocol, "other error (LIBUSB_ERROR_OTHER)"},
		{-50, -50, usb.Protocol, "error -50 of libusb"},
	} {
		require.Equal(t, c.value, int(c.code))
		require.Equal(t, c.status, c.code.Status(), c.text)
		require.Equal(t, c.text, c.code.String())
	}
}

// Every way in which a transfer of libusb ends is one of ours.
func TestResults(t *testing.T) {
	for _, c := range []struct {
		result result
		value  int
		status usb.Status
	}{
		{transferCompleted, 0, usb.OK},
		{transferError, 1, usb.Protocol},
		{transferTimedOut, 2, usb.TimedOut},
		{transferCancelled, 3, usb.Canceled},
		{transferStall, 4, usb.Stall},
		{transferNoDevice, 5, usb.Disconnected},
		{transferOverflow, 6, usb.Overflow},
		{7, 7, usb.Protocol},
		{-1, -1, usb.Protocol},
	} {
		require.Equal(t, c.value, int(c.result))
		require.Equal(t, c.status, c.result.Status(), "%d", c.value)
	}
}

func TestErrors(t *testing.T) {
	d := &Device{Path: "1-2", Bus: 1, Address: 7, Descriptor: usb.DeviceDescriptor{VendorID: 0x05AC, ProductID: 0x12A8}}
	require.NoError(t, success.err("open", d))
	require.Equal(t, usb.Disconnected, errNoDevice.err("open", d), "what every carrier says")
	for _, c := range []struct {
		code code
		want string
	}{
		{errPipe, "libusb: set interface 1 to 2 of 1-2 (05ac:12a8): stall (LIBUSB_ERROR_PIPE)"},
		{errBusy, "libusb: set interface 1 to 2 of 1-2 (05ac:12a8): busy (LIBUSB_ERROR_BUSY): another program has it (usbmuxd, a virtual machine?): stop that first"},
		{errAccess, "libusb: set interface 1 to 2 of 1-2 (05ac:12a8): permission denied (LIBUSB_ERROR_ACCESS): this user may not write to /dev/bus/usb/001/007: " +
			`run as root, or give access by a udev rule: SUBSYSTEM=="usb", ATTR{idVendor}=="05ac", TAG+="uaccess"`},
	} {
		err := c.code.err("set interface 1 to 2", d)
		require.EqualError(t, err, c.want)
		var e *Error
		require.True(t, errors.As(err, &e))
		require.Equal(t, int(c.code), e.Code)
		require.ErrorIs(t, err, c.code.Status())
	}
}
