package bench

import (
	"fmt"
	"time"

	"github.com/plugfest/plugfest/headunit"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/sim"
)

// Names of the endpoints, as events call them.
const (
	phoneName    = "phone"
	headunitName = "headunit"
	chipName     = "chip"
)

// Bench is a phone and a head unit, and what carries between them.
type Bench struct {
	w       *sim.World
	carrier Carrier
	phone   *phone.Phone
	unit    *headunit.HeadUnit
	bus     *chip.Bus
}

var _ scenarios.Bench = (*Bench)(nil)

// New makes a bench on a cable in memory; it is a [scenarios.Maker]. Where a
// scenario has settings of a host, be they empty, a usbmuxd and its clients stand
// in place of the head unit.
func New(w *sim.World, c scenarios.Config) (scenarios.Bench, error) {
	return newBench(w, c, newMemory)
}

func newBench(w *sim.World, c scenarios.Config, join CarrierMaker) (scenarios.Bench, error) {
	if c.Setup.HasHost() {
		return newHost(w, c, join)
	}
	persona, err := readPhone(c.Setup.Phone)
	if err != nil {
		return nil, err
	}
	model, err := readHeadunit(c.Setup.Headunit)
	if err != nil {
		return nil, err
	}
	cable, err := readCable(c.Setup.Cable, headunitName)
	if err != nil {
		return nil, err
	}
	cable.HostB = persona.Enumeration()
	b := &Bench{w: w}
	if err := b.makeBus(c.Setup.Chip); err != nil {
		return nil, err
	}
	if b.carrier, err = join(w, cable); err != nil {
		return nil, err
	}
	if model.UsesUSBMux() {
		b.phone, _, _, err = newPhone(w, c.Setup.Phone, persona)
	} else {
		b.phone = phone.New(w, phoneName, persona) // nobody asks for its ports
	}
	if err != nil {
		return nil, err
	}
	b.unit = headunit.New(w, headunitName, model)
	return b, nil
}

func (b *Bench) makeBus(s scenarios.Settings) error {
	c, gen, err := readChip(s)
	if err != nil {
		return err
	}
	var chips []*chip.Chip
	if !c.None {
		identity, err := testca.Test().Issue(gen, b.w.Seed(), testca.IssueOptions{})
		if err != nil {
			return err
		}
		one, err := chip.New(chip.Config{Model: chip.ForGeneration(gen), Identity: identity,
			Faults: c.Faults, RSTHigh: c.RSTHigh, Seed: b.w.Seed()})
		if err != nil {
			return err
		}
		chips = append(chips, one)
	}
	b.bus = chip.NewBus(b.w, chips...)
	b.bus.Trace = b.transaction
	return nil
}

// transaction puts what passes on the I2C bus into the stream of events.
func (b *Bench) transaction(t chip.Transaction) {
	kind := "write"
	if t.Read {
		kind = "read"
	}
	b.w.Emit(sim.Event{Who: headunitName, Layer: "i2c", Kind: kind, Data: t.Data, Fields: []sim.Field{
		sim.Text("peer", chipName),
		sim.Int("addr", t.Addr),
		sim.Int("ack", bit(t.Ack)),
		sim.Int("restart", bit(t.Repeated)),
		sim.Int("stretch_us", t.Stretch/time.Microsecond),
	}})
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// adapted tells of what comes to the chip from a bus that is not the simulated one.
func (b *Bench) adapted(t chip.Transaction) {
	kind := "write"
	if t.Read {
		kind = "read"
	}
	b.w.Emit(sim.Event{Who: "adapter", Layer: "state.i2c", Kind: kind, Fields: []sim.Field{
		sim.Int("addr", t.Addr), sim.Int("ack", bit(t.Ack)), sim.Int("len", len(t.Data)),
	}})
}

// Start switches both devices on; the cable is not plugged in yet.
func (b *Bench) Start() error {
	bus, err := b.carrier.Bus(b.bus)
	if err != nil {
		return err
	}
	if any(bus) != any(b.bus) {
		b.bus.Trace = b.adapted // the other bus tells of what the head unit does
	}
	port, host := b.carrier.Phone()
	b.phone.Start(port, host)
	host, port = b.carrier.Headunit()
	b.unit.Start(host, port, bus)
	return nil
}

// Do carries out an action of a script.
func (b *Bench) Do(action string, args []string) error {
	if err := checkAction(action, args); err != nil {
		return scenarios.MarkInvalid(fmt.Errorf("bench: %w", err))
	}
	switch action {
	case "plug":
		b.carrier.Plug()
	case "unplug":
		b.carrier.Unplug()
	}
	return nil
}

// Stop takes the carrier apart; all else ends with the world.
func (b *Bench) Stop() { b.carrier.Close() }
