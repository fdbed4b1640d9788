package mfi_test

import (
	"errors"
	"fmt"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
)

// What a head unit does with its chip. With a real one, bus comes from package hil/i2c, or is any other of periph.io's, and clock is a
// world in real time.
func Example() {
	clock := &chip.VirtualClock{}
	part, err := chip.New(chip.Config{Model: chip.MFi30(), Identity: testca.Test().MustIssue(mfi.Gen30, 1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	bus := chip.NewBus(clock, part)

	c, err := mfi.Open(bus, clock, mfi.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	certificate, err := c.Certificate() // goes into message AA01
	if err != nil {
		fmt.Println(err)
		return
	}
	response, err := c.Sign(make([]byte, 32)) // the phone's challenge in, the content of message AA03 out
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c, len(certificate), len(response))
	// Output: MFi 3.0 at 0x10 608 64
}

// What went wrong, for a program.
func ExampleStatusError() {
	clock := &chip.VirtualClock{}
	part, err := chip.New(chip.Config{
		Model: chip.MFi20C(), Identity: testca.Test().MustIssue(mfi.Gen20, 1),
		Faults: chip.Faults{SignError: 0x06},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := mfi.Open(chip.NewBus(clock, part), clock, mfi.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Sign(make([]byte, 20))
	var failed *mfi.StatusError
	if errors.As(err, &failed) {
		fmt.Println(failed.Status)
		fmt.Println(failed.Code.Text(failed.Generation))
	}
	// Output:
	// 0x80 (failed)
	// internal error while making a response
}
