package phone

import (
	"time"

	"github.com/plugfest/plugfest/wire/iap2/control"
)

// Asks is what the phone wants to know of an accessory that has declared to tell
// it.
type Asks struct {
	// LocationFor ends the questions for the position and the state of the
	// vehicle (FFFC, A102) after this time; 0 is never.
	LocationFor time.Duration `yaml:"location-for"`
	// WiFiTimes is how often the Wi-Fi configuration is asked for (5702), WiFiEvery
	// the time between. iOS may ask two or three times (f-io/LIVI).
	WiFiTimes int           `yaml:"wifi-times"`
	WiFiEvery time.Duration `yaml:"wifi-every"`
}

// CarPlay says what the phone tells of its CarPlay in 4300 and 4E0D.
type CarPlay struct {
	Wired    bool `yaml:"wired"`
	Wireless bool `yaml:"wireless"`
}

// ask sends the questions whose answers the accessory has declared, in the
// component and in the list of messages it sends. To list a message is a
// promise: a unit that listed 5703 was asked with 5702 in every session
// (redline-labs/digital_dashboard, on hardware).
func (a *accessory) ask() error {
	if err := a.askVehicle(); err != nil {
		return err
	}
	if err := a.askLocation(); err != nil {
		return err
	}
	if a.id.Sends(control.MsgCarPlayStartSession) && a.id.Receives(control.MsgCarPlayAvailability) {
		if err := a.carPlayAvailability(); err != nil {
			return err
		}
	}
	asks := a.p.p.Asks
	wifi := a.offers(control.MsgAccessoryWiFiConfigurationInformation, control.MsgRequestAccessoryWiFiConfigurationInformation)
	if !wifi && asks.LocationFor <= 0 {
		return nil
	}
	a.startService(asking, func(s *service) { s.questions(asks, wifi) })
	return nil
}

// questions repeats and ends what is asked.
func (s *service) questions(asks Asks, wifi bool) {
	end := s.a.w.Now() + asks.LocationFor
	for n := 0; wifi && n < asks.WiFiTimes; n++ {
		if n > 0 && !s.Sleep(asks.WiFiEvery) || !s.tell("RequestAccessoryWiFiConfigurationInformation") {
			return
		}
	}
	if asks.LocationFor <= 0 || !s.Sleep(end-s.a.w.Now()) {
		return
	}
	if s.a.offers(control.MsgLocationInformation, control.MsgStopLocationInformation) && !s.tell("StopLocationInformation") {
		return
	}
	if s.a.offers(control.MsgVehicleStatusUpdate, control.MsgStopVehicleStatusUpdates) {
		s.tell("StopVehicleStatusUpdates")
	}
}

// offers reports whether the accessory has declared to send the answer and to
// take the question.
func (a *accessory) offers(answer, question uint16) bool {
	return a.id.Sends(answer) && a.id.Receives(question)
}

// askVehicle sends A100 with the fields that the vehicle status component has.
func (a *accessory) askVehicle() error {
	c := a.component(paramVehicleStatus)
	if c == nil || !a.offers(control.MsgVehicleStatusUpdate, control.MsgStartVehicleStatusUpdates) {
		return nil
	}
	return a.send("StartVehicleStatusUpdates", asked(c.Nodes,
		control.F("Range", true), control.F("OutsideTemperature", true),
		control.F("RangeWarningOld", true), control.F("RangeWarning", true))...)
}

// askLocation sends FFFA with the kinds of sentences that the location component
// has.
func (a *accessory) askLocation() error {
	c := a.component(paramLocation)
	if c == nil || !a.offers(control.MsgLocationInformation, control.MsgStartLocationInformation) {
		return nil
	}
	return a.send("StartLocationInformation",
		control.F("GGA", c.Nodes.Has("GPSFixData")), control.F("RMC", c.Nodes.Has("RecommendedMinimumData")))
}

// carPlayAvailability sends 4300. The wireless group is for an accessory with a
// wireless CarPlay transport.
func (a *accessory) carPlayAvailability() error {
	p := &a.p.p
	usb := a.component(paramUSBHost)
	wired := p.CarPlay.Wired && usb != nil && usb.Nodes.Has("SupportsCarPlay")
	fields := []control.Field{control.F("Wired", control.Values{
		control.F("Available", wired), control.F("USBTransportID", p.SerialNumber)})}
	if a.component(paramWirelessCarPlay) != nil {
		fields = append(fields, control.F("Wireless", control.Values{
			control.F("Available", p.CarPlay.Wireless), control.F("BluetoothTransportID", p.Bluetooth)}))
	}
	return a.send("CarPlayAvailability", fields...)
}
