package control

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func validate(t *testing.T, from Sender, message string, fields ...Field) Findings {
	t.Helper()
	wire, err := Build(message, fields...)
	require.NoError(t, err)
	m, err := Parse(wire)
	require.NoError(t, err)
	return Validate(m, from)
}

func TestFindings(t *testing.T) {
	for _, c := range []struct {
		name    string
		from    Sender
		message string
		fields  Values
		want    string // "" for no finding
		refused bool   // a tolerant receiver refuses it too
	}{
		{"good", FromDevice, "PowerUpdate", Values{{"BatteryLevel", 90}}, "", false},
		{"sender not checked", 0, "PowerUpdate", Values{{"BatteryLevel", 90}}, "", false},
		{"wrong sender", FromAccessory, "PowerUpdate", Values{{"BatteryLevel", 90}},
			"AE01 PowerUpdate at offset 0: wrong sender: the device sends it, not the accessory", true},
		{"unknown parameter", FromDevice, "PowerUpdate", Values{{"BatteryLevel", 90}, {"#3", Raw{1, 2}}},
			"AE01 PowerUpdate #3 at offset 12: unknown parameter (2 bytes 0102)", false},
		{"missing", FromDevice, "StartExternalAccessoryProtocolSession", Values{{"ProtocolID", 1}},
			"EA00 StartExternalAccessoryProtocolSession SessionID at offset 11: missing parameter: parameter 1 of type uint16 is required", true},
		{"duplicate", FromDevice, "PowerUpdate", Values{{"BatteryLevel", 90}, {"BatteryLevel", 91}},
			"AE01 PowerUpdate BatteryLevel at offset 12: duplicate parameter (2 bytes 005b): the first one counts", false},
		{"repeated is no duplicate", 0, "RouteGuidanceManeuverUpdate", Values{{"JunctionElementAngle", []int{1, 2}}}, "", false},
		{"wrong size", FromDevice, "PowerUpdate", Values{{"BatteryLevel", Raw{90}}},
			"AE01 PowerUpdate BatteryLevel at offset 6: wrong size (1 byte 5a): a value of type uint16 has 2 bytes", true},
		{"wrong size of an element", 0, "RouteGuidanceManeuverUpdate", Values{{"JunctionElementAngle", []any{1, Raw{2}}}},
			"5202 RouteGuidanceManeuverUpdate JunctionElementAngle[1] at offset 12: wrong size (1 byte 02): a value of type int16 has 2 bytes", true},
		{"odd list", 0, "RouteGuidanceUpdate", Values{{"CurrentManeuvers", Raw{0, 1, 2}}},
			"5201 RouteGuidanceUpdate CurrentManeuvers at offset 6: wrong size (3 bytes 000102): a list of uint16 has an even number of bytes", true},
		{"long bool", 0, "MuteStatusUpdate", Values{{"Mute", Raw{0, 1}}},
			"4160 MuteStatusUpdate Mute at offset 6: wrong size (2 bytes 0001): a bool has 1 byte", true},
		{"empty bool", 0, "MuteStatusUpdate", Values{{"Mute", Raw{}}},
			"4160 MuteStatusUpdate Mute at offset 6: empty bool: reads true", false},
		{"bool of 2", 0, "MuteStatusUpdate", Values{{"Mute", Raw{2}}},
			"4160 MuteStatusUpdate Mute at offset 6: unusual bool (1 byte 02): reads true", false},
		{"no NUL", FromAccessory, "RequestAppLaunch", Values{{"BundleID", Raw("com.example.app")}},
			"EA02 RequestAppLaunch BundleID at offset 6: no terminating NUL (15 bytes 636f6d2e6578616d..): the NUL counts in the length", true},
		{"no bytes in a string", FromAccessory, "RequestAppLaunch", Values{{"BundleID", Raw{}}},
			"EA02 RequestAppLaunch BundleID at offset 6: no terminating NUL: the NUL counts in the length", true},
		{"joined where one is due", FromAccessory, "RequestAppLaunch", Values{{"BundleID", Raw("a\x00b\x00")}},
			"EA02 RequestAppLaunch BundleID at offset 6: joined strings (4 bytes 61006200)", true},
		{"joined where it may repeat", 0, "CarPlayStartSession", Values{{"Wired", Values{{"IPAddress", Joined{"a", "b"}}}}},
			"4301 CarPlayStartSession Wired.IPAddress[0] at offset 10: joined strings (4 bytes 61006200)", false},
		{"not UTF-8", FromAccessory, "RequestAppLaunch", Values{{"BundleID", Raw{0xC3, 0x28, 0}}},
			"EA02 RequestAppLaunch BundleID at offset 6: not UTF-8 (3 bytes c32800)", true},
		{"unlisted value", FromAccessory, "RequestAppLaunch", Values{{"BundleID", "a"}, {"LaunchMethod", 7}},
			"EA02 RequestAppLaunch LaunchMethod at offset 12: unlisted value (1 byte 07): known are ask, without-alert", false},
		{"any value of a nameless enum", 0, "IdentificationInformationUpdate", Values{{"USBDeviceTransportComponent", Values{{"ID", 1}, {"Name", "x"}, {"AudioSampleRate", 77}}}}, "", false},
		{"flag with value", FromAccessory, "StartPowerUpdates", Values{{"BatteryLevel", Raw{1}}},
			"AE00 StartPowerUpdates BatteryLevel at offset 6: flag not empty (1 byte 01): presence is the whole meaning", false},
		{"flag with value in identification", FromAccessory, "IdentificationInformationUpdate",
			Values{{"WirelessCarPlayTransportComponent", Values{{"ID", 1}, {"Name", "x"}, {"SupportsCarPlay", Raw{1}}}}},
			"1D06 IdentificationInformationUpdate WirelessCarPlayTransportComponent.SupportsCarPlay at offset 22: flag not empty (1 byte 01): presence is the whole meaning", true},
		{"malformed group", 0, "CarPlayAvailability", Values{{"Wired", Raw{0, 3, 0, 1}}},
			"4300 CarPlayAvailability Wired at offset 6: malformed group (4 bytes 00030001): control: offset 10: parameter 0x0001 length = 3: parameter length below 4", true},
		{"missing in a group", 0, "IdentificationInformationUpdate", Values{{"BluetoothTransportComponent", Values{{"ID", 1}}}},
			"1D06 IdentificationInformationUpdate BluetoothTransportComponent[0].Name at offset 16: missing parameter: parameter 1 of type utf8 is required", true},
		{"more in an open message", 0, "StartUSBDeviceModeAudio", Values{{"#1", Raw{1}}}, "", false},
		{"more in an open group", 0, "IdentificationInformationUpdate", Values{{"BluetoothHIDComponent", Values{{"#7", Raw{1}}}}}, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := validate(t, c.from, c.message, c.fields...)
			if c.want == "" {
				assert.Empty(t, found)
				assert.NoError(t, found.Err())
				return
			}
			require.Len(t, found, 1, "%v", found)
			assert.Equal(t, c.want, found[0].String())
			assert.Equal(t, c.refused, len(found.Tolerant()) == 1)
			assert.EqualError(t, found.Err(), c.want)
		})
	}
}

// Bogus ids such as 40C8 are acknowledged and ignored by an iPhone.
func TestUnknownMessageIsTolerated(t *testing.T) {
	m, err := Parse(unhex(t, "4040000a40c800040001"))
	require.NoError(t, err)
	found := Validate(m, FromAccessory)
	require.Len(t, found, 1)
	assert.Equal(t, "40C8 40C8 at offset 0: unknown message", found[0].String())
	assert.Empty(t, found.Tolerant())
}

func TestFindingsComeInTheOrderOfTheWire(t *testing.T) {
	found := validate(t, FromDevice, "IdentificationInformation",
		F("#99", Raw{1}), F("Name", Raw("x")), F("MaximumCurrentDrawnFromDevice", Raw{1}))
	var kinds []Kind
	var params []uint16
	for _, f := range found {
		kinds, params = append(kinds, f.Kind), append(params, f.Param)
	}
	missing := MissingParam
	assert.Equal(t, []Kind{WrongSender, UnknownParam, NoTerminator, WrongSize,
		missing, missing, missing, missing, missing, missing, missing, missing, missing, missing}, kinds)
	assert.Equal(t, []uint16{0, 99, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13}, params)
}
