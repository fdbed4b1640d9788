package headunit

import (
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// subscribe starts a service of the phone that is among the messages that the
// head unit sends. Messages whose parameters nobody has published are listed,
// and not sent.
func (a *accessory) subscribe(id uint16) error {
	switch id {
	case control.MsgStartPowerUpdates:
		return a.send("StartPowerUpdates", flags("MaximumCurrentDrawnFromAccessory", "BatteryWillChargeIfPowerPresent", "BatteryLevel")...)
	case control.MsgPowerSourceUpdate:
		p := a.h.m.PowerSource
		return a.send("PowerSourceUpdate", control.F("AvailableCurrent", p.Current), control.F("DeviceBatteryShouldCharge", p.Charge))
	case control.MsgStartNowPlayingUpdates:
		media := flags("Title", "Duration", "AlbumTitle", "Artist")
		if a.s.Has(link.SessionFileTransfer) {
			media = append(media, control.F("ArtworkTransferID", true))
		}
		return a.send("StartNowPlayingUpdates", control.F("Media", control.Values(media)),
			control.F("Playback", control.Values(flags("Status", "Elapsed", "AppName"))))
	case control.MsgStartCallStateUpdates:
		return a.send("StartCallStateUpdates", flags("RemoteID", "DisplayName", "Status", "Direction", "CallUUID")...)
	case control.MsgStartCommunicationsUpdates:
		return a.send("StartCommunicationsUpdates", flags("SignalStrength", "RegistrationStatus", "AirplaneMode", "CarrierName")...)
	case control.MsgStartRouteGuidanceUpdates:
		return a.send("StartRouteGuidanceUpdates", append([]control.Field{control.F("ComponentID", componentRoute)},
			flags("SourceName", "SourceSupportsRouteGuidance")...)...)
	case control.MsgRequestWiFiInformation:
		return a.send("RequestWiFiInformation")
	}
	return nil
}

func flags(names ...string) []control.Field {
	fields := make([]control.Field, len(names))
	for i, n := range names {
		fields[i] = control.F(n, true)
	}
	return fields
}

// PowerSource is what the head unit supplies to the phone, as AE03 tells it to a
// phone when the model lists that message.
type PowerSource struct {
	Current uint16 `yaml:"current"` // mA
	Charge  bool   `yaml:"charge"`  // the phone's battery should be charged
}

// RouteDisplay says how much a route guidance display holds, in its component.
type RouteDisplay struct {
	Road        uint16 `yaml:"road"`        // characters of the current road's name
	Destination uint16 `yaml:"destination"` // of the destination's name
	AfterRoad   uint16 `yaml:"after-road"`  // of the name of the road after a maneuver
	Description uint16 `yaml:"description"` // of a maneuver's description
	Maneuvers   uint16 `yaml:"maneuvers"`   // maneuvers
	LaneText    uint16 `yaml:"lane-text"`   // characters of a lane's description
	Lanes       uint16 `yaml:"lanes"`       // lane guidances
}
