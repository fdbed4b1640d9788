// Package chip models MFi authentication coprocessors on an I2C bus, register by register and NACK by NACK.
//
// A [Model] says what a generation is: registers, sizes, access, power-up values, error codes, timings and habits. [MFi20C] and
// [MFi30] are the ones in the field; a model is data, so another one is another YAML file ([ParseModel]). A [Chip] is one part of
// that model with an identity of its own, made by the test CA of package [github.com/plugfest/plugfest/mfi/testca]. [Faults] break it.
//
// # Time
//
// A Chip is a plain state machine: each call is handed the time. It never waits; it answers, it NACKs, or it asks for the clock to
// be stretched. A [Bus] gives it time: it is a periph.io i2c.Bus whose bytes take as long as they take at the bus's speed.
//
// # What is modelled
//
//   - Sleep: idle for 30 ms (2.0C) or 4 s (3.0), the chip sleeps; the next START is NACKed, or stretched, and wakes it.
//   - Busy: after the STOP of a write, and while it signs, it NACKs every START.
//   - The pointer: a write of one byte sets it. A NACKed write unsets it, and what is read then is filler. A NACKed read leaves it.
//     Reads go on where the last one stopped, across registers.
//   - A repeated START is refused, and unsets the pointer, unless the model accepts it.
//   - The error register, which reading clears, and the status, whose bit 7 follows it.
//   - The event counter of the 2.0C, which falls by one a second and survives the loss of power.
//   - The processes of the control register: signature; and on the 2.0C own challenge, verification of a response and validation
//     of a certificate, as far as public facts carry.
//
// Not modelled: voltages, arbitration between masters, and a NACK of a data byte, which no source has seen.
package chip
