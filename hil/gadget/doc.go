// Package gadget presents a [usb.Device] by a USB device controller of this
// machine, to whatever host is at the other end of its cable: a [Port] is a
// [usb.Port] on configfs and FunctionFS of Linux.
//
//	p, err := gadget.Open(w, "gadget:")
//	err = p.Attach(device)
//
// It needs root, and the modules libcomposite and usb_f_fs:
//
//	modprobe -a libcomposite usb_f_fs
//	modprobe dummy_hcd     # a controller and a host where there is no hardware
//
// A program that is compiled for another system has the same functions; they
// fail with an [*Error].
//
// # At second hand
//
// The kernel answers a host's standard requests by itself and tells afterwards,
// in part, what the host did. The port makes that up again as requests to the
// device, and tells observers in the words of a cable, from "attach" to
// "detach". So a device sees GET_DESCRIPTOR, SET_CONFIGURATION and SET_INTERFACE
// a moment after its host has been answered, and cannot refuse them. Where a host
// sees something else than on a cable is in doc/decisions/0006-functionfs.md.
//
// # Alternate settings
//
// Linux 6.8 and newer pass them on; older kernels refuse a host's SET_INTERFACE to
// any setting but 0, and Attach says so. The kernel does not tell which setting
// was selected. The port learns it from a probe in the kernel, which takes
// tracefs; without one it guesses, and an event "alternate guessed" says that.
//
// # What is left behind
//
// Nothing. A gadget is named after its controller; what a process left that was
// killed, the next Attach to that controller removes.
package gadget
