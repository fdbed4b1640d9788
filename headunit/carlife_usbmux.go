package headunit

import (
	"fmt"
	"slices"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/carlife"
)

// carLifeOverMux runs one CarLife session over six connections to the phone.
func (h *HeadUnit) carLifeOverMux(device uint32) {
	conns, err := h.dialCarLife(device)
	if err != nil {
		h.state("CarLife not connected", sim.Text("why", err.Error()))
		return
	}
	h.state("CarLife connected")
	u, err := h.newCarLife(h.carLifeOptions(), carlife.ConnectionUSBMux)
	for err == nil {
		run := session.NewCarLifeChannels(h.w, h.name+" CarLife", conns, u.end, u.options(0))
		u.again = run.Leave
		run.Start()
		run.WaitClosed()
		if err = run.Err(); err != nil || !u.retry {
			break
		}
		// The version was not answered: the application closes its connections and
		// makes new ones, once (Baidu CarLife head-unit application).
		u.retry = false
		conns, err = h.dialCarLife(device)
	}
	if u != nil {
		u.tell()
	}
	h.state("CarLife ended", sim.Text("why", reason(err)))
}

// carLifeOptions are those of the model's CarLife protocol, whatever it runs on.
func (h *HeadUnit) carLifeOptions() CarLife {
	i := slices.IndexFunc(h.m.Protocols, func(p Protocol) bool { return p.Behaviour == "carlife" })
	if i < 0 {
		return CarLife{}
	}
	return h.m.Protocols[i].CarLife
}

// dialCarLife opens the six connections, in the order of the channels; all or
// none.
func (h *HeadUnit) dialCarLife(device uint32) (conns session.CarLifeConns, err error) {
	for i, ch := range carlife.Channels {
		p := ch.Ports()
		port := map[string]uint16{"phone": p.MD, "forwarded": p.USBMux, "hu": p.HU}[h.m.USBMux.Ports]
		if conns[i], err = h.daemon.Dial(device, port); err != nil {
			for _, c := range conns[:i] {
				c.Close()
			}
			return conns, fmt.Errorf("headunit: CarLife %v channel: %w", ch, err)
		}
	}
	return conns, nil
}
