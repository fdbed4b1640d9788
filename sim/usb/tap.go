package usb

import (
	"encoding/hex"

	"github.com/plugfest/plugfest/sim"
)

// A Tap tells the world's observers of what passes between a host and a device,
// in the events of the package comment. A [Cable] has its own; a carrier outside
// of this package makes one for each attachment, so that traces, captures and
// scenarios cannot tell it from a cable.
type Tap struct {
	World  *sim.World
	Host   string // name of the host's plug, as in events
	Device string // name of the device's plug
	Bus    uint8  // number of the bus

	// Silent taps tell nothing: where two carriers see the same transfers, one
	// is enough.
	Silent bool

	// Last is the number of the transfer submitted last. Where a world has
	// several carriers, each begins with a value that no other comes near.
	Last int64
}

// Attach tells that a device is there, at the speed that it will run at.
func (t *Tap) Attach(s Speed) { t.emit(t.Device, "attach", sim.Text("speed", s.String())) }

// Detach tells that it has gone.
func (t *Tap) Detach(s Speed) { t.emit(t.Device, "detach", sim.Text("speed", s.String())) }

// Reset tells of a bus reset; dev is the address that it ends.
func (t *Tap) Reset(dev uint8) { t.emit(t.Host, "reset", sim.Int("dev", dev)) }

// Enumerated tells that the host knows the device.
func (t *Tap) Enumerated(dev uint8, s Speed, d *DeviceDescriptor) {
	t.emit(t.Host, "enumerated", sim.Int("dev", dev), sim.Text("speed", s.String()),
		sim.Int("vendor", d.VendorID), sim.Int("product", d.ProductID))
}

// Failed tells that the host could not get to know the device.
func (t *Tap) Failed(dev uint8, reason string) {
	t.emit(t.Host, "enumeration failed", sim.Int("dev", dev), sim.Text("reason", reason))
}

// Submit numbers a transfer of the host's and tells of it. dev is the device's
// address, kind the endpoint's.
func (t *Tap) Submit(dev uint8, kind TransferType, x *Transfer) {
	t.Last++
	x.urb = t.Last
	if !t.observed() {
		return
	}
	data := x.Data
	if x.Control() {
		data = data[:x.Setup.Length]
	}
	e := sim.Event{Who: t.Host, Layer: "usb", Kind: "submit", Fields: t.fieldsOf(dev, kind, x, len(data), t.Device)}
	if !x.In() {
		e.Data = data
	}
	t.World.Emit(e)
}

// Complete tells of a transfer that has its Status and Actual, before its Done.
func (t *Tap) Complete(dev uint8, kind TransferType, x *Transfer) {
	if !t.observed() {
		return
	}
	f := append(t.fieldsOf(dev, kind, x, x.Actual, t.Host), sim.Int("errno", x.Status.Errno()), sim.Text("result", x.Status.String()))
	e := sim.Event{Who: t.Device, Layer: "usb", Kind: "complete", Fields: f}
	if x.In() {
		e.Data = x.Data[:x.Actual]
	}
	t.World.Emit(e)
}

func (t *Tap) observed() bool { return !t.Silent && t.World.Observed() }

func (t *Tap) emit(who, kind string, fields ...sim.Field) {
	if t.observed() {
		t.World.Emit(sim.Event{Who: who, Layer: "usb", Kind: kind,
			Fields: append([]sim.Field{sim.Int("bus", t.Bus)}, fields...)})
	}
}

// fieldsOf describes a transfer; n is its length.
func (t *Tap) fieldsOf(dev uint8, kind TransferType, x *Transfer, n int, peer string) []sim.Field {
	ep := x.Endpoint
	if x.Control() && x.Setup.In() {
		ep = DirIn
	}
	f := make([]sim.Field, 0, 10)
	f = append(f, sim.Int("urb", x.urb), sim.Int("bus", t.Bus), sim.Int("dev", dev), sim.Int("ep", ep),
		sim.Text("type", kind.String()), sim.Int("len", n), sim.Text("peer", peer))
	if x.Control() {
		b := x.Setup.Bytes()
		f = append(f, sim.Text("setup", hex.EncodeToString(b[:])))
	}
	return f
}
