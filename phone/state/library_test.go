package state_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/plist"
)

// needed are values without which some host tool fails or panics, with their type:
// pymobiledevice3's first look, go-ios's lang, batterycheck and date, usbmuxd.
var needed = map[string]map[string]string{
	"": {
		"ActivationState": "string", "BasebandStatus": "string", "BuildVersion": "string", "ChipID": "integer", "DeviceClass": "string",
		"DeviceName": "string", "DevicePublicKey": "data", "HardwareModel": "string", "PasswordProtected": "boolean", "ProductType": "string",
		"ProductVersion": "string", "SerialNumber": "string", "SupportedDeviceFamilies": "array", "TimeIntervalSince1970": "real",
		"TimeZone": "string", "TimeZoneOffsetFromUTC": "real", "UniqueChipID": "integer", "UniqueDeviceID": "string", "WiFiAddress": "string",
		"NonVolatileRAM": "dictionary", "ProductionSOC": "boolean",
	},
	"com.apple.international": {"Language": "string", "Locale": "string", "SupportedLanguages": "array", "SupportedLocales": "array"},
	"com.apple.mobile.battery": {
		"BatteryCurrentCapacity": "integer", "BatteryIsCharging": "boolean", "ExternalChargeCapable": "boolean", "ExternalConnected": "boolean",
		"FullyCharged": "boolean", "GasGaugeCapability": "boolean", "HasBattery": "boolean",
	},
	"com.apple.disk_usage":               {"TotalDiskCapacity": "integer", "TotalDataAvailable": "integer", "TotalDataCapacity": "integer"},
	"com.apple.mobile.wireless_lockdown": {"EnableWifiConnections": "boolean"},
	"com.apple.xcode.developerdomain":    {"DeveloperStatus": "string"},
	"com.apple.mobile.backup":            {"WillEncrypt": "boolean"},
}

// Every model, with every iOS that it runs, has all values, and all of them can be
// written in both forms of property lists.
func TestEveryModelAndVersion(t *testing.T) {
	l, err := state.Load()
	require.NoError(t, err)
	require.Greater(t, len(l.Models()), 20)
	n := 0
	for _, productType := range l.Models() {
		m := l.Model(productType)
		first, last := state.MustVersion(m.First), state.MustVersion(m.Last)
		for _, v := range l.Builds() {
			if v.Compare(first) < 0 || v.Major > last.Major {
				continue
			}
			n++
			s, err := l.New(sim.New(), "phone", state.Options{ProductType: productType, ProductVersion: v.String()})
			require.NoError(t, err)
			for domain, keys := range needed {
				for key, want := range keys {
					require.Equal(t, want, plist.TypeName(s.Value(domain, key)), "%s %s: %s %s", productType, v, domain, key)
				}
			}
			if v != first && v.Major != last.Major { // the others have the same values
				continue
			}
			for _, domain := range s.Domains() {
				values := s.Domain(domain)
				_, err := plist.AppendXML(nil, values)
				require.NoError(t, err, "%s %s: %s", productType, v, domain)
				_, err = plist.AppendBinary(nil, values)
				require.NoError(t, err, "%s %s: %s", productType, v, domain)
				for key, value := range values {
					require.Equal(t, value, s.Value(domain, key), "%s: %s %s", productType, domain, key)
				}
			}
		}
	}
	require.Greater(t, n, 400)
}

// What differs with model and iOS.
func TestWhatDiffers(t *testing.T) {
	for _, c := range []struct {
		model, ios, domain, key string
		want                    any
	}{
		{"iPhone14,7", "17.5.1", "", "BuildVersion", "21F90"},
		{"iPhone14,7", "17.5.9", "", "BuildVersion", "21F90"}, // the nearest before it
		{"iPhone6,2", "7.1", "", "BuildVersion", "16A366"},    // the oldest that is known
		{"iPhone14,7", "17.5.1", "", "HardwareModel", "D27AP"},
		{"iPhone10,6", "16.0", "", "CPUArchitecture", "arm64"},
		{"iPhone11,8", "16.0", "", "CPUArchitecture", "arm64e"},
		{"iPad13,1", "16.0", "", "DeviceClass", "iPad"},
		{"iPad13,1", "16.0", "", "DeviceName", "iPad"},
		{"iPad13,1", "16.0", "", "TelephonyCapability", false},
		{"iPad13,1", "16.0", "", "InternationalMobileEquipmentIdentity", nil},
		{"iPad13,1", "16.0", "", "SupportedDeviceFamilies", []any{uint64(1), uint64(2)}},
		{"iPhone14,7", "16.0", "", "SupportedDeviceFamilies", []any{uint64(1)}},
		{"iPhone14,7", "16.0", "com.apple.security.mac.amfi", "DeveloperModeStatus", false},
		{"iPhone13,2", "15.8", "com.apple.security.mac.amfi", "DeveloperModeStatus", nil},
	} {
		_, s := phone(t, state.Options{ProductType: c.model, ProductVersion: c.ios})
		require.Equal(t, c.want, s.Value(c.domain, c.key), "%s %s: %s", c.model, c.ios, c.key)
	}
}

func TestBadOptions(t *testing.T) {
	for want, o := range map[string]state.Options{
		"no model":             {ProductType: "iPhone99,9"},
		"is not a number":      {ProductVersion: "newest"},
		"battery is 101":       {Battery: 101},
		"has 4 characters":     {SerialNumber: "ABCD"},
		"only with a passcode": {Locked: true},
		"no such answer":       {User: state.User{Answer: 9}},
	} {
		_, err := state.New(sim.New(), "phone", o)
		require.ErrorContains(t, err, want)
	}
}

func TestOwnValues(t *testing.T) {
	_, s := phone(t, state.Options{Values: map[string]map[string]any{
		"":            {"PhoneNumber": "+1 555 0100", "BasebandVersion": nil},
		"com.example": {"Answer": uint64(42)},
	}})
	require.Equal(t, "+1 555 0100", s.Value("", "PhoneNumber"))
	require.Nil(t, s.Value("", "BasebandVersion"))
	require.NotContains(t, s.Domain(""), "BasebandVersion")
	require.Equal(t, map[string]any{"Answer": uint64(42)}, s.Domain("com.example"))
	require.Contains(t, s.Domains(), "com.example")
}
