package headunit

import (
	"fmt"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// gadget is the head unit as a USB device: an iAP2 interface, and one EA native
// transport interface for each native protocol.
type gadget struct {
	usb.BaseFunction
	h       *HeadUnit
	core    *usb.Gadget
	iap     pipes
	natives []*native
	changed sim.Cond // configured or not, plugged or not, the session ended
	gone    bool
}

// native is one EA native transport interface.
type native struct {
	pipes
	number uint8
	index  int // of its protocol in the model
}

func newGadget(h *HeadUnit) *gadget {
	g := &gadget{h: h}
	g.changed.Init(h.w, h.name+": the phone's SET_CONFIGURATION")
	g.core = usb.NewGadget(h.w, h.name, g.descriptors(), g)
	return g
}

// gadgetRole is the head unit's life as a gadget, until the phone has left.
func (h *HeadUnit) gadgetRole() {
	if h.m.Role.DropVBUS {
		h.vbus(false)
	}
	if h.m.USB.NoGadget {
		h.sleep(h.m.Timing.Wait)
		return
	}
	h.sleep(h.m.Timing.Gadget)
	g := newGadget(h)
	if err := h.port.Attach(g.core); err != nil {
		h.state("cannot attach", sim.Text("why", err.Error()))
		h.sleep(h.m.Timing.Wait)
		return
	}
	h.state("gadget attached")
	for g.wait() {
		h.talk(g.open(&g.iap))
	}
	h.port.Detach()
	h.state("host mode")
}

// wait waits for the phone to configure the gadget, and reports whether it has
// before the patience of the model is at its end. A phone that was there and has
// reset or unconfigured the gadget may configure it again.
func (g *gadget) wait() bool {
	g.changed.WaitFor(g.h.w.Now()+g.h.m.Timing.Wait, func() bool { return g.gone || g.configured() })
	switch {
	case g.gone:
		g.h.state("phone left")
		return false
	case !g.configured():
		g.h.state("no phone", sim.Text("why", "not configured in time"))
		return false
	}
	return true
}

// configured reports whether there is an iAP2 interface to talk on.
func (g *gadget) configured() bool { return !g.h.m.USB.NoIAP && g.core.Configuration() != 0 }

// Unplugged says that the phone has gone.
func (g *gadget) Unplugged() {
	g.gone = true
	g.changed.Broadcast()
}

// Reset ends whatever ran: the endpoints have failed already.
func (g *gadget) Reset() { g.changed.Broadcast() }

// Configured follows SET_CONFIGURATION.
func (g *gadget) Configured(uint8) { g.changed.Broadcast() }

// AlternateSet opens and closes EA native transports. With setting 0 the
// endpoints of setting 1 fail, and with them the session.
func (g *gadget) AlternateSet(number, setting uint8) {
	for _, n := range g.natives {
		if n.number != number || setting != 1 {
			continue
		}
		p := &g.h.m.Protocols[n.index]
		rw := g.open(&n.pipes)
		if g.h.acc != nil {
			g.h.acc.sessions++
		}
		g.h.w.Go(g.h.name+" "+p.Name, func() {
			g.h.state("session open", sim.Text("protocol", p.Name))
			err := g.h.runProtocol(p, rw)
			g.h.state("session closed", sim.Text("protocol", p.Name), sim.Text("why", reason(err)))
			rw.Close()
		})
	}
}

// Inject writes bytes to the phone past the link engine, as they are. It fails
// while there is no link.
func (h *HeadUnit) Inject(data []byte) error {
	if h.acc == nil {
		return fmt.Errorf("headunit: no phone to send to")
	}
	h.acc.s.Inject(data)
	return nil
}
