package chip_test

import (
	"fmt"
	"time"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
)

// A host that looks too early, once for each way in which the chip is not ready.
func Example() {
	clock := &chip.VirtualClock{}
	part, err := chip.New(chip.Config{Model: chip.MFi20C(), Identity: testca.Test().MustIssue(mfi.Gen20, 1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	bus := chip.NewBus(clock, part)
	bus.Trace = func(t chip.Transaction) { fmt.Println(t) }

	clock.Sleep(time.Second)
	version := make([]byte, 1)
	_ = bus.Tx(0x10, []byte{0x00}, nil) // asleep: this only wakes it
	clock.Sleep(500 * time.Microsecond)
	_ = bus.Tx(0x10, []byte{0x00}, nil) // the pointer is set
	_ = bus.Tx(0x10, nil, version)      // busy
	clock.Sleep(time.Millisecond)
	_ = bus.Tx(0x10, nil, version)
	// Output:
	// 1s S 10 W NACK P
	// 1.00061s S 10 W ACK 00 P
	// 1.00081s S 10 R NACK P
	// 1.00192s S 10 R ACK 05 P
}

// A chip that says it has signed, but whose signature has one wrong bit.
func ExampleFaults() {
	part, err := chip.New(chip.Config{
		Model:    chip.MFi30(),
		Identity: testca.Test().MustIssue(mfi.Gen30, 1),
		Faults:   chip.Faults{FlipSignatureBit: 1, SigningTime: 1900 * time.Millisecond},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	clock := &chip.VirtualClock{}
	host, err := mfi.Open(chip.NewBus(clock, part), clock, mfi.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	certificate, _ := host.Certificate()
	challenge := make([]byte, 32)
	response, _ := host.Sign(challenge)
	fmt.Println(testca.Verifier{}.VerifyResponse(certificate, challenge, response) != nil)
	// Output: true
}
