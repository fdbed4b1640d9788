package phone

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// handle answers one message of an identified accessory. A real iPhone
// acknowledges and ignores what it does not know (exrector/carthing-custom-linux).
// That it ignores what the accessory has not declared to send is inferred.
func (a *accessory) handle(m control.Message) error {
	if !a.p.p.Ident.TakeUndeclared && !a.id.Allows(m.ID, control.FromAccessory) {
		a.ignore(m, "the accessory does not list it")
		return nil
	}
	// A message with a malformed group is refused whole.
	d, err := control.Decode(m)
	if err != nil {
		a.ignore(m, err.Error())
		return nil
	}
	switch m.ID {
	case control.MsgIdentificationInformationUpdate:
		a.update(m)
	case control.MsgRequestAppLaunch:
		a.launch(d)
	case control.MsgStatusExternalAccessoryProtocolSession:
		a.sessionStatus(d)
	case control.MsgStartPowerUpdates:
		return a.startPower(d)
	case control.MsgStopPowerUpdates:
		a.charger.asked = nil
	case control.MsgPowerSourceUpdate:
		return a.powerSource(d)
	case control.MsgStartNowPlayingUpdates:
		a.startPlaying(d)
	case control.MsgSetNowPlayingInformation:
		a.setPlaying(d)
	case control.MsgStopNowPlayingUpdates:
		a.stopService(playing)
	case control.MsgStartCallStateUpdates:
		return a.callStates(d)
	case control.MsgStartCommunicationsUpdates:
		return a.communications(d)
	case control.MsgStopCallStateUpdates, control.MsgStopCommunicationsUpdates:
		// Nothing changes that would be told anyhow.
	case control.MsgStartRouteGuidanceUpdates:
		a.startRoute(d)
	case control.MsgStopRouteGuidanceUpdates:
		a.stopService(guiding)
	case control.MsgRequestWiFiInformation:
		return a.wifi()
	case control.MsgLocationInformation, control.MsgVehicleStatusUpdate,
		control.MsgAccessoryWiFiConfigurationInformation, control.MsgCarPlayStartSession:
		a.p.state("message", sim.Text("name", control.Name(m.ID)))
	default:
		a.ignore(m, "no part of this phone wants it")
	}
	return nil
}

// asked keeps the fields that the accessory wants: a message that starts updates
// has a flag of the same name for each.
func asked(flags control.Nodes, fields ...control.Field) control.Values {
	var wanted control.Values
	for _, f := range fields {
		if flags.Has(f.Name) {
			wanted = append(wanted, f)
		}
	}
	return wanted
}
