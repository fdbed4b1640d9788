package phone

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// Each refused parameter is named, once, and a better identification is taken
// right after.
func TestARefusedIdentificationCanBeTriedAgain(t *testing.T) {
	play(t, "", func(x *script) {
		x.authenticate()
		x.next("StartIdentification")
		x.send("IdentificationInformation", identification(
			control.F("Name", ""), control.F("USBHostTransportComponent", nil),
			control.F("MessagesSentByAccessory", sent(control.MsgAuthenticationCertificate)))...)
		require.Equal(t, " Name MessagesSentByAccessory USBHostTransportComponent", x.dense("IdentificationRejected"))
		x.send("IdentificationInformation", identification()...)
		x.after(30*ms, "IdentificationAccepted")
	})
}

func TestIdentificationsThatAPhoneRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		persona string
		change  []control.Field
		want    string
	}{
		"no serial number":   {"", []control.Field{control.F("SerialNumber", nil)}, " SerialNumber"},
		"string without NUL": {"", []control.Field{control.F("Manufacturer", control.Raw("Plugfest"))}, " Manufacturer"},
		"EA00 without EA01": {"", []control.Field{control.F("MessagesReceivedFromDevice", []uint16{control.MsgStartExternalAccessoryProtocolSession})},
			" MessagesReceivedFromDevice"},
		"Bluetooth over USB": {"", []control.Field{control.F("USBHostTransportComponent", nil),
			control.F("BluetoothTransportComponent", transport())}, " USBHostTransportComponent"},
		"what the persona names": {"identification: {reject: [9, 10]}", nil, " MaximumCurrentDrawnFromDevice SupportedExternalAccessoryProtocol"},
		"what the persona names and is wrong too": {"identification: {reject: [0, 9]}", []control.Field{control.F("Name", "")},
			" Name MaximumCurrentDrawnFromDevice"},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, tt.persona, func(x *script) {
				x.authenticate()
				x.next("StartIdentification")
				x.send("IdentificationInformation", identification(tt.change...)...)
				require.Equal(t, tt.want, x.dense("IdentificationRejected"))
				x.quiet(5 * time.Second)
			})
		})
	}
}

// A persona refuses what is there, and as often as it says.
func TestAPersonaRefusesSoManyTimes(t *testing.T) {
	play(t, "identification: {reject: [10, 22], reject-times: 2}", func(x *script) {
		x.authenticate()
		x.next("StartIdentification")
		for range 2 {
			x.send("IdentificationInformation", identification()...)
			require.Equal(t, " SupportedExternalAccessoryProtocol", x.dense("IdentificationRejected"))
		}
		x.send("IdentificationInformation", identification()...)
		x.next("IdentificationAccepted")
	})
}

func TestALenientPhoneTakesAnything(t *testing.T) {
	play(t, "identification: {lenient: true}", func(x *script) {
		x.authenticate()
		x.next("StartIdentification")
		x.send("IdentificationInformation")
		x.next("IdentificationAccepted")
		x.saw("identified name=")
	})
}

func TestACancelledIdentificationEndsTheMatter(t *testing.T) {
	play(t, "", func(x *script) {
		x.authenticate()
		x.next("StartIdentification")
		x.send("CancelIdentification")
		x.quiet(time.Second)
		x.send("IdentificationInformation", identification()...)
		x.quiet(time.Minute)
		x.saw("accessory ignored why=phone: the accessory cancelled its identification")
	})
}

func TestNoIdentificationInTime(t *testing.T) {
	play(t, "timing: {identification: 7s}", func(x *script) {
		x.authenticate()
		x.next("StartIdentification")
		x.quiet(7 * time.Second)
		x.w.Sleep(0)
		x.saw("accessory ignored why=phone: no IdentificationInformation within 7s")
	})
}

// The transport that must be declared is the one in use.
func TestTheTransportInUseIsWanted(t *testing.T) {
	w := sim.New()
	require.NoError(t, w.Run(func() {
		p := New(w, "phone", overlaid(t, "authentication: {skip: true}"))
		near, far := w.Pipe("RFCOMM")
		w.Go("phone", func() { p.Serve(far, control.BluetoothTransport) })
		x := &script{t: t, w: w, p: p, s: session.NewIAP2(w, "accessory", near, link.New(link.Accessory, link.DefaultAccessory()))}
		x.s.Start()
		require.NoError(t, x.s.WaitUp(5*time.Second))
		x.next("StartIdentification")
		x.send("IdentificationInformation", identification()...)
		require.Equal(t, " BluetoothTransportComponent", x.dense("IdentificationRejected"))
		x.send("IdentificationInformation", identification(control.F("USBHostTransportComponent", nil),
			control.F("BluetoothTransportComponent", append(transport(), control.F("MACAddress", []byte{2, 0, 0, 0, 0, 1}))))...)
		x.next("IdentificationAccepted")
	}))
}

// 1D06 replaces what it has and leaves the rest.
func TestAnUpdateOfTheIdentification(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin()
		x.send("RequestAppLaunch", control.F("BundleID", "com.example.other"), control.F("LaunchMethod", "without-alert"))
		x.quiet(time.Second)
		x.send("IdentificationInformationUpdate", control.F("CurrentLanguage", "de"))
		x.w.Sleep(time.Second)
		x.saw("identification updated name=Script language=de")

		x.send("IdentificationInformationUpdate",
			control.F("Name", "Renamed"),
			control.F("SupportedExternalAccessoryProtocol", protocol(7, "com.baidu.CarLifeVehicleProtocol")))
		x.w.Sleep(time.Second)
		x.saw("identification updated name=Renamed language=de")
		x.send("RequestAppLaunch", control.F("BundleID", "com.baidu.carlife"), control.F("LaunchMethod", "without-alert"))
		d := x.next("StartExternalAccessoryProtocolSession")
		id, _ := d.Uint("ProtocolID")
		require.Equal(t, uint64(7), id)
	})
}

// An update that cannot be read changes nothing.
func TestAMalformedUpdateIsIgnored(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin(takes(control.MsgStartPowerUpdates, control.MsgPowerUpdate)...)
		x.send("IdentificationInformationUpdate", control.F("MessagesReceivedFromDevice", control.Raw{0xEA}))
		x.w.Sleep(time.Second)
		x.send("StartPowerUpdates", control.F("BatteryLevel", true))
		require.Equal(t, " BatteryLevel=90", x.dense("PowerUpdate"))
		require.NotContains(t, x.states, "identification updated name=Script language=en")
	})
}

// Components of the same kind are replaced together.
func TestUpdatedComponentsReplaceTheirKind(t *testing.T) {
	play(t, "asks: {location-for: 5s}", func(x *script) {
		fields := takes(control.MsgLocationInformation, control.MsgStartLocationInformation)
		x.begin(append(fields, control.F("LocationInformationComponent",
			control.Values{control.F("ID", 3), control.F("Name", "GPS"), control.F("GPSFixData", true)}))...)
		require.Equal(t, " GGA", x.dense("StartLocationInformation"))
		x.send("IdentificationInformationUpdate", control.F("LocationInformationComponent",
			control.Values{control.F("ID", 4), control.F("Name", "GPS"), control.F("RecommendedMinimumData", true)}))
		x.w.Sleep(time.Second)
		x.saw("identification updated name=Script language=en")
	})
}
