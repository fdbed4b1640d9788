// Package script writes streams of raw USB events as the in-memory cable and
// the bench would, for the tests of what reads them.
package script

import (
	"encoding/hex"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// A Bus is a host and a device, and where its events go.
type Bus struct {
	Host, Device string
	Number, Dev  int
	Sink         func(*sim.Event)
	Step         time.Duration // between submission and completion, and after it

	world *clock
}

// clock is what the buses of a world share.
type clock struct {
	now  time.Duration
	seq  uint64
	urbs int
}

// New returns a bus of a new world.
func New(host, device string, sink func(*sim.Event)) *Bus {
	return &Bus{Host: host, Device: device, Number: 1, Dev: 1, Sink: sink, Step: 125 * time.Microsecond, world: &clock{}}
}

// Swap returns the bus that there is after the roles have been exchanged.
func (b *Bus) Swap() *Bus {
	s := *b
	s.Host, s.Device, s.Number, s.Dev = b.Device, b.Host, b.Number+1, 1
	return &s
}

// Wait lets time pass.
func (b *Bus) Wait(d time.Duration) { b.world.now += d }

// Emit sends an event on; Seq and At are filled in.
func (b *Bus) Emit(e sim.Event) {
	b.world.seq++
	e.Seq, e.At = b.world.seq, b.world.now
	b.Sink(&e)
}

// Plug emits the event of an attachment or detachment.
func (b *Bus) Plug(kind string) {
	b.Emit(sim.Event{Who: b.Device, Layer: "usb", Kind: kind,
		Fields: []sim.Field{sim.Int("bus", b.Number), sim.Text("speed", "high"), sim.Text("peer", b.Host)}})
}

// A Transfer is a transfer that has been submitted.
type Transfer struct {
	bus    *Bus
	fields []sim.Field // without len
	in     bool
	setup  string
}

// Submit begins a transfer of n bytes, or of the data given.
func (b *Bus) Submit(ep uint8, kind usb.TransferType, setup string, n int, out []byte) *Transfer {
	b.world.urbs++
	t := &Transfer{bus: b, in: ep&0x80 != 0, setup: setup, fields: []sim.Field{
		sim.Int("urb", b.world.urbs), sim.Int("bus", b.Number), sim.Int("dev", b.Dev), sim.Int("ep", ep), sim.Text("type", kind.String()),
	}}
	fields := append(t.fields[:5:5], sim.Int("len", n), sim.Text("peer", b.Device))
	if setup != "" {
		fields = append(fields, sim.Text("setup", setup))
	}
	b.Emit(sim.Event{Who: b.Host, Layer: "usb", Kind: "submit", Fields: fields, Data: out})
	b.Wait(b.Step)
	return t
}

// Complete ends a transfer: n bytes were moved, of which data came in.
func (t *Transfer) Complete(status usb.Status, n int, data []byte) {
	b := t.bus
	fields := append(t.fields[:5:5], sim.Int("len", n), sim.Text("peer", b.Host))
	if t.setup != "" {
		fields = append(fields, sim.Text("setup", t.setup))
	}
	fields = append(fields, sim.Int("errno", status.Errno()), sim.Text("result", status.String()))
	b.Emit(sim.Event{Who: b.Device, Layer: "usb", Kind: "complete", Fields: fields, Data: data})
	b.Wait(b.Step)
}

// Control is a control transfer with the answer given; the direction is that of
// the setup packet.
func (b *Bus) Control(setup string, status usb.Status, data []byte) {
	raw, err := hex.DecodeString(setup)
	if err != nil || len(raw) != 8 {
		panic("script: bad setup packet " + setup)
	}
	s := usb.ParseSetup([8]byte(raw))
	if s.In() {
		b.Submit(0x80, usb.TypeControl, setup, int(s.Length), nil).Complete(status, len(data), data)
	} else {
		b.Submit(0x00, usb.TypeControl, setup, len(data), data).Complete(status, len(data), nil)
	}
}

// Out is a bulk transfer to the device.
func (b *Bus) Out(ep uint8, data []byte) {
	b.Submit(ep, usb.TypeBulk, "", len(data), data).Complete(usb.OK, len(data), nil)
}

// In is a bulk transfer from the device.
func (b *Bus) In(ep uint8, data []byte) {
	b.Submit(ep|0x80, usb.TypeBulk, "", 16384, nil).Complete(usb.OK, len(data), data)
}
