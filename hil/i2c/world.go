package i2c

import (
	"errors"
	"fmt"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/plugfest/plugfest/sim"
)

// InWorld lets the processes of a world use a bus that blocks: each transfer runs outside of the world, while other processes go on.
// What passes is told to the world's observers as events of host in layer "i2c", as a simulated bus does. The world must run in
// real time; else it fails with ErrVirtual.
func InWorld(w *sim.World, bus periph.Bus, host string) (periph.Bus, error) {
	if !w.IsRealTime() {
		return nil, fmt.Errorf("i2c: %v: %w", bus, ErrVirtual)
	}
	return &worldBus{w: w, bus: bus, host: host}, nil
}

type worldBus struct {
	w    *sim.World
	bus  periph.Bus
	host string
}

func (b *worldBus) String() string                    { return b.bus.String() }
func (b *worldBus) SetSpeed(f physic.Frequency) error { return b.bus.SetSpeed(f) }

// Tx implements periph.io's Bus.
func (b *worldBus) Tx(addr uint16, w, r []byte) (err error) {
	b.w.Outside("I2C transfer", func() { err = b.bus.Tx(addr, w, r) })
	if !b.w.Observed() {
		return err
	}
	if len(w) > 0 || len(r) == 0 {
		b.tell("write", addr, w, err, false)
	}
	if len(r) > 0 {
		b.tell("read", addr, r, err, len(w) > 0)
	}
	return err
}

func (b *worldBus) tell(kind string, addr uint16, data []byte, err error, restart bool) {
	ack, again := 1, 0
	if restart {
		again = 1
	}
	e := sim.Event{Who: b.host, Layer: "i2c", Kind: kind, Data: data}
	var failed *Error
	if err != nil {
		ack, e.Data = 0, nil
		errors.As(err, &failed)
	}
	e.Fields = []sim.Field{sim.Text("peer", "chip"), sim.Int("addr", addr), sim.Int("ack", ack), sim.Int("restart", again)}
	if failed != nil {
		e.Fields = append(e.Fields, sim.Int("errno", int(failed.Errno())))
	}
	b.w.Emit(e)
}
