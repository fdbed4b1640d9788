//go:build libusb && linux && cgo

package libusb

// #include <stdint.h>
import "C"

import "runtime/cgo"

// plugfestTransferDone is called by libusb, on the thread that handles the
// events of the transfer's context.
//
//export plugfestTransferDone
func plugfestTransferDone(id C.uintptr_t, status, actual C.int) {
	cgo.Handle(id).Value().(*native).finish(int(status), int(actual))
}
