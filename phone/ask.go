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
	var stops []string // how to end what was asked
	for _, question := range []func() (stop string, err error){a.askVehicle, a.askLocation} {
		stop, err := question()
		if err != nil {
			return err
		}
		if stop != "" {
			stops = append(stops, stop)
		}
	}
	if a.offers(control.MsgCarPlayStartSession, control.MsgCarPlayAvailability) {
		if err := a.carPlayAvailability(); err != nil {
			return err
		}
	}
	q := questions{stops: stops}
	if a.offers(control.MsgAccessoryWiFiConfigurationInformation, control.MsgRequestAccessoryWiFiConfigurationInformation) {
		q.wifi = a.p.p.Asks.WiFiTimes
	}
	if q.wifi > 0 || len(stops) > 0 && a.p.p.Asks.LocationFor > 0 {
		a.startService(asking, func(s *service) { q.run(s, a.p.p.Asks) })
	}
	return nil
}

// questions are what is repeated, and what is to be ended again.
type questions struct {
	wifi  int
	stops []string
}

func (q questions) run(s *service, asks Asks) {
	end := s.a.w.Now() + asks.LocationFor
	for n := range q.wifi {
		if n > 0 && !s.Sleep(asks.WiFiEvery) || !s.tell("RequestAccessoryWiFiConfigurationInformation") {
			return
		}
	}
	if asks.LocationFor <= 0 || len(q.stops) == 0 || !s.Sleep(end-s.a.w.Now()) {
		return
	}
	for _, stop := range q.stops {
		if !s.tell(stop) {
			return
		}
	}
}

// offers reports whether the accessory has declared to send the answer and to
// take the question.
func (a *accessory) offers(answer, question uint16) bool {
	return a.id.Sends(answer) && a.id.Receives(question)
}

// askVehicle sends A100 with the fields that the vehicle status component has.
func (a *accessory) askVehicle() (stop string, err error) {
	c := a.component(paramVehicleStatus)
	if c == nil || !a.offers(control.MsgVehicleStatusUpdate, control.MsgStartVehicleStatusUpdates) {
		return "", nil
	}
	return "StopVehicleStatusUpdates", a.send("StartVehicleStatusUpdates", asked(c.Nodes,
		control.F("Range", true), control.F("OutsideTemperature", true),
		control.F("RangeWarningOld", true), control.F("RangeWarning", true))...)
}

// askLocation sends FFFA with the kinds of sentences that the location component
// has.
func (a *accessory) askLocation() (stop string, err error) {
	c := a.component(paramLocation)
	if c == nil || !a.offers(control.MsgLocationInformation, control.MsgStartLocationInformation) {
		return "", nil
	}
	return "StopLocationInformation", a.send("StartLocationInformation",
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
