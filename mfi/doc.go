// Package mfi talks to an MFi authentication coprocessor on an I2C bus: it reads the accessory certificate and has
// challenges signed. The same code drives a real chip through package hil/i2c, or any other bus of periph.io, and the modelled chip of
// package [github.com/plugfest/plugfest/mfi/chip].
//
// # The chip
//
// Two generations are in the field. They share an address, a register map and a way of misbehaving:
//
//	                   2.0C              3.0
//	key                RSA-1024          ECDSA P-256
//	challenge          20 bytes          32 bytes
//	signature          128 bytes         64 bytes, r and s
//	certificate        up to 1280 bytes  607 to 609 bytes
//
// Both sleep by themselves, and answer the START that wakes them with a NACK; both NACK everything for about a millisecond after a
// register pointer was written, and for some hundred milliseconds while they sign; both want a STOP between the pointer
// write and the read.
//
// # How the driver copes
//
// Every register access is two transactions, a pointer write and a read, each ended by a STOP. What was not acknowledged is
// tried again until a deadline, and only that: when the read fails the read alone is repeated, because each new pointer write
// would open a new busy window; when the write fails the write is repeated, because the chip has lost its pointer.
//
// Linux I2C adapters report a NACK as ENXIO, EREMOTEIO, EIO or ETIMEDOUT, and periph.io's sysfs bus hides even that. So every
// error is worth another attempt, except one that says that the bus itself is gone ([ErrGone], ENODEV, ENOENT).
//
// # Time
//
// The driver reads the time and waits through a [Clock]. A sim.World is one, in virtual as in real time.
//
// Sources: HomeKitADK for registers, sequences and certificates; the bring-up log of redline-labs/digital_dashboard for the
// busy windows; WACResearch for the self test and the event counter.
package mfi
