// Package usb is the plug at which everything meets: what a peripheral offers
// ([Device]), what a host uses ([Host], [Conn]), and the [Transfer] that passes
// between them.
//
// A carrier joins the two: the in-memory [Cable] here, USB/IP, libusb, a gadget
// port of Linux. The phone and the head unit know these interfaces alone and
// cannot tell which carrier is between them.
//
// # Device side
//
// A peripheral attaches a [Device] to a [Port]. [Gadget] is the one Device that
// simulated peripherals need: built from descriptors, it answers chapter 9 and
// leaves the rest to its [Function]; its [Endpoint]s read and write like files.
//
// # Host side
//
// A [Host] tells of attached devices by a [Watcher] and opens them as a [Conn].
// [Control] and [Do] wait for one transfer; a [Stream] keeps several in flight
// and reads and writes like a file.
//
// # World
//
// Everything here happens inside one [sim.World]: call the methods from its
// processes only. Completions ([Transfer.Done]) come from between processes and
// must not wait; they never come from inside Submit or Cancel.
package usb
