package headunit

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// answer answers the phone's questions about the car, and takes note of the
// rest. A message that nobody knows is ignored, as newer phones have newer ones.
func (a *accessory) answer(d *control.Decoded) error {
	switch d.ID {
	case control.MsgStartLocationInformation:
		a.startLocation(d)
	case control.MsgStopLocationInformation:
		a.stopLocation()
	case control.MsgStartVehicleStatusUpdates:
		return a.vehicleStatus(d)
	case control.MsgStopVehicleStatusUpdates:
		// Nothing changes that would be told anyhow.
	case control.MsgRequestAccessoryWiFiConfigurationInformation:
		return a.wifiConfiguration()
	case control.MsgCarPlayAvailability:
		return a.carPlay(d)
	default:
		a.h.state("message", sim.Text("name", control.Name(d.ID)))
	}
	return nil
}

// Vehicle is what the head unit knows of its car.
type Vehicle struct {
	Name         string `yaml:"name"`
	Engine       string `yaml:"engine"`        // "gasoline", "diesel", "electric" or "cng"
	Range        uint16 `yaml:"range"`         // km
	Temperature  int16  `yaml:"temperature"`   // outside, in degrees Celsius
	RangeWarning bool   `yaml:"range-warning"` // little is left
}

var engineTypes = control.ByName("IdentificationInformation").
	ParamByName("VehicleInformationComponent").Group.ParamByName("EngineType").Enum

// vehicleStatus answers A100 with A101: what was asked for, or everything where
// nothing was named, as f-io/LIVI's own test message has it.
func (a *accessory) vehicleStatus(d *control.Decoded) error {
	v := a.h.m.Vehicle
	var fields []control.Field
	for _, f := range []control.Field{
		control.F("Range", v.Range), control.F("OutsideTemperature", v.Temperature), control.F("RangeWarning", v.RangeWarning),
	} {
		if len(d.Nodes) == 0 || d.Has(f.Name) {
			fields = append(fields, f)
		}
	}
	return a.send("VehicleStatusUpdate", fields...)
}

// WiFi is the head unit's own network.
type WiFi struct {
	SSID       string `yaml:"ssid"`
	Passphrase string `yaml:"passphrase"`
	Security   string `yaml:"security"` // "none", "wep", "wpa-wpa2", ...: WiFiSecurity of the catalogue
	Channel    uint8  `yaml:"channel"`
}

// wifiConfiguration answers 5702 with 5703, as often as it comes.
func (a *accessory) wifiConfiguration() error {
	w := a.h.m.WiFi
	return a.send("AccessoryWiFiConfigurationInformation", control.F("SSID", w.SSID),
		control.F("Passphrase", w.Passphrase), control.F("Security", w.Security), control.F("Channel", w.Channel))
}

// CarPlay is what the head unit says of its CarPlay, in its USB host component
// and in 4301.
type CarPlay struct {
	Interface uint8    `yaml:"interface"` // number of the NCM control interface
	Addresses []string `yaml:"addresses"` // on the network over USB
	Port      uint32   `yaml:"port"`      // where AirPlay listens
	Device    string   `yaml:"device"`    // Bluetooth address as text
	Version   string   `yaml:"version"`   // source version
}

// carPlay answers 4300, where CarPlay is available over the cable, with 4301.
func (a *accessory) carPlay(d *control.Decoded) error {
	available, _ := d.Bool("Wired.Available")
	a.h.state("CarPlay", sim.Text("wired", map[bool]string{true: "available", false: "not available"}[available]))
	if !available {
		return nil
	}
	c := a.h.m.CarPlay
	return a.send("CarPlayStartSession",
		control.F("Wired", control.Values{control.F("IPAddress", c.Addresses)}),
		control.F("Port", c.Port), control.F("DeviceID", c.Device), control.F("SourceVersion", c.Version))
}
