// Package usbip carries USB over a network, as USB/IP does.
//
// A [Server] exports any number of devices: each of its [Port]s is a [usb.Port],
// whose host is whoever imports the device there. That can be vhci_hcd of Linux,
// and with it every driver and program of that machine. A [Client] imports a
// device, of our server or of another, and is a [usb.Host]: the device can be a
// gadget on usbip-vudc, or a real one that usbip-host exports. Both are for
// worlds on the machine's clock.
//
// # What does not pass
//
// The wire has no bus resets and no addresses: a device is reset once, when it
// is imported, and SET_ADDRESS never comes. It has no power. Isochronous
// transfers end with every packet missed, for [usb.Transfer] has none.
//
// # What a client can do to a server
//
// A connection is read all the time, whatever the device does: an unlink, or a
// request to endpoint 0, must not wait behind data that nobody takes. What is
// read is kept, up to a limit for each client ([Options]); a transfer above it is
// answered with ENOMEM at once, its data passed over. A host that is in order
// does not come there, as its own kernel bounds what it has under way. Reading
// stops only at a client that does not read: with thousands of answers that it
// has not taken, it is not listened to until it does.
//
// A message that makes no sense (a length above 16 MiB, a seqnum that is under
// way already) ends the connection, since nobody knows where the next message
// begins. For the device that is an unplugging.
//
// # Unlinking
//
// A transfer that is unlinked before anything of it has passed is answered by
// RET_UNLINK with -ECONNRESET alone. One of which some has passed is answered by
// RET_SUBMIT with that, and then by RET_UNLINK with 0, as if the unlink had come
// late: so no byte is lost by a time-out of the host's.
//
// # Events
//
// A server tells in layer "usb" what a [usb.Cable] tells, with the importing
// host as the one end; "enumerated" comes before the first SET_CONFIGURATION,
// since a host that configures a device knows it. Layer "usbip" has
//
//	import   busid, client          a host has come
//	close    busid, reason          it has gone
//	refuse   client, reason, busid  somebody asked for what there is not
//
// Source: Linux Documentation/usb/usbip_protocol.rst, drivers/usb/usbip.
package usbip
