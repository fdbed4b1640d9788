// Package i2c is a real I2C bus of Linux, /dev/i2c-N: the bus that package [github.com/plugfest/plugfest/mfi] reads its
// chip on, and any other driver of periph.io.
//
//	bus, err := i2c.Open("/dev/i2c-1")
//	world := sim.New(sim.RealTime())
//	shared, err := i2c.InWorld(world, bus, "headunit")
//	chip, err := mfi.Open(shared, world, mfi.Options{}) // inside the world
//
// # On the wire
//
// Each call of [Bus.Tx] is one I2C_RDWR of i2c-dev. With bytes to write, or with room to read, it is one message between a START
// and a STOP; with both it is two, with a repeated START between them, which an MFi coprocessor refuses. Nothing is written to a
// register by itself, and nothing is tried again: retries are the driver's, who knows what they mean to the chip.
//
// # Errors
//
// Every error keeps the kernel's errno: errors.Is(err, syscall.ENXIO) works, and [*Error] says in words what it means here.
//
//	ENXIO, EREMOTEIO   no acknowledge. errors.Is(err, mfi.ErrNACK) is true
//	EIO, ETIMEDOUT     a bus error; some adapters report a missing acknowledge so
//	EAGAIN             lost arbitration
//	EBUSY              the lines are held low; or a kernel driver owns the address
//	EOPNOTSUPP         the adapter cannot do this
//	ENODEV, ENOENT     no such bus. errors.Is(err, mfi.ErrGone) is true
//
// A USB adapter that is pulled while its bus is open goes on as EIO for ever: the kernel keeps what is left of it, and the hub that it
// was plugged into waits, until the bus is closed. So Bus looks whether the device still exists, adds mfi.ErrGone where it does
// not, and closes.
//
// Sources: Linux 6.1 drivers/i2c/i2c-dev.c, Documentation/i2c/dev-interface.rst and fault-codes.rst.
package i2c
