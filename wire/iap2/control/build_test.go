package control

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBuildTakesAnyGoInteger(t *testing.T) {
	for _, v := range []any{90, int8(90), int16(90), int32(90), int64(90), uint(90), uint8(90), uint16(90), uint32(90), uint64(90)} {
		wire, err := Build("PowerUpdate", F("BatteryLevel", v))
		require.NoError(t, err)
		assert.Equal(t, vector(t, "ae01-dji"), wire, "%T", v)
	}
}

func TestBuildWritesLists(t *testing.T) {
	for _, c := range []struct {
		name    string
		message string
		fields  Values
		want    string
	}{
		{"strings", "IdentificationInformation", Values{{"SupportedLanguage", []string{"en", "de"}}}, "0007000d656e00" + "0007000d646500"},
		{"one string", "IdentificationInformation", Values{{"SupportedLanguage", "en"}}, "0007000d656e00"},
		{"a field each", "IdentificationInformation", Values{{"SupportedLanguage", "en"}, {"SupportedLanguage", "de"}}, "0007000d656e00" + "0007000d646500"},
		{"joined strings", "IdentificationInformation", Values{{"SupportedLanguage", Joined{"en", "de"}}}, "000a000d656e00646500"},
		{"integers", "RouteGuidanceManeuverUpdate", Values{{"JunctionElementAngle", []int{-90, 45}}}, "0006000affa6" + "0006000a002d"},
		{"groups", "RouteGuidanceLaneGuidanceInformation", Values{{"Lane", []Values{{{"Index", 0}}, {{"Index", 1}}}}}, "000a0002000600000000" + "000a0002000600000001"},
		{"mixed", "IdentificationInformation", Values{{"SupportedLanguage", []any{"en", Raw{0}}}}, "0007000d656e00" + "0005000d00"},
		{"packed", "IdentificationInformation", Values{{"MessagesSentByAccessory", []uint16{0xAE00, 0xAE02}}}, "00080006ae00ae02"},
		{"packed, of int", "RouteGuidanceUpdate", Values{{"CurrentManeuvers", []int{3, 4}}}, "0008000d00030004"},
		{"packed, empty", "IdentificationInformation", Values{{"MessagesSentByAccessory", []uint16{}}}, "00040006"},
		{"flag left out", "StartPowerUpdates", Values{{"BatteryLevel", false}}, ""},
		{"enum by number", "CallStateUpdate", Values{{"Status", 9}}, "0005000209"},
		{"by number", "PowerUpdate", Values{{"#7", []byte{1, 2}}, {"#0x19", Raw{3}}, {"#9", true}, {"#10", false}}, "000600070102" + "0005001903" + "00040009"},
		{"raw, of any type", "PowerUpdate", Values{{"BatteryLevel", Raw{1}}}, "0005000601"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wire, err := Build(c.message, c.fields...)
			require.NoError(t, err)
			assert.Equal(t, c.want, hex.EncodeToString(wire[HeaderLen:]))
		})
	}
}

func TestBuildRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		message string
		field   Field
		reason  error
		text    string
	}{
		{"message", "NoSuchMessage", Field{}, ErrUnknownName, `control: build NoSuchMessage: not in the catalogue`},
		{"parameter", "RequestAppLaunch", F("Bundle", "x"), ErrUnknownName, `control: build RequestAppLaunch: Bundle = "x": not in the catalogue`},
		{"number", "RequestAppLaunch", F("#70000", Raw{}), ErrUnknownName, ``},
		{"value by number", "RequestAppLaunch", F("#7", "x"), ErrValueType, ``},
		{"in a group", "CarPlayAvailability", F("Wired", Values{{"Avail", true}}), ErrUnknownName, `control: build CarPlayAvailability: Wired.Avail = "true": not in the catalogue`},
		{"enum name", "RequestAppLaunch", F("LaunchMethod", "silent"), ErrUnknownName, `control: build RequestAppLaunch: LaunchMethod = "silent": not in the catalogue; it has ask, without-alert`},
		{"enum without names", "IdentificationInformation", F("USBDeviceTransportComponent", Values{{"AudioSampleRate", "x"}}), ErrUnknownName, ``},
		{"type", "RequestAppLaunch", F("BundleID", 5), ErrValueType, `control: build RequestAppLaunch: BundleID = "5": value does not suit the parameter type: utf8 takes no int`},
		{"float", "PowerUpdate", F("BatteryLevel", 0.9), ErrValueType, ``},
		{"nil", "PowerUpdate", F("BatteryLevel", nil), ErrValueType, ``},
		{"list for one", "RequestAppLaunch", F("BundleID", []string{"a", "b"}), ErrValueType, ``},
		{"joined for a number", "PowerUpdate", F("BatteryLevel", Joined{"a"}), ErrValueType, ``},
		{"bool for a number", "PowerUpdate", F("BatteryLevel", true), ErrValueType, ``},
		{"number for a bool", "PowerUpdate", F("ExternalChargerConnected", 1), ErrValueType, ``},
		{"number for a flag", "StartPowerUpdates", F("BatteryLevel", 1), ErrValueType, ``},
		{"blob for a group", "CarPlayAvailability", F("Wired", []byte{1}), ErrValueType, ``},
		{"fields for a blob", "AuthenticationResponse", F("Signature", Values{}), ErrValueType, ``},
		{"list for a blob", "AuthenticationResponse", F("Signature", []uint16{1}), ErrValueType, ``},
		{"unsigned too large", "PowerUpdate", F("BatteryLevel", 65536), ErrValueRange, `control: build PowerUpdate: BatteryLevel = "65536": value out of range`},
		{"unsigned negative", "PowerUpdate", F("BatteryLevel", -1), ErrValueRange, ``},
		{"signed too large", "DeviceTimeUpdate", F("DSTOffset", 128), ErrValueRange, ``},
		{"signed too small", "DeviceTimeUpdate", F("DSTOffset", -129), ErrValueRange, ``},
		{"int64 too large", "DeviceTimeUpdate", F("SecondsSinceReferenceDate", uint64(1<<63)), ErrValueRange, ``},
		{"packed too large", "RouteGuidanceUpdate", F("CurrentManeuvers", []int{65536}), ErrValueRange, ``},
		{"packed negative", "RouteGuidanceUpdate", F("CurrentManeuvers", []int{-1}), ErrValueRange, ``},
		{"NUL in text", "RequestAppLaunch", F("BundleID", "a\x00b"), ErrInnerNUL, ``},
		{"too long", "AuthenticationResponse", F("Signature", make([]byte, 65536)), ErrTooLong, ``},
		{"too long in all", "AuthenticationResponse", F("Signature", make([]byte, 65531)), ErrTooLong, ``},
		{"in a list", "IdentificationInformation", F("SupportedLanguage", []any{"en", 5}), ErrValueType, `control: build IdentificationInformation: SupportedLanguage[1] = "5": value does not suit the parameter type: utf8 takes no int`},
	} {
		t.Run(c.name, func(t *testing.T) {
			buf, err := AppendBuild([]byte("kept"), c.message, c.field)
			require.ErrorIs(t, err, c.reason)
			var at *BuildError
			require.ErrorAs(t, err, &at)
			assert.Equal(t, c.message, at.Message)
			if c.text != "" {
				require.EqualError(t, err, c.text)
			}
			assert.Equal(t, "kept", string(buf))
		})
	}
}

func TestBuildBounds(t *testing.T) {
	for _, c := range []struct {
		message, name string
		value         any
	}{
		{"PowerUpdate", "BatteryLevel", 65535},
		{"PowerUpdate", "BatteryLevel", 0},
		{"DeviceTimeUpdate", "DSTOffset", -128},
		{"DeviceTimeUpdate", "DSTOffset", 127},
		{"DeviceTimeUpdate", "SecondsSinceReferenceDate", int64(-1 << 63)},
		{"DeviceTimeUpdate", "SecondsSinceReferenceDate", int64(1<<63 - 1)},
		{"NowPlayingUpdate", "Media.PersistentID", uint64(1<<64 - 1)},
	} {
		field := F(c.name, c.value)
		if c.name == "Media.PersistentID" {
			field = F("Media", Values{{"PersistentID", c.value}})
		}
		wire, err := Build(c.message, field)
		require.NoError(t, err, "%s = %v", c.name, c.value)
		m, err := Parse(wire)
		require.NoError(t, err)
		d, err := Decode(m)
		require.NoError(t, err)
		assert.EqualValues(t, c.value, d.Find(c.name).Value)
	}
}
