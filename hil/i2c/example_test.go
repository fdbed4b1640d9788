package i2c_test

import (
	"fmt"

	"github.com/plugfest/plugfest/hil/i2c"
	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/sim"
)

// The chip on a board's bus. This needs one, so it is compiled and not run.
func Example() {
	bus, err := i2c.Open("/dev/i2c-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bus.Close()
	world := sim.New(sim.RealTime())
	shared, err := i2c.InWorld(world, bus, "headunit")
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = world.Run(func() {
		chip, err := mfi.Open(shared, world, mfi.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		certificate, err := chip.Certificate()
		fmt.Println(chip, len(certificate), err)
	})
}

func ExampleParseSpec() {
	spec, err := i2c.ParseSpec("i2c:/dev/i2c-1@0x10")
	fmt.Printf("%s 0x%02X %v\n", spec.Device, spec.Addr, err)
	_, err = i2c.ParseSpec("i2c:/dev/i2c-1@10")
	fmt.Println(err)
	// Output:
	// /dev/i2c-1 0x10 <nil>
	// i2c: bus "i2c:/dev/i2c-1@10": address "10" is no hexadecimal number with 0x; want i2c:DEVICE or i2c:DEVICE@ADDRESS, such as i2c:/dev/i2c-1@0x10
}
