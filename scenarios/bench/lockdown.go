package bench

import (
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/phone/lockdown"
	"github.com/plugfest/plugfest/phone/service/catalogue"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/sim"
)

// newPhone makes a phone of a persona, with lockdownd and its services behind its
// ports.
func newPhone(w *sim.World, s scenarios.Settings, p phone.Persona) (*phone.Phone, *state.State, *lockdown.Ports, error) {
	l, err := library()
	if err != nil {
		return nil, nil, nil, err
	}
	st, err := l.New(w, phoneName, p.StateOptions(state.Options{}))
	if err != nil {
		return nil, nil, nil, s.Invalid(err)
	}
	ph := phone.New(w, phoneName, p)
	ports := lockdown.New(st, lockdown.Config{Services: catalogue.Services()}).Ports()
	ph.SetPorts(ports)
	ph.OnUnplugged(st.Unplugged)
	st.OnAccessory(ph.ServeUSB)
	return ph, st, ports, nil
}
