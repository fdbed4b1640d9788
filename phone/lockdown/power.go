package lockdown

import (
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// enterRecovery has the phone leave the bus after the reply.
func (c *conn) enterRecovery(*request, map[string]any) error {
	if c.id == "" {
		return wire.SessionInactive
	}
	c.hangUp = true
	c.after = func() { c.phone.Power(state.Recovery) }
	return nil
}

// lastActivation is the first version without Activate and Deactivate in lockdownd;
// later ones have com.apple.mobileactivationd (inferred from ideviceactivation).
const lastActivation = 10

// activate: ActivationRecord.
func (c *conn) activate(r *request, _ map[string]any) error {
	if c.phone.Version.AtLeast(lastActivation, 0) {
		return wire.InvalidRequest
	}
	if c.id == "" {
		return wire.SessionInactive
	}
	record, ok := r.Dict["ActivationRecord"]
	if !ok {
		return wire.MissingActivationRecord
	}
	if d, ok := record.(map[string]any); !ok || len(d) == 0 {
		return wire.InvalidActivationRecord
	}
	c.phone.SetActivated(true)
	return nil
}

func (c *conn) deactivate(*request, map[string]any) error {
	if c.phone.Version.AtLeast(lastActivation, 0) {
		return wire.InvalidRequest
	}
	if c.id == "" {
		return wire.SessionInactive
	}
	c.phone.SetActivated(false)
	return nil
}
