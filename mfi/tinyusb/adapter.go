package tinyusb

import (
	"encoding/binary"
	"errors"

	"periph.io/x/conn/v3/physic"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Bus is what the adapter drives: a [chip.Bus] on the clock of the adapter's world. One that has periph.io's SetSpeed follows
// ReqSetDelay.
type Bus interface {
	// Do sends one message and waits until it is over. The error wraps mfi.ErrNACK when the address was not acknowledged.
	Do(chip.Message) error
}

// Config names an adapter. The zero value will do.
type Config struct {
	Name   string // in events and reports; "i2c-tiny-usb" by default
	Serial string // the USB serial number; "0001" by default
}

// Adapter is the adapter as a peripheral. It is a [usb.Device]: attach it to a port.
type Adapter struct {
	*usb.Gadget
	f *firmware
}

var _ usb.Device = (*Adapter)(nil)

// New makes an adapter for a bus, both of one world.
func New(w *sim.World, bus Bus, c Config) *Adapter {
	if c.Name == "" {
		c.Name = "i2c-tiny-usb"
	}
	if c.Serial == "" {
		c.Serial = "0001"
	}
	f := &firmware{w: w, name: c.Name, bus: bus}
	return &Adapter{usb.NewGadget(w, c.Name, descriptors(c.Serial), f), f}
}

// Status is what became of the last message.
func (a *Adapter) Status() Status { return a.f.status }

// firmware answers the vendor requests. Its worker is a process, for messages take time on the bus.
type firmware struct {
	usb.BaseFunction
	w      *sim.World
	name   string
	bus    Bus
	status Status

	working bool
	next    *usb.ControlRequest // for the worker. The gadget has one at a time; with a second one the first was canceled
	buf     []byte
}

// Control implements [usb.Function].
func (f *firmware) Control(c *usb.ControlRequest) {
	switch {
	case c.Setup.RequestType&usb.TypeMask != usb.TypeVendor:
		c.Stall()
	case f.working:
		f.next = c // nothing is answered while the bus is in use
	case isMessage(c.Setup):
		f.next, f.working = c, true
		f.w.Go(f.name, f.work)
	default:
		f.answer(c)
	}
}

func isMessage(s usb.Setup) bool { return s.Request&^(Begin|End) == ReqMessage }

// work serves requests until none is left.
func (f *firmware) work() {
	defer func() { f.working = false }()
	for f.next != nil {
		c := f.next
		f.next = nil
		switch {
		case !c.Pending(): // canceled before it began
		case isMessage(c.Setup):
			f.message(c)
		default:
			f.answer(c)
		}
	}
}

// answer serves what takes no time.
func (f *firmware) answer(c *usb.ControlRequest) {
	var b [4]byte
	switch s := c.Setup; {
	case s.Request == ReqEcho && s.In():
		binary.LittleEndian.PutUint16(b[:], s.Value)
		c.Reply(b[:2])
	case s.Request == ReqFunctions && s.In():
		binary.LittleEndian.PutUint32(b[:], Functions)
		c.Reply(b[:4])
	case s.Request == ReqSetDelay && !s.In():
		f.setDelay(s.Value)
		c.Accept()
	case s.Request == ReqStatus && s.In():
		b[0] = byte(f.status)
		c.Reply(b[:1])
	default:
		c.Stall()
	}
}

// maxSpeed is what firmware that moves each edge by itself can reach: inferred.
const maxSpeed = 400 * physic.KiloHertz

// setDelay sets the speed of a bus that has one: the clock lasts at least delay. It never fails, for then the driver would not bind.
func (f *firmware) setDelay(microseconds uint16) {
	bus, ok := f.bus.(interface{ SetSpeed(physic.Frequency) error })
	if !ok {
		return
	}
	speed := maxSpeed
	if microseconds > 0 {
		speed = min(max(physic.MegaHertz/physic.Frequency(microseconds), chip.MinSpeed), maxSpeed)
	}
	_ = bus.SetSpeed(speed) // within the limits of a chip.Bus; another keeps its speed
}

// message sends a message. The driver leaves other flags in wValue, so the direction is that of the request. On a missing
// acknowledge all bytes are moved the same.
func (f *firmware) message(c *usb.ControlRequest) {
	m := chip.Message{Addr: c.Setup.Index, Read: c.Setup.In(), Stop: c.Setup.Request&End != 0}
	if m.Read {
		m.Data = f.room(int(c.Setup.Length))
		clear(m.Data)
	} else {
		m.Data = f.room(len(c.Data))
		copy(m.Data, c.Data) // the host may take its own back before the bus is done
	}
	switch err := f.bus.Do(m); {
	case err == nil:
		f.status = StatusACK
	case errors.Is(err, mfi.ErrNACK):
		f.status = StatusNACK
	default:
		c.Stall()
		return
	}
	if m.Read {
		c.Reply(m.Data)
	} else {
		c.Accept()
	}
}

// room is a buffer of n bytes, the same one each time.
func (f *firmware) room(n int) []byte {
	if cap(f.buf) < n {
		f.buf = make([]byte, n)
	}
	return f.buf[:n]
}

// Unplugged implements [usb.Function]: the adapter lives on the bus's power.
func (f *firmware) Unplugged() { f.status = StatusIdle }
