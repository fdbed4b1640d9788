package bench

import (
	"periph.io/x/conn/v3/i2c"

	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// A Carrier joins the phone and the head unit of a bench: in memory a cable, on
// real hardware ports and hosts of a kernel. Its methods are called inside the
// world.
//
// What passes has to show up in the world's stream of events as on a
// [usb.Cable], since verdicts come from there.
type Carrier interface {
	// Phone returns where the phone is a peripheral, and what it uses as a host.
	Phone() (usb.Port, usb.Host)

	// Headunit returns what the head unit uses as a host, and where it becomes a
	// gadget.
	Headunit() (usb.Host, usb.Port)

	// Bus returns where the head unit finds its authentication chip, given the
	// simulated bus that the chip is on.
	Bus(*chip.Bus) (i2c.Bus, error)

	// Plug joins the two, Unplug pulls the cable. A carrier begins unplugged.
	Plug()
	Unplug()

	// Close takes everything apart at the end of the scenario.
	Close()
}

// A CarrierMaker makes the carrier of one scenario. A cable with impairments
// that it cannot give is a [scenarios.ErrSkip].
type CarrierMaker func(w *sim.World, o usb.CableOptions) (Carrier, error)

// On returns a maker of benches whose devices another carrier joins.
func On(m CarrierMaker) scenarios.Maker {
	return func(w *sim.World, c scenarios.Config) (scenarios.Bench, error) { return newBench(w, c, m) }
}

// memory is the carrier of a bench that needs nothing but this process.
type memory struct{ *usb.Cable }

func newMemory(w *sim.World, o usb.CableOptions) (Carrier, error) {
	return memory{usb.NewCable(w, o)}, nil
}

func (m memory) Headunit() (usb.Host, usb.Port) { return m.A(), m.A() }

func (m memory) Phone() (usb.Port, usb.Host) { return m.B(), m.B() }

func (m memory) Bus(b *chip.Bus) (i2c.Bus, error) { return b, nil }

// Close does nothing: the cable ends with its world.
func (m memory) Close() {}
