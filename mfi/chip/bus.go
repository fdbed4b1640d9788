package chip

import (
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/plugfest/plugfest/mfi"
)

// Bus is a simulated I2C bus with its adapter, and chips on it. It implements periph.io's i2c.Bus.
//
// Bytes take time: nine clocks each, one for a START and one for a STOP. A caller that finds the bus in use waits until it is free.
type Bus struct {
	// StretchLimit is how long the adapter lets a chip hold the clock low before it fails with [ErrStretch]. Default 1 s.
	StretchLimit time.Duration
	// Trace, when not nil, is told of each message when it has ended.
	Trace func(Transaction)

	clock mfi.Clock
	chips []*Chip
	freq  physic.Frequency
	inUse bool
	held  bool  // no STOP yet
	owner *Chip // the chip that was addressed last since the bus is held
}

var _ i2c.Bus = (*Bus)(nil)

// The speeds that [Bus.SetSpeed] takes. At power-up a bus runs at 100 kHz.
const (
	MinSpeed = 10 * physic.KiloHertz
	MaxSpeed = physic.MegaHertz
)

// NewBus makes a bus of 100 kHz. The chips must not share an address.
func NewBus(clock mfi.Clock, chips ...*Chip) *Bus {
	return &Bus{StretchLimit: time.Second, clock: clock, chips: chips, freq: 100 * physic.KiloHertz}
}

// String names the bus.
func (b *Bus) String() string { return fmt.Sprintf("simulated I2C bus at %s", b.freq) }

// SetSpeed changes the speed of the bus. A chip whose MaxClockHz is less no longer answers.
func (b *Bus) SetSpeed(f physic.Frequency) error {
	if f < MinSpeed || f > MaxSpeed {
		return fmt.Errorf("i2c: speed %s: want %s to %s", f, MinSpeed, MaxSpeed)
	}
	b.freq = f
	return nil
}

// Tx writes w, then reads r, with a repeated START between them when both are given, as periph.io defines it. With neither it is an
// empty write, the probe of i2cdetect. The error wraps mfi.ErrNACK or [ErrStretch].
func (b *Bus) Tx(addr uint16, w, r []byte) error {
	if len(w) > 0 || len(r) == 0 {
		if err := b.Do(Message{Addr: addr, Data: w, Stop: len(r) == 0}); err != nil {
			return err
		}
	}
	if len(r) > 0 {
		return b.Do(Message{Addr: addr, Read: true, Data: r, Stop: true})
	}
	return nil
}

// Message is what lies between a START and the STOP or the next START.
type Message struct {
	Addr uint16 // 7 bits
	Read bool
	Data []byte // the bytes to write, or the room for those to read
	Stop bool   // ends in a STOP; else the bus is held, and the next message begins with a repeated START
}

// Do sends one message: what an adapter such as i2c-tiny-usb is asked for. When the address is not acknowledged the adapter sends a
// STOP by itself.
func (b *Bus) Do(m Message) error {
	for b.inUse {
		b.clock.Sleep(b.bits(9))
	}
	b.inUse = true
	defer func() { b.inUse = false }()

	t := Transaction{Start: b.clock.Now(), Addr: m.Addr, Read: m.Read, Repeated: b.held, Data: m.Data, Wanted: len(m.Data)}
	b.clock.Sleep(b.bits(1 + 9))
	chip := b.find(m.Addr)
	stretch, err := b.start(chip, m)
	if err == nil {
		t.Ack, t.Stretch = true, stretch
		b.clock.Sleep(stretch + b.bits(9*len(m.Data)))
		err = b.data(chip, m)
	}
	b.held, b.owner = true, chip
	if m.Stop || err != nil {
		b.clock.Sleep(b.bits(1))
		if chip != nil {
			chip.Stop(b.clock.Now())
		}
		b.held, b.owner = false, nil
	}
	if b.Trace != nil {
		t.End, t.Err, t.Stop = b.clock.Now(), err, !b.held
		if !t.Ack {
			t.Data = nil
		}
		t.Data = append([]byte(nil), t.Data...)
		b.Trace(t)
	}
	return err
}

func (b *Bus) start(chip *Chip, m Message) (time.Duration, error) {
	if chip == nil {
		return 0, &BusError{Addr: m.Addr, Read: m.Read, Err: mfi.ErrNACK}
	}
	// To a chip that had no part in the transfer so far, a repeated START is the first it sees.
	stretch, err := chip.Start(b.clock.Now(), m.Read, b.held && b.owner == chip, b.StretchLimit)
	if e, ok := err.(*BusError); ok && e.Timeout() {
		b.clock.Sleep(b.StretchLimit)
	}
	return stretch, err
}

func (b *Bus) data(chip *Chip, m Message) error {
	if m.Read {
		chip.Read(b.clock.Now(), m.Data)
		return nil
	}
	if n := chip.Write(m.Data); n < len(m.Data) {
		return &BusError{Addr: m.Addr, Err: mfi.ErrNACK}
	}
	return nil
}

// find is the chip at an address, if it has power and the bus is not too fast for it.
func (b *Bus) find(addr uint16) *Chip {
	for _, c := range b.chips {
		if c.power.on && c.Address() == addr && b.freq <= physic.Frequency(c.MaxClockHz())*physic.Hertz {
			return c
		}
	}
	return nil
}

// bits is the time that n clocks take.
func (b *Bus) bits(n int) time.Duration { return time.Duration(n) * b.freq.Period() }
