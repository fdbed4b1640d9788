package phone

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// charger is what the phone knows of the accessory as a source of power.
type charger struct {
	asked    control.Nodes // fields of AE01 that the accessory wants; nil for none
	present  bool
	current  uint64 // mA
	charging bool
}

// startPower takes AE00 and answers with AE01: the fields that were asked for.
// The values of AccessoryPowerMode and ChargingState are not known; both are 0.
func (a *accessory) startPower(d *control.Decoded) error {
	a.charger.asked = d.Nodes
	return a.powerUpdate()
}

// powerSource takes AE03. That an AE01 with the new state follows is inferred.
func (a *accessory) powerSource(d *control.Decoded) error {
	c := &a.charger
	c.present = true
	if current, ok := d.Uint("AvailableCurrent"); ok {
		c.current = current
	}
	if charge, ok := d.Bool("DeviceBatteryShouldCharge"); ok {
		c.charging = charge
	}
	a.p.state("power source", sim.Int("mA", c.current))
	if c.asked == nil {
		return nil
	}
	return a.powerUpdate()
}

func (a *accessory) powerUpdate() error {
	c := &a.charger
	return a.tell("PowerUpdate", asked(c.asked,
		control.F("MaximumCurrentDrawnFromAccessory", c.current),
		control.F("BatteryWillChargeIfPowerPresent", !c.present || c.charging),
		control.F("AccessoryPowerMode", 0),
		control.F("ExternalChargerConnected", c.present && c.charging && c.current > 0),
		control.F("ChargingState", 0),
		control.F("BatteryLevel", a.p.p.Battery))...)
}
