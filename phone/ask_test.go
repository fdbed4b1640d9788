package phone

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/iap2/control"
)

var (
	gps    = control.F("LocationInformationComponent", control.Values{control.F("ID", 3), control.F("Name", "GPS"), control.F("GPSFixData", true), control.F("RecommendedMinimumData", true)})
	status = control.F("VehicleStatusComponent", control.Values{control.F("ID", 2), control.F("Name", "Car"), control.F("Range", true), control.F("RangeWarning", true)})
)

func locationList() []control.Field {
	return append(takes(control.MsgLocationInformation, control.MsgStartLocationInformation, control.MsgStopLocationInformation,
		control.MsgVehicleStatusUpdate, control.MsgStartVehicleStatusUpdates, control.MsgStopVehicleStatusUpdates), gps, status)
}

// The phone asks for what component and message lists both promise, and for
// those fields alone.
func TestThePhoneAsksForPositionAndVehicle(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin(locationList()...)
		require.Equal(t, " Range RangeWarning", x.dense("StartVehicleStatusUpdates"))
		require.Equal(t, " GGA RMC", x.dense("StartLocationInformation"))
		x.send("LocationInformation", control.F("NMEASentence", "$GPGGA*00"))
		x.send("VehicleStatusUpdate", control.F("Range", 400))
		x.quiet(time.Minute)
		x.saw("message name=LocationInformation")
		x.saw("message name=VehicleStatusUpdate")
	})
}

func TestThePhoneDoesNotAskForWhatIsNotPromised(t *testing.T) {
	for name, changes := range map[string][]control.Field{
		"no component":    locationList()[:2],
		"no messages":     {gps, status},
		"only the answer": append(takes(control.MsgLocationInformation, control.MsgVehicleStatusUpdate), gps, status),
		"only the question": append(takes(control.MsgStartLocationInformation, control.MsgStopLocationInformation,
			control.MsgStartVehicleStatusUpdates, control.MsgStopVehicleStatusUpdates), gps, status),
	} {
		t.Run(name, func(t *testing.T) {
			play(t, "asks: {location-for: 10s}", func(x *script) {
				x.begin(changes...)
				x.quiet(time.Minute)
			})
		})
	}
}

func TestThePhoneStopsAsking(t *testing.T) {
	play(t, "asks: {location-for: 10s}", func(x *script) {
		x.begin(locationList()...)
		x.next("StartVehicleStatusUpdates")
		x.next("StartLocationInformation")
		x.after(10*time.Second, "StopVehicleStatusUpdates")
		x.after(0, "StopLocationInformation")
		x.quiet(time.Minute)
	})
}

// To list 5703 is a promise: the phone asks in every session, and iOS more than
// once.
func TestThePhoneAsksForTheWiFi(t *testing.T) {
	list := takes(control.MsgAccessoryWiFiConfigurationInformation, control.MsgRequestAccessoryWiFiConfigurationInformation)
	play(t, "", func(x *script) {
		x.begin(list...)
		x.next("RequestAccessoryWiFiConfigurationInformation")
		x.quiet(time.Minute)
	})
	play(t, "asks: {wifi-times: 3, wifi-every: 2s}", func(x *script) {
		x.begin(list...)
		x.after(0, "RequestAccessoryWiFiConfigurationInformation")
		x.send("AccessoryWiFiConfigurationInformation", control.F("SSID", "Car"))
		x.after(2*time.Second, "RequestAccessoryWiFiConfigurationInformation")
		x.after(2*time.Second, "RequestAccessoryWiFiConfigurationInformation")
		x.quiet(time.Minute)
		x.saw("message name=AccessoryWiFiConfigurationInformation")
	})
	play(t, "asks: {wifi-times: 2, wifi-every: 3s, location-for: 10s}", func(x *script) {
		all := append(takes(control.MsgAccessoryWiFiConfigurationInformation, control.MsgRequestAccessoryWiFiConfigurationInformation,
			control.MsgLocationInformation, control.MsgStartLocationInformation, control.MsgStopLocationInformation), gps)
		x.begin(all...)
		x.next("StartLocationInformation")
		x.after(0, "RequestAccessoryWiFiConfigurationInformation")
		x.after(3*time.Second, "RequestAccessoryWiFiConfigurationInformation")
		x.after(7*time.Second, "StopLocationInformation")
	})
}

func TestCarPlayAvailability(t *testing.T) {
	list := takes(control.MsgCarPlayStartSession, control.MsgCarPlayAvailability)
	able := control.F("USBHostTransportComponent", transport(control.F("CarPlayInterfaceNumber", 2), control.F("SupportsCarPlay", true)))
	wireless := control.F("WirelessCarPlayTransportComponent", control.Values{control.F("ID", 9), control.F("Name", "Air"),
		control.F("SupportsIAP2", true), control.F("SupportsCarPlay", true)})
	const serial, address = `USBTransportID="00008110001A2B3C4D5E001E"`, `BluetoothTransportID="02:00:5E:00:53:14"`
	for name, tt := range map[string]struct {
		persona string
		changes []control.Field
		want    string
	}{
		"over the cable":            {"", append(list, able), " Wired{Available=true " + serial + "}"},
		"not by this phone":         {"carplay: {wired: false}", append(list, able), " Wired{Available=false " + serial + "}"},
		"not by this accessory":     {"", list, " Wired{Available=false " + serial + "}"},
		"without cable too":         {"", append(list, able, wireless), " Wired{Available=true " + serial + "} Wireless{Available=true " + address + "}"},
		"without cable by no means": {"carplay: {wireless: false}", append(list, able, wireless), " Wired{Available=true " + serial + "} Wireless{Available=false " + address + "}"},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, tt.persona, func(x *script) {
				x.begin(tt.changes...)
				require.Equal(t, tt.want, x.dense("CarPlayAvailability"))
				x.send("CarPlayStartSession", control.F("Port", 7000))
				x.quiet(time.Minute)
			})
		})
	}
	play(t, "", func(x *script) {
		x.begin(able)
		x.quiet(time.Minute) // 4300 is not listed
	})
}

// Questions end with the link.
func TestQuestionsDoNotOutliveTheLink(t *testing.T) {
	play(t, "asks: {wifi-times: 3, wifi-every: 1m}", func(x *script) {
		list := takes(control.MsgAccessoryWiFiConfigurationInformation, control.MsgRequestAccessoryWiFiConfigurationInformation)
		x.begin(list...)
		x.next("RequestAccessoryWiFiConfigurationInformation")
		x.s.Link().Reset(x.w.Now())
		x.s.Turn()
		require.NoError(t, x.s.WaitUp(x.w.Now()+5*time.Second))
		x.begin()
		x.quiet(10 * time.Minute)
	})
}
