package control

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// accessory is the part of an identification that is the same for all below.
func accessory(sent, received []uint16, rest ...Field) []Field {
	return append([]Field{
		F("Name", "Test unit"), F("ModelIdentifier", "T1"), F("Manufacturer", "Plugfest"), F("SerialNumber", "0001"),
		F("FirmwareVersion", "1.0"), F("HardwareVersion", "A"),
		F("MessagesSentByAccessory", sent), F("MessagesReceivedFromDevice", received),
		F("PowerProvidingCapability", "none"), F("MaximumCurrentDrawnFromDevice", 0),
		F("CurrentLanguage", "en"), F("SupportedLanguage", []string{"en", "de"}),
	}, rest...)
}

var (
	usbHost   = F("USBHostTransportComponent", Values{{"ID", 0}, {"Name", "USB"}, {"SupportsIAP2", true}})
	bluetooth = F("BluetoothTransportComponent", Values{{"ID", 1}, {"Name", "BT"}, {"SupportsIAP2", true}, {"MACAddress", []byte{2, 0, 0, 0, 0, 1}}})
	protocol  = F("SupportedExternalAccessoryProtocol", Values{{"ID", 1}, {"Name", "com.example.protocol"}, {"MatchAction", "offer-app"}})
)

// The sets that real accessories declared and iPhones accepted, as far as
// public sources list them.
var (
	// Source: wllm-rbnt/third-eye, USB capture.
	djiGoggles = accessory([]uint16{0xAE00, 0xAE02}, []uint16{0xAE01},
		F("SupportedExternalAccessoryProtocol", Values{{"ID", 0}, {"Name", "com.dji.logiclink"}, {"MatchAction", 1}, {"NativeTransportComponentID", 0}}),
		usbHost)
	// Source: exrector/carthing-custom-linux.
	minimal = accessory([]uint16{}, []uint16{}, bluetooth)
	// Source: lvalen91/CPC200-CCPA_resources.
	carlinkit = accessory([]uint16{0x5703}, []uint16{0x4E0A, 0x4E0B, 0x5702, 0x4E0D, 0x4E0E},
		F("BluetoothTransportComponent", Values{{"ID", 1}, {"Name", "BT"}, {"SupportsIAP2", true}, {"MACAddress", []byte{2, 0, 0, 0, 0, 1}}}),
		F("VehicleInformationComponent", Values{{"ID", 2}, {"Name", "Car"}, {"EngineType", "gasoline"}}),
		F("WirelessCarPlayTransportComponent", Values{{"ID", 3}, {"Name", "WiFi"}, {"SupportsIAP2", true}, {"SupportsCarPlay", true}}))
	// Source: redline-labs/digital_dashboard, which gives every component id 0.
	wiredCarPlay = accessory(
		[]uint16{0xA101, 0x5000, 0x5002, 0x5200, 0x5203, 0xFFFB, 0xAE00, 0xAE02, 0xAE03, 0x4157, 0x4159, 0x4154, 0x4156, 0x4301},
		[]uint16{0xEA00, 0xEA01, 0xA100, 0xA102, 0x4E0E, 0x5001, 0x5201, 0x5202, 0xFFFA, 0xFFFC, 0xAE01, 0x4158, 0x4155, 0x4300},
		F("SupportedExternalAccessoryProtocol", Values{{"ID", 1}, {"Name", "com.example.none"}, {"MatchAction", "no-communication"}}),
		F("USBHostTransportComponent", Values{{"ID", 0}, {"Name", "USBHostTransport"}, {"SupportsIAP2", true}, {"CarPlayInterfaceNumber", 3}, {"SupportsCarPlay", true}}),
		F("VehicleInformationComponent", Values{{"ID", 0}, {"Name", "Car"}, {"EngineType", "diesel"}}),
		F("VehicleStatusComponent", Values{{"ID", 0}, {"Name", "Car"}, {"Range", true}, {"OutsideTemperature", true}}),
		F("LocationInformationComponent", Values{{"ID", 0}, {"Name", "Car"}, {"GPSFixData", true}, {"RecommendedMinimumData", true}}),
		F("RouteGuidanceDisplayComponent", Values{{"ID", 0}, {"Name", "Car"}}))
	// Source: JoeyEamigh/bridgething, whose transport and HID component share an id.
	carThing = accessory([]uint16{0x5000, 0x5002, 0x6800, 0x6802, 0x6803}, []uint16{0x5001, 0x6801, 0x4E09},
		F("BluetoothTransportComponent", Values{{"ID", 5353}, {"Name", "BT"}, {"SupportsIAP2", true}, {"MACAddress", []byte{2, 0, 0, 0, 0, 1}}}),
		F("IAP2HIDComponent", Values{{"ID", 5353}, {"Name", "Remote"}, {"Function", "media-playback-remote"}}))
)

func identification(t testing.TB, fields ...Field) Message {
	t.Helper()
	wire, err := Build("IdentificationInformation", fields...)
	require.NoError(t, err)
	m, err := Parse(wire)
	require.NoError(t, err)
	return m
}

func TestRealIdentificationsAreAccepted(t *testing.T) {
	for _, c := range []struct {
		name      string
		fields    []Field
		transport Transport
	}{
		{"goggles", djiGoggles, USBHostTransport},
		{"goggles, any transport", djiGoggles, AnyTransport},
		{"minimal", minimal, BluetoothTransport},
		{"wireless CarPlay, Bluetooth", carlinkit, BluetoothTransport},
		{"wireless CarPlay, Wi-Fi", carlinkit, WirelessCarPlayTransport},
		{"wired CarPlay", wiredCarPlay, USBHostTransport},
		{"media remote", carThing, BluetoothTransport},
		{"EA in the link", accessory(nil, []uint16{0xEA00, 0xEA01}, protocol, usbHost), USBHostTransport},
		{"unknown parameters", append(append([]Field{}, djiGoggles...), F("#99", Raw{1})), USBHostTransport},
		{"joined languages", append(replace(minimal, "SupportedLanguage", Joined{"en", "de"}), F("AppMatchTeamID", "ABCDE12345")), BluetoothTransport},
		{"team id", append(append([]Field{}, minimal...), F("AppMatchTeamID", "ABCDE12345")), BluetoothTransport},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Empty(t, CheckIdentification(identification(t, c.fields...), c.transport))
		})
	}
}

// replace gives the fields with another value for one name.
func replace(fields []Field, name string, value any) []Field {
	list := append([]Field{}, fields...)
	for i := range list {
		if list[i].Name == name {
			list[i].Value = value
		}
	}
	return list
}

// without gives the fields except those of one name.
func without(fields []Field, name string) []Field {
	var list []Field
	for _, f := range fields {
		if f.Name != name {
			list = append(list, f)
		}
	}
	return list
}

func with(fields []Field, more ...Field) []Field {
	return append(append([]Field{}, fields...), more...)
}

func TestRejections(t *testing.T) {
	usb := accessory(nil, nil, usbHost)
	ea := []uint16{0xEA00, 0xEA01}
	for _, c := range []struct {
		name   string
		fields []Field
		want   []string
	}{
		{"name missing", without(usb, "Name"), []string{"parameter 0 Name: Name at offset 111: missing parameter"}},
		{"name empty", replace(usb, "Name", ""), []string{"parameter 0 Name: Name at offset 6: empty string"}},
		{"name without NUL", replace(usb, "Name", Raw("unit")), []string{"parameter 0 Name: Name at offset 6: no terminating NUL"}},
		{"current missing", without(usb, "MaximumCurrentDrawnFromDevice"),
			[]string{"parameter 9 MaximumCurrentDrawnFromDevice: MaximumCurrentDrawnFromDevice at offset 119: missing parameter"}},
		{"current too small", replace(usb, "MaximumCurrentDrawnFromDevice", Raw{0}),
			[]string{"parameter 9 MaximumCurrentDrawnFromDevice: MaximumCurrentDrawnFromDevice at offset 76: wrong size"}},
		{"languages missing", without(usb, "SupportedLanguage"), []string{"parameter 13 SupportedLanguage: SupportedLanguage at offset 111: missing parameter"}},
		{"sent list odd", replace(usb, "MessagesSentByAccessory", Raw{0xAE}),
			[]string{"parameter 6 MessagesSentByAccessory: MessagesSentByAccessory at offset 63: wrong size"}},
		{"sent list with authentication", replace(usb, "MessagesSentByAccessory", []uint16{0xAA01, 0xAE00, 0x1D01}), []string{
			"parameter 6 MessagesSentByAccessory: lists AA01 AuthenticationCertificate, which is never listed",
			"parameter 6 MessagesSentByAccessory: lists 1D01 IdentificationInformation, which is never listed"}},
		{"received list with identification", replace(usb, "MessagesReceivedFromDevice", []uint16{0x1D02}),
			[]string{"parameter 7 MessagesReceivedFromDevice: lists 1D02 IdentificationAccepted, which is never listed"}},
		{"listed twice", replace(usb, "MessagesReceivedFromDevice", []uint16{0xAE01, 0x4155, 0xAE01}),
			[]string{"parameter 7 MessagesReceivedFromDevice: lists AE01 PowerUpdate twice"}},
		{"team id of one byte", with(usb, F("AppMatchTeamID", Raw{1})),
			[]string{"parameter 11 AppMatchTeamID: AppMatchTeamID at offset 125: no terminating NUL"}},
		{"no transport", accessory(nil, nil),
			[]string{"parameter 16 USBHostTransportComponent: the transport in use is not declared"}},
		{"another transport", accessory(nil, nil, bluetooth),
			[]string{"parameter 16 USBHostTransportComponent: the transport in use is not declared"}},
		{"transport without iAP2", accessory(nil, nil, F("USBHostTransportComponent", Values{{"ID", 0}, {"Name", "USB"}})),
			[]string{"parameter 16 USBHostTransportComponent: no transport of this kind supports iAP2"}},
		{"transport flag with a byte", accessory(nil, nil, F("USBHostTransportComponent", Values{{"ID", 0}, {"Name", "USB"}, {"SupportsIAP2", Raw{1}}})),
			[]string{"parameter 16 USBHostTransportComponent: USBHostTransportComponent[0].SupportsIAP2 at offset 121: flag not empty"}},
		{"transport without a name", accessory(nil, nil, F("USBHostTransportComponent", Values{{"ID", 0}, {"SupportsIAP2", true}})),
			[]string{"parameter 16 USBHostTransportComponent: USBHostTransportComponent[0].Name at offset 117: missing parameter"}},
		{"transport with an empty name", accessory(nil, nil, F("USBHostTransportComponent", Values{{"ID", 0}, {"Name", ""}, {"SupportsIAP2", true}})),
			[]string{"parameter 16 USBHostTransportComponent: USBHostTransportComponent.Name at offset 113: empty string"}},
		{"transport without an id", accessory(nil, nil, F("USBHostTransportComponent", Values{{"Name", "USB"}, {"SupportsIAP2", true}})),
			[]string{"parameter 16 USBHostTransportComponent: USBHostTransportComponent[0].ID at offset 119: missing parameter"}},
		{"malformed transport", accessory(nil, nil, usbHost, F("BluetoothTransportComponent", Raw{0, 3, 0, 0})),
			[]string{"parameter 17 BluetoothTransportComponent: BluetoothTransportComponent[0] at offset 125: malformed group"}},
		{"transports sharing an id", accessory(nil, nil, usbHost, F("BluetoothTransportComponent", Values{{"ID", 0}, {"Name", "BT"}})),
			[]string{`parameter 17 BluetoothTransportComponent: id of BluetoothTransportComponent 0 "BT" is that of USBHostTransportComponent 0 "USB"`}},
		{"functions sharing an id", accessory(nil, nil, usbHost,
			F("IAP2HIDComponent", []Values{{{"ID", 4}, {"Name", "Keys"}}, {{"ID", 4}, {"Name", "Remote"}}})),
			[]string{`parameter 18 IAP2HIDComponent: id of IAP2HIDComponent 4 "Remote" is that of IAP2HIDComponent 4 "Keys"`}},
		{"EA without its messages", accessory(nil, nil, protocol, usbHost),
			[]string{"parameter 7 MessagesReceivedFromDevice: EA00 and EA01 are required with external accessory protocols"}},
		{"EA with half its messages", accessory(nil, []uint16{0xEA00}, protocol, usbHost),
			[]string{"parameter 7 MessagesReceivedFromDevice: EA00 and EA01 are required with external accessory protocols"}},
		{"EA messages without EA", accessory(nil, ea, usbHost),
			[]string{"parameter 7 MessagesReceivedFromDevice: EA00 and EA01 are listed without an external accessory protocol"}},
		{"native EA with half the messages", accessory(nil, []uint16{0xEA01}, usbHost,
			F("SupportedExternalAccessoryProtocol", Values{{"ID", 1}, {"Name", "com.example"}, {"MatchAction", 1}, {"NativeTransportComponentID", 0}})),
			[]string{"parameter 7 MessagesReceivedFromDevice: EA00 and EA01 go together"}},
		{"native EA on an unknown transport", accessory(nil, nil, usbHost,
			F("SupportedExternalAccessoryProtocol", Values{{"ID", 1}, {"Name", "com.example"}, {"MatchAction", 1}, {"NativeTransportComponentID", 9}})),
			[]string{`parameter 10 SupportedExternalAccessoryProtocol: protocol "com.example" names native transport 9, which no USBHostTransportComponent has`}},
		{"native EA on a Bluetooth transport", accessory(nil, nil, usbHost, bluetooth,
			F("SupportedExternalAccessoryProtocol", Values{{"ID", 1}, {"Name", "com.example"}, {"MatchAction", 1}, {"NativeTransportComponentID", 1}})),
			[]string{`parameter 10 SupportedExternalAccessoryProtocol: protocol "com.example" names native transport 1, which no USBHostTransportComponent has`}},
		{"EA ids shared", accessory(nil, ea, usbHost, protocol, protocol),
			[]string{"parameter 10 SupportedExternalAccessoryProtocol: protocol id 1 is used twice"}},
		{"EA name without NUL", accessory(nil, ea, usbHost,
			F("SupportedExternalAccessoryProtocol", Values{{"ID", 1}, {"Name", Raw("com.example")}, {"MatchAction", 1}})),
			[]string{"parameter 10 SupportedExternalAccessoryProtocol: SupportedExternalAccessoryProtocol[0].Name at offset 138: no terminating NUL"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, r := range CheckIdentification(identification(t, c.fields...), USBHostTransport) {
				got = append(got, r.String())
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestAnyTransportNeedsOne(t *testing.T) {
	list := CheckIdentification(identification(t, accessory(nil, nil)...), AnyTransport)
	assert.Equal(t, []uint16{14, 15, 16, 17, 24}, RejectedParams(list))

	deaf := accessory(nil, nil,
		F("USBHostTransportComponent", Values{{"ID", 0}, {"Name", "USB"}}), F("BluetoothTransportComponent", Values{{"ID", 1}, {"Name", "BT"}}))
	list = CheckIdentification(identification(t, deaf...), AnyTransport)
	assert.Equal(t, []uint16{16, 17}, RejectedParams(list))
}

// Everything that is wrong is named at once, each parameter once, in order.
func TestRejectionNamesEveryBadParameter(t *testing.T) {
	m := identification(t,
		F("SupportedExternalAccessoryProtocol", Values{{"ID", 1}, {"Name", ""}, {"MatchAction", 1}}),
		F("AppMatchTeamID", Raw{0xFF}), F("Name", ""), F("MessagesSentByAccessory", []uint16{0xAA01, 0xAA01}))
	list := CheckIdentification(m, BluetoothTransport)
	want := []uint16{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 17}
	assert.Equal(t, want, RejectedParams(list))

	wire, err := AppendReject(nil, RejectedParams(list)...)
	require.NoError(t, err)
	reject, err := Parse(wire)
	require.NoError(t, err)
	assert.Equal(t, MsgIdentificationRejected, reject.ID)
	var named []uint16
	for p := range reject.Params.All() {
		require.NoError(t, p.Flag())
		named = append(named, p.ID)
	}
	assert.Equal(t, want, named)
	assert.Empty(t, Validate(reject, FromDevice))
}

func TestReadIdentification(t *testing.T) {
	id, err := ReadIdentification(identification(t, wiredCarPlay...))
	require.NoError(t, err)
	assert.Equal(t, "Test unit", id.Name)
	assert.Equal(t, "A", id.HardwareVersion)
	assert.Equal(t, []string{"en", "de"}, id.Languages)
	assert.True(t, id.Sends(MsgCarPlayStartSession))
	assert.False(t, id.Sends(MsgCarPlayAvailability))
	assert.True(t, id.Receives(MsgCarPlayAvailability))
	assert.True(t, id.Allows(MsgCarPlayStartSession, FromAccessory))
	assert.False(t, id.Allows(MsgCarPlayStartSession, FromDevice))
	assert.True(t, id.Allows(MsgCarPlayAvailability, FromDevice))
	assert.False(t, id.Allows(MsgNowPlayingUpdate, FromAccessory))
	for _, never := range []uint16{MsgRequestAuthenticationCertificate, MsgIdentificationAccepted, MsgAuthenticationResponse} {
		assert.True(t, id.Allows(never, FromDevice) && id.Allows(never, FromAccessory), "%04X is never listed", never)
	}
	assert.Equal(t, []EAProtocol{{ID: 1, Name: "com.example.none", MatchAction: 4}}, id.Protocols)
	require.Len(t, id.Components, 5)
	usb := id.Components[0]
	assert.Equal(t, uint16(16), usb.Param)
	assert.True(t, usb.IsTransport() && usb.SupportsIAP2 && usb.HasID)
	number, ok := usb.Nodes.Uint("CarPlayInterfaceNumber")
	assert.True(t, ok)
	assert.Equal(t, uint64(3), number)
	assert.False(t, id.Components[1].IsTransport())

	id, err = ReadIdentification(identification(t, djiGoggles...))
	require.NoError(t, err)
	assert.Equal(t, []EAProtocol{{ID: 0, Name: "com.dji.logiclink", MatchAction: 1, Native: true}}, id.Protocols)

	id, err = ReadIdentification(identification(t, F("BluetoothTransportComponent", Raw{1})))
	require.ErrorIs(t, err, ErrTrailing)
	assert.Len(t, id.Components, 1)
}

func TestTransportParams(t *testing.T) {
	names := map[Transport]string{
		SerialTransport: "SerialTransportComponent", USBDeviceTransport: "USBDeviceTransportComponent", USBHostTransport: "USBHostTransportComponent",
		BluetoothTransport: "BluetoothTransportComponent", WirelessCarPlayTransport: "WirelessCarPlayTransportComponent",
	}
	for transport, name := range names {
		assert.Equal(t, name, ByName("IdentificationInformation").Param(transport.Param()).Name)
	}
	assert.Zero(t, AnyTransport.Param())
	assert.Zero(t, Transport(99).Param())
	assert.Equal(t, "parameter 99 unknown: x", Rejection{Param: 99, Reason: "x"}.String())
	assert.Equal(t, `component 3 "x"`, (&Component{Param: 99, ID: 3, Name: "x"}).String())
}
