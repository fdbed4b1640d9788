package lockdown

import (
	"time"

	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// leave is how long the phone takes to go after it has said that it will.
const leave = time.Second

// enterRecovery has the phone leave the bus after the reply. It takes a session from
// iOS 14.5 on (libimobiledevice/libimobiledevice#1121, #1174).
func (c *conn) enterRecovery(*request, map[string]any) error {
	if c.id == "" && c.phone.Version.AtLeast(14, 5) {
		return wire.SessionInactive
	}
	c.hangUp = true
	c.s.w.After(leave, func() { c.phone.Power(state.Recovery) })
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
