// Package libusb is the USB host of this machine as a [usb.Host]: real devices,
// such as an iPhone, and those of virtual controllers (vhci_hcd, dummy_hcd). The
// simulated head unit and the simulated phone in its host role run on it
// unchanged.
//
// It needs Linux, cgo and libusb 1.0, and is built in by a tag:
//
//	apt-get install gcc pkg-config libusb-1.0-0-dev
//	CGO_ENABLED=1 go build -tags libusb ./cmd/plugfest
//
// Without the tag the package compiles everywhere: [List] and [ParseSpec] work,
// [New] fails with [ErrNotBuilt].
//
// # World
//
// A [Host] stands at the door of a world that runs on the machine's clock
// ([sim.RealTime]). Nothing of libusb is called inside of the world: each [usb.Conn]
// has a goroutine of its own that makes its calls in order, and completions are
// posted. An open Host holds the world open; it is closed when the world ends.
//
// # Devices
//
// Devices are read off sysfs, with the descriptors as the kernel has read them.
// Attachments and detachments are learned from the kernel's uevents, and by
// looking now and then where those cannot be had. [Options] say which devices
// a Host sees, so that two simulated hosts on one machine each have their own.
//
// The kernel has enumerated and configured a device before anybody here hears of
// it: [usb.Conn.Configuration] is then what the kernel chose. What it did is told to the
// world's observers as it is on a cable, from "attach" to "enumerated": read
// descriptors, SET_CONFIGURATION.
//
// Setting a configuration takes the device from the kernel's drivers; claiming an interface
// takes it from its driver, and releasing gives it back. Another program that
// has claimed an interface keeps it, and the error says so: usbmuxd is one.
//
// # Transfers
//
// Transfers of one endpoint are complete in the order of their submission. The
// caller's memory is handed to the kernel without a copy; a control transfer
// is copied once.
//
// A device that is pulled makes transfers fail with bus errors for a moment
// before the kernel sees that it is gone. A transfer that fails so is held for up to
// half a second and is then done with [usb.Disconnected], or, where the device
// stayed, with [usb.Protocol].
//
// The kernel bounds the memory of all transfers under way on a machine: 16 MiB
// unless usbfs_memory_mb of the module usbcore says otherwise. What exceeds it is done with
// [usb.Invalid]. Its control transfers carry at most 4096 bytes.
package libusb
