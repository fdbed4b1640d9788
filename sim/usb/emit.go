package usb

import "github.com/plugfest/plugfest/sim"

// emit tells of the cable itself.
func (c *Cable) emit(kind, reason string) {
	if c.w.Observed() {
		c.w.Emit(sim.Event{Who: "cable", Layer: "usb", Kind: kind, Fields: []sim.Field{sim.Text("reason", reason)}})
	}
}

func (c *Cable) emitFault(fault string, ep uint8, n int) {
	if c.w.Observed() {
		c.w.Emit(sim.Event{Who: "cable", Layer: "usb", Kind: "fault",
			Fields: []sim.Field{sim.Text("fault", fault), sim.Int("ep", ep), sim.Int("len", n)}})
	}
}
