package headunit

import (
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/plugfest/plugfest/headunit/lockdown"
	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// A HeadUnit is one simulated head unit in a world.
type HeadUnit struct {
	w    *sim.World
	m    Model
	name string
	host usb.Host
	port usb.Port
	bus  i2c.Bus
	chip *mfi.Coprocessor // once opened
	seqs func() uint8
	acc  *accessory // while it talks iAP2

	records  muxd.Records   // of phones that it is paired with
	daemon   *muxd.Daemon   // where it stays the USB host
	lockdown *lockdown.Host // likewise
}

// New makes a head unit. Its name is what events call it.
func New(w *sim.World, name string, m Model) *HeadUnit {
	h := &HeadUnit{w: w, m: m, name: name, records: muxd.NewMemory(w, name)}
	rnd := w.Rand(name + ": first sequence numbers")
	h.seqs = func() uint8 {
		if m.Link.InitialSeq >= 0 {
			return uint8(m.Link.InitialSeq)
		}
		return uint8(rnd.Uint32())
	}
	return h
}

// Model returns what the head unit was made from.
func (h *HeadUnit) Model() Model { return h.m }

// SetRecords keeps the pair records of phones, for a head unit that comes over
// usbmux, there instead of in memory. It is called before Start.
func (h *HeadUnit) SetRecords(r muxd.Records) { h.records = r }

// Start plugs the head unit in, as a host, and lets it live until the world
// ends. The host is where it looks for phones, the port where it becomes a
// gadget; on a cable both are the same plug. The bus is where its
// authentication chip is.
func (h *HeadUnit) Start(host usb.Host, port usb.Port, bus i2c.Bus) {
	h.host, h.port, h.bus = host, port, bus
	h.w.Go(h.name, h.live)
}

func (h *HeadUnit) live() {
	h.vbus(true)
	if h.m.UsesUSBMux() {
		h.muxRole()
		return
	}
	for h.hostRole() {
		h.gadgetRole()
		h.vbus(true)
	}
	h.state("no USB host any more")
}

// vbus switches the supply where the carrier lets it.
func (h *HeadUnit) vbus(on bool) {
	if s, ok := h.host.(usb.PowerSource); ok {
		s.SetVBUS(on)
	}
}

func (h *HeadUnit) state(kind string, fields ...sim.Field) {
	h.w.Emit(sim.Event{Who: h.name, Layer: "state", Kind: kind, Fields: fields})
}

func (h *HeadUnit) sleep(d time.Duration) {
	if d > 0 {
		h.w.Sleep(d)
	}
}
