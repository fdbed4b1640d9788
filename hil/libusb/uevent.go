package libusb

import "bytes"

// aboutUSB reports whether an uevent of the kernel is about a USB device or one
// of its interfaces. It is a header, ACTION@DEVPATH, and KEY=VALUE lines, each
// ended by a zero byte (Linux lib/kobject_uevent.c).
func aboutUSB(event []byte) bool {
	for field := range bytes.SplitSeq(event, []byte{0}) {
		if string(field) == "SUBSYSTEM=usb" {
			return true
		}
	}
	return false
}
