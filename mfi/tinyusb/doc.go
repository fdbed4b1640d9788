// Package tinyusb is a USB to I2C adapter, simulated: what the Linux driver i2c-tiny-usb takes for its hardware, with the modelled
// chips of package [github.com/plugfest/plugfest/mfi/chip] on its bus.
//
// Exported over USB/IP it makes an ordinary kernel load its driver and create a real /dev/i2c-N, on which any program
// that talks to a coprocessor finds the model. On the in-memory cable it serves a host of ours.
//
// # The protocol
//
// The adapter has no endpoint but 0. Its requests are vendor requests, which the kernel sends to the interface:
//
//	bRequest  name        data                       meaning
//	0         echo        IN, 2 bytes                wValue, for programs that look whether it is there
//	1         functions   IN, 4 bytes                what the bus can do, as I2C_FUNC_ bits
//	2         set delay   none                       wValue: microseconds a clock lasts at least
//	3         get status  IN, 1 byte                 of the last message: 0 none yet, 1 acknowledged, 2 not
//	4..7      I2C message IN or OUT, as many bytes   wIndex: address; bit 0: first of a transfer, bit 1: last
//
// A message whose address was not acknowledged still moves all of its bytes: the driver counts them before it asks for the status,
// and reports ENXIO only when the count is right. The adapter then ends the transfer with a STOP by itself, since the kernel sends
// nothing more of it.
//
// # Time
//
// A message takes as long as it takes on the simulated bus, clock stretching included, and its control transfer is answered only
// then. The kernel waits 2 s for each. A chip that holds the clock for longer than the bus allows makes the request stall,
// which the kernel reports as EIO.
//
// Sources: Linux 6.1 drivers/i2c/busses/i2c-tiny-usb.c (requests, order, the count before the status); harbaum/I2C-Tiny-USB
// (what its firmware answers, the STOP after a missing acknowledge).
package tinyusb
