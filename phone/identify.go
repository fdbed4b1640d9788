package phone

import (
	"fmt"
	"slices"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// identify learns who the accessory is: 1D00 to 1D03. A refused accessory may
// try again.
func (a *accessory) identify() error {
	if err := a.send("StartIdentification"); err != nil {
		return err
	}
	for refused := 0; ; refused++ {
		m, err := a.expect(a.p.p.Timing.Authenticate, control.MsgIdentificationInformation, control.MsgCancelIdentification)
		if err != nil {
			return err
		}
		if m.ID == control.MsgCancelIdentification {
			return fmt.Errorf("phone: the accessory cancelled its identification")
		}
		a.p.sleep(a.p.p.Timing.Identify)
		bad := a.judge(m, refused)
		if len(bad) == 0 {
			a.learn(m)
			a.identified = true
			a.p.state("identified")
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
		bad = control.CheckIdentification(m, control.USBHostTransport)
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

// learn keeps what the accessory declared.
func (a *accessory) learn(m control.Message) {
	a.sends, _ = m.Params.Find(6).AppendIDs(nil)
	a.receives, _ = m.Params.Find(7).AppendIDs(nil)
	a.protocols = nil
	for p := range m.Params.Each(10) {
		g, err := p.Group()
		if err != nil {
			continue
		}
		var pr protocol
		pr.id, _ = g.Find(0).Uint8()
		pr.name, _ = g.Find(1).Text()
		pr.match, _ = g.Find(2).Uint8()
		if g.Has(3) {
			pr.native = true
			pr.component, _ = g.Find(3).Uint16()
		}
		a.protocols = append(a.protocols, pr)
	}
}
