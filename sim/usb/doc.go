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
// # Events
//
// A cable tells the world's observers of everything in layer "usb":
//
//	submit, complete      of each transfer: urb, bus, dev, ep, type, len, peer, and
//	                      setup of a control transfer; a completion has errno and
//	                      result too. Who is the sender: the host's plug submits,
//	                      the device's completes. Data is what is sent that way
//	attach, detach        the device's plug: bus, speed
//	reset                 the host's plug: bus, dev
//	enumerated            the host's plug: bus, dev, speed, vendor, product
//	enumeration failed    the host's plug: bus, dev, reason
//	vbus                  the supplying plug: on
//	plug, unplug          "cable": reason
//	fault                 "cable": fault, ep, len, where an impairment struck
//
// # World
//
// Everything here happens inside one [sim.World]: call the methods from its
// processes only. Completions ([Transfer.Done]) come from between processes and
// must not wait; they never come from inside Submit or Cancel.
package usb
