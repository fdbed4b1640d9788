package phone

import (
	"fmt"
	"slices"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// identify learns who the accessory is: 1D00 to 1D03. A refused accessory may
// try again.
func (a *accessory) identify() error {
	if err := a.send("StartIdentification"); err != nil {
		return err
	}
	for refused := 0; ; refused++ {
		m, err := a.expect(a.p.p.Timing.Identification, control.MsgIdentificationInformation, control.MsgCancelIdentification)
		if err != nil {
			return err
		}
		if m.ID == control.MsgCancelIdentification {
			return fmt.Errorf("phone: the accessory cancelled its identification")
		}
		a.p.sleep(a.p.p.Timing.Identify)
		bad := a.judge(m, refused)
		if len(bad) == 0 {
			// What cannot be read is as if it were not there: only a lenient
			// persona comes here with such an identification.
			a.id, _ = control.ReadIdentification(m)
			a.identified = true
			a.p.state("identified", sim.Text("name", a.id.Name))
			return a.send("IdentificationAccepted")
		}
		for _, r := range bad {
			a.p.state("identification rejected", sim.Int("parameter", r.Param), sim.Text("why", r.Reason))
		}
		if err := a.s.Send(control.AppendReject(nil, control.RejectedParams(bad)...)); err != nil {
			return err
		}
	}
}

// judge returns what is wrong with an identification; refused counts those
// before it.
func (a *accessory) judge(m control.Message, refused int) []control.Rejection {
	var bad []control.Rejection
	id := a.p.p.Ident
	if !id.Lenient {
		bad = control.CheckIdentification(m, a.transport)
		bad = append(bad, a.withoutSession(m)...)
	}
	if id.RejectTimes == 0 || refused < id.RejectTimes {
		for _, param := range id.Reject {
			if m.Params.Has(param) && !slices.ContainsFunc(bad, func(r control.Rejection) bool { return r.Param == param }) {
				bad = append(bad, control.Rejection{Param: param, Reason: "this persona refuses it"})
			}
		}
	}
	return bad
}

// withoutSession refuses protocols that have nothing to run on: without an
// external accessory session in the SYN only native ones do. That a phone looks
// at both together is inferred.
func (a *accessory) withoutSession(m control.Message) []control.Rejection {
	if a.s.Has(link.SessionExternalAccessory) {
		return nil
	}
	id, _ := control.ReadIdentification(m) // what cannot be read is refused for that
	for _, p := range id.Protocols {
		if !p.Native {
			return []control.Rejection{{Param: 10, Reason: "protocol " + p.Name + " has no external accessory session to run on"}}
		}
	}
	return nil
}

// update takes 1D06: what it has replaces what 1D01 said, and the rest stays.
// That a malformed one changes nothing is inferred.
func (a *accessory) update(m control.Message) {
	if err := control.Validate(m, control.FromAccessory).Tolerant().Err(); err != nil {
		a.ignore(m, err.Error())
		return
	}
	n, err := control.ReadIdentification(m)
	if err != nil {
		a.ignore(m, err.Error())
		return
	}
	merged := *a.id
	for _, t := range []struct {
		param    uint16
		old, new *string
	}{
		{0, &merged.Name, &n.Name}, {1, &merged.ModelIdentifier, &n.ModelIdentifier},
		{2, &merged.Manufacturer, &n.Manufacturer}, {3, &merged.SerialNumber, &n.SerialNumber},
		{4, &merged.FirmwareVersion, &n.FirmwareVersion}, {5, &merged.HardwareVersion, &n.HardwareVersion},
		{12, &merged.CurrentLanguage, &n.CurrentLanguage},
	} {
		if m.Params.Has(t.param) {
			*t.old = *t.new
		}
	}
	if m.Params.Has(6) {
		merged.SentMessages = n.SentMessages
	}
	if m.Params.Has(7) {
		merged.ReceivedMessages = n.ReceivedMessages
	}
	if m.Params.Has(10) {
		merged.Protocols = n.Protocols
	}
	if m.Params.Has(13) {
		merged.Languages = n.Languages
	}
	merged.Components = mergeComponents(merged.Components, n.Components)
	a.id = &merged
	a.p.state("identification updated", sim.Text("name", merged.Name), sim.Text("language", merged.CurrentLanguage))
}

// mergeComponents replaces the components of every kind that is among the new.
func mergeComponents(old, changed []control.Component) []control.Component {
	kept := slices.DeleteFunc(slices.Clone(old), func(c control.Component) bool {
		return slices.ContainsFunc(changed, func(n control.Component) bool { return n.Param == c.Param })
	})
	return append(kept, changed...)
}

// component returns the first component that parameter declares, or nil.
func (a *accessory) component(param uint16) *control.Component {
	i := slices.IndexFunc(a.id.Components, func(c control.Component) bool { return c.Param == param })
	if i < 0 {
		return nil
	}
	return &a.id.Components[i]
}

// Parameters of 1D01 that declare the components a phone asks something of.
const (
	paramUSBHost         = 16
	paramVehicleStatus   = 21
	paramLocation        = 22
	paramWirelessCarPlay = 24
	paramRouteGuidance   = 30
)
