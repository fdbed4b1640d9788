package phone

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// Notifications need no start message: to list them is to subscribe.
func TestNotifications(t *testing.T) {
	all := takes(control.MsgDeviceTransportIdentifierNotification, control.MsgWirelessCarPlayUpdate, control.MsgDeviceUUIDUpdate,
		control.MsgDeviceTimeUpdate, control.MsgDeviceLanguageUpdate, control.MsgDeviceInformationUpdate)
	seconds := sim.Epoch.Unix()
	for name, tt := range map[string]struct{ persona, time string }{
		"counting from 1970": {"name: Anna's phone\nlanguage: fr\nclock: {zone: -120, dst: 60}",
			fmt.Sprintf(" SecondsSinceReferenceDate=%d TimeZoneOffset=-120 DSTOffset=60", seconds)},
		"counting from 2001": {"name: Anna's phone\nlanguage: fr\nclock: {epoch: 2001}\n",
			fmt.Sprintf(" SecondsSinceReferenceDate=%d TimeZoneOffset=60 DSTOffset=0", seconds-978_307_200)},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, tt.persona+"\ncarplay: {wireless: false}", func(x *script) {
				x.begin(all...)
				require.Equal(t, ` DeviceName="Anna's phone"`, x.dense("DeviceInformationUpdate"))
				require.Equal(t, ` Language="fr"`, x.dense("DeviceLanguageUpdate"))
				require.Equal(t, tt.time, x.dense("DeviceTimeUpdate"))
				require.Equal(t, ` UUID="6F0E1D2C-3B4A-4958-8776-A5B4C3D2E1F0"`, x.dense("DeviceUUIDUpdate"))
				require.Equal(t, ` Status=unavailable`, x.dense("WirelessCarPlayUpdate"))
				require.Equal(t, ` BluetoothTransportID="02:00:5E:00:53:14" USBTransportID="00008110001A2B3C4D5E001E"`,
					x.dense("DeviceTransportIdentifierNotification"))
				x.quiet(time.Hour / 2)
			})
		})
	}
	play(t, "", func(x *script) {
		x.begin(takes(control.MsgDeviceLanguageUpdate)...)
		x.next("DeviceLanguageUpdate")
		x.quiet(time.Minute)
	})
}

// What a persona says may be what no message can carry; the rest goes on.
func TestATextThatNoMessageCarries(t *testing.T) {
	play(t, `name: "zero\0inside"`, func(x *script) {
		x.begin(takes(control.MsgDeviceInformationUpdate, control.MsgDeviceLanguageUpdate)...)
		x.next("DeviceLanguageUpdate")
		require.Contains(t, x.states[4], "message not sent message=DeviceInformationUpdate why=")
	})
}

func TestPower(t *testing.T) {
	list := takes(control.MsgStartPowerUpdates, control.MsgPowerUpdate, control.MsgStopPowerUpdates, control.MsgPowerSourceUpdate)
	play(t, "battery: 41", func(x *script) {
		x.begin(list...)
		x.send("StartPowerUpdates", control.F("MaximumCurrentDrawnFromAccessory", true),
			control.F("BatteryWillChargeIfPowerPresent", true), control.F("BatteryLevel", true))
		require.Equal(t, " MaximumCurrentDrawnFromAccessory=0 BatteryWillChargeIfPowerPresent=true BatteryLevel=41", x.dense("PowerUpdate"))
		x.send("PowerSourceUpdate", control.F("AvailableCurrent", 2400), control.F("DeviceBatteryShouldCharge", true))
		require.Equal(t, " MaximumCurrentDrawnFromAccessory=2400 BatteryWillChargeIfPowerPresent=true BatteryLevel=41", x.dense("PowerUpdate"))
		x.send("PowerSourceUpdate", control.F("DeviceBatteryShouldCharge", false))
		require.Equal(t, " MaximumCurrentDrawnFromAccessory=2400 BatteryWillChargeIfPowerPresent=false BatteryLevel=41", x.dense("PowerUpdate"))
		x.send("StopPowerUpdates")
		x.send("PowerSourceUpdate", control.F("AvailableCurrent", 500))
		x.quiet(time.Minute)
		x.send("StartPowerUpdates", control.F("AccessoryPowerMode", true), control.F("ExternalChargerConnected", true), control.F("ChargingState", true))
		require.Equal(t, " AccessoryPowerMode=0 ExternalChargerConnected=false ChargingState=0", x.dense("PowerUpdate"))
	})
}

func TestCommunications(t *testing.T) {
	list := takes(control.MsgStartCommunicationsUpdates, control.MsgCommunicationsUpdate, control.MsgStopCommunicationsUpdates)
	some := []control.Field{control.F("SignalStrength", true), control.F("RegistrationStatus", true),
		control.F("AirplaneMode", true), control.F("CarrierName", true), control.F("CellularSupported", true),
		control.F("TelephonyEnabled", true), control.F("CallCount", true), control.F("NewVoicemailCount", true)}
	for name, tt := range map[string]struct{ persona, want string }{
		"at home": {"", ` SignalStrength=4 RegistrationStatus=home AirplaneMode=false CarrierName="Plugfest Mobile"` +
			` CellularSupported=true TelephonyEnabled=true CallCount=0 NewVoicemailCount=0`},
		"airplane mode": {"cellular: {airplane: true}", ` SignalStrength=0 RegistrationStatus=not-registered AirplaneMode=true` +
			` CarrierName="Airplane Mode" CellularSupported=true TelephonyEnabled=false CallCount=0 NewVoicemailCount=0`},
		"no modem": {"cellular: {absent: true, bars: 0, registration: unknown, carrier: ''}", ` SignalStrength=0 RegistrationStatus=unknown` +
			` AirplaneMode=false CarrierName="" CellularSupported=false TelephonyEnabled=false CallCount=0 NewVoicemailCount=0`},
		"in a call": {"calls: [{number: '1', status: active, direction: outgoing}]\ncellular: {voicemail: 3}",
			` SignalStrength=4 RegistrationStatus=home AirplaneMode=false CarrierName="Plugfest Mobile"` +
				` CellularSupported=true TelephonyEnabled=true CallCount=1 NewVoicemailCount=3`},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, tt.persona, func(x *script) {
				x.begin(list...)
				x.send("StartCommunicationsUpdates", some...)
				require.Equal(t, tt.want, x.dense("CommunicationsUpdate"))
				x.send("StopCommunicationsUpdates")
				x.quiet(time.Minute)
			})
		})
	}
}

// For ordinary calls iOS sends the first five parameters, whatever was asked
// for.
func TestCallStates(t *testing.T) {
	list := takes(control.MsgStartCallStateUpdates, control.MsgCallStateUpdate)
	everything := control.Lookup(control.MsgStartCallStateUpdates)
	var flags []control.Field
	for _, p := range everything.Params {
		flags = append(flags, control.F(p.Name, true))
	}
	play(t, "", func(x *script) {
		x.begin(list...)
		x.send("StartCallStateUpdates", flags...)
		x.quiet(time.Minute) // no call
	})
	play(t, `calls: [{number: "+15550100", name: Jane, status: active, direction: incoming}, {number: "2", status: held, direction: outgoing, uuid: abc}]`, func(x *script) {
		x.begin(list...)
		x.send("StartCallStateUpdates", flags...)
		require.Equal(t, ` RemoteID="+15550100" DisplayName="Jane" Status=active Direction=incoming CallUUID="00000000-0000-4000-8000-000000000001"`,
			x.dense("CallStateUpdate"))
		require.Equal(t, ` RemoteID="2" DisplayName="" Status=held Direction=outgoing CallUUID="abc"`, x.dense("CallStateUpdate"))
		x.quiet(time.Minute)
		x.send("StartCallStateUpdates", control.F("Status", true))
		require.Equal(t, " Status=active", x.dense("CallStateUpdate"))
		require.Equal(t, " Status=held", x.dense("CallStateUpdate"))
	})
}

func TestWiFi(t *testing.T) {
	list := takes(control.MsgRequestWiFiInformation, control.MsgWiFiInformation)
	for persona, want := range map[string]string{
		"":                                   " Status=unavailable",
		"wifi: {ssid: Home, declines: true}": " Status=declined",
		"wifi: {ssid: Home, passphrase: x}":  ` Status=ok SSID="Home" Passphrase="x"`,
	} {
		play(t, persona, func(x *script) {
			x.begin(list...)
			x.send("RequestWiFiInformation")
			require.Equal(t, want, x.dense("WiFiInformation"))
		})
	}
}

// An iPhone sends nothing that the accessory does not list among what it
// receives.
func TestNothingThatIsNotListed(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin(takes(control.MsgStartPowerUpdates, control.MsgStartNowPlayingUpdates, control.MsgStartCommunicationsUpdates,
			control.MsgRequestWiFiInformation, control.MsgStartRouteGuidanceUpdates)...)
		x.send("StartPowerUpdates", control.F("BatteryLevel", true))
		x.send("StartNowPlayingUpdates", control.F("Playback", control.Values{control.F("Elapsed", true)}))
		x.send("StartCommunicationsUpdates", control.F("SignalStrength", true))
		x.send("RequestWiFiInformation")
		x.quiet(time.Minute)
		x.saw("message not sent message=PowerUpdate why=the accessory does not list it")
		x.saw("message not sent message=NowPlayingUpdate why=the accessory does not list it")
	})
}

// Messages without a published meaning, or of no use to a phone, are ignored.
func TestMessagesWithoutConsequence(t *testing.T) {
	ids := []uint16{control.MsgStartMediaLibraryInformation, control.MsgStartMediaLibraryUpdates, control.MsgStartUSBDeviceModeAudio,
		control.MsgBluetoothComponentInformation}
	play(t, "", func(x *script) {
		x.begin(takes(ids...)...)
		for _, id := range ids {
			x.send(control.Name(id))
		}
		x.send("AccessoryAuthenticationSerialNumber", control.F("#0", []byte("0123456789")))
		require.NoError(t, x.s.Send(new(control.Builder).Begin(nil, 0x40C8).Finish()))
		x.quiet(time.Minute)
		require.Equal(t, 1, x.s.Ups())
		x.saw("message ignored message=AccessoryAuthenticationSerialNumber why=no part of this phone wants it")
		x.saw("message ignored message=40C8 why=the accessory does not list it")
	})
}

// A group that is malformed inside makes the whole message worthless.
func TestAMalformedGroup(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin(takes(control.MsgStartNowPlayingUpdates, control.MsgNowPlayingUpdate)...)
		x.send("StartNowPlayingUpdates", control.F("Media", control.Raw{0, 3, 0}))
		x.quiet(time.Minute)
	})
}

// The phone sends what nobody knows, where its persona says so.
func TestAMessageFromTheFuture(t *testing.T) {
	play(t, "identification: {unknown-message: 0x40C9}", func(x *script) {
		x.begin()
		m, err := x.s.Receive(x.w.Now() + time.Second)
		require.NoError(t, err)
		require.Equal(t, uint16(0x40C9), m.ID)
	})
}
