package lockdown_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/state"
)

func TestGetValue(t *testing.T) {
	for _, c := range []struct {
		name    string
		session bool
		args    dict
		want    any // the value, or the error
	}{
		{"public", false, dict{"Key": "ProductVersion"}, "16.7.10"},
		{"not public", false, dict{"Key": "SerialNumber"}, "GetProhibited"},
		{"unknown before pairing", false, dict{"Key": "Coffee"}, "GetProhibited"},
		{"domain before pairing", false, dict{"Domain": "com.apple.mobile.battery"}, "GetProhibited"},
		{"key of a domain before pairing", false, dict{"Domain": "com.apple.mobile.battery", "Key": "HasBattery"}, "GetProhibited"},
		{"in a session", true, dict{"Key": "PasswordProtected"}, false},
		{"key of a domain", true, dict{"Domain": "com.apple.mobile.battery", "Key": "BatteryCurrentCapacity"}, uint64(90)},
		{"unknown key", true, dict{"Key": "Coffee"}, "MissingValue"},
		{"unknown key of a domain", true, dict{"Domain": "com.apple.mobile.battery", "Key": "Coffee"}, "MissingValue"},
		{"unknown domain", true, dict{"Domain": "com.example.coffee"}, dict{}},
		{"empty domain", true, dict{"Domain": "com.apple.fairplay"}, dict{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := bench(t, state.Options{})
			b.Run(func() {
				client := b.Connect()
				if c.session {
					client = b.Session()
				}
				reply, err := client.Ask("GetValue", c.args)
				if err != nil {
					require.Equal(t, c.want, code(t, err))
					return
				}
				require.Equal(t, c.want, reply["Value"])
				require.Equal(t, c.args["Domain"], reply["Domain"])
				require.Equal(t, c.args["Key"], reply["Key"])
			})
		})
	}
}

// A host without a session gets the short dictionary, which ideviceinfo -s prints.
func TestPublicDictionary(t *testing.T) {
	b := bench(t, state.Options{SerialNumber: "00008110001A2B3C4D5E001E"})
	b.Run(func() {
		v, err := b.Connect().Value("", "")
		require.NoError(t, err)
		short := v.(dict)
		require.Equal(t, "iPhone14,7", short["ProductType"])
		require.Equal(t, "00008110-001A2B3C4D5E001E", short["UniqueDeviceID"])
		require.Equal(t, uint64(0x1A2B3C4D5E001E), short["UniqueChipID"])
		require.Equal(t, uint64(0x8110), short["ChipID"])
		require.Len(t, short, 24)
		v, err = b.Session().Value("", "")
		require.NoError(t, err)
		full := v.(dict)
		require.Greater(t, len(full), 60)
		for key, v := range short {
			require.Equal(t, v, full[key], key)
		}
	})
}

func TestSetAndRemoveValue(t *testing.T) {
	for _, c := range []struct {
		name    string
		session bool
		request string
		args    dict
		want    string
	}{
		{"name", true, "SetValue", dict{"Key": "DeviceName", "Value": "Bench"}, ""},
		{"no session", false, "SetValue", dict{"Key": "DeviceName", "Value": "Bench"}, "SetProhibited"},
		{"no key", true, "SetValue", dict{"Value": "Bench"}, "MissingKey"},
		{"no value", true, "SetValue", dict{"Key": "DeviceName"}, "MissingValue"},
		{"wrong type", true, "SetValue", dict{"Key": "DeviceName", "Value": uint64(7)}, "SetProhibited"},
		{"number for a boolean", true, "SetValue", dict{"Key": "Uses24HourClock", "Value": uint64(1)}, "SetProhibited"},
		{"what the phone is", true, "SetValue", dict{"Key": "UniqueDeviceID", "Value": "other"}, "ImmutableValue"},
		{"what it does not know", true, "SetValue", dict{"Key": "Coffee", "Value": "black"}, "SetProhibited"},
		{"unknown domain", true, "SetValue", dict{"Domain": "com.example", "Key": "Coffee", "Value": "black"}, "SetProhibited"},
		{"domain for hosts", true, "SetValue", dict{"Domain": "com.apple.mobile.iTunes", "Key": "Coffee", "Value": "black"}, ""},
		{"who asks", false, "SetValue", dict{"Key": "UntrustedHostBUID", "Value": "30142955-444094379208051516"}, ""},
		{"who asks, not a text", false, "SetValue", dict{"Key": "UntrustedHostBUID", "Value": true}, "SetProhibited"},
		{"remove", true, "RemoveValue", dict{"Domain": "com.apple.mobile.iTunes", "Key": "iTunesSetupComplete"}, ""},
		{"remove without a session", false, "RemoveValue", dict{"Key": "DeviceName"}, "RemoveProhibited"},
		{"remove what the phone is", true, "RemoveValue", dict{"Key": "UniqueDeviceID"}, "RemoveProhibited"},
		{"remove nothing", true, "RemoveValue", dict{"Domain": "com.apple.mobile.iTunes", "Key": "Coffee"}, "MissingValue"},
		{"remove without a key", true, "RemoveValue", dict{"Domain": "com.apple.mobile.iTunes"}, "MissingKey"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := bench(t, state.Options{})
			b.Run(func() {
				client := b.Connect()
				if c.session {
					client = b.Session()
				}
				domain, _ := c.args["Domain"].(string)
				key, _ := c.args["Key"].(string)
				before := b.Phone.Value(domain, key)
				_, err := client.Ask(c.request, c.args)
				require.Equal(t, c.want, code(t, err))
				want := before
				if c.want == "" {
					want = c.args["Value"] // nil after a removal
				}
				require.Equal(t, want, b.Phone.Value(domain, key))
			})
		})
	}
}

// idevicedate -s sets the clock of a phone that is being set up, which goes on from
// there.
func TestSetClock(t *testing.T) {
	b := bench(t, state.Options{TimeZone: "Europe/Berlin", NotActivated: true})
	b.Run(func() {
		c := b.Session()
		set := time.Date(2030, 7, 1, 12, 0, 0, 0, time.UTC)
		require.NoError(t, c.SetValue("", "TimeIntervalSince1970", float64(set.Unix())))
		b.World.Sleep(90 * second)
		v, err := c.Value("", "TimeIntervalSince1970")
		require.NoError(t, err)
		require.Equal(t, float64(set.Unix()+90), v)
		v, err = c.Value("", "TimeZoneOffsetFromUTC")
		require.NoError(t, err)
		require.Equal(t, 7200.0, v, "summer time")
		require.NoError(t, c.SetValue("", "TimeIntervalSince1970", uint64(set.Unix()))) // an integer, as old tools send it
	})
}

// The switches of Accessibility are set by booleans and read as numbers, from iOS 11
// on.
func TestAccessibility(t *testing.T) {
	for version, want := range map[string][2]any{"10.3": {false, true}, "11.0": {uint64(0), uint64(1)}, "17.5": {uint64(0), uint64(1)}} {
		b := bench(t, state.Options{ProductVersion: version})
		b.Run(func() {
			c := b.Session()
			const domain, key = "com.apple.Accessibility", "AssistiveTouchEnabledByiTunes"
			for i, on := range []bool{false, true, false} {
				require.NoError(t, c.SetValue(domain, key, on))
				v, err := c.Value(domain, key)
				require.NoError(t, err)
				require.Equal(t, want[i%2], v, version)
			}
			require.Error(t, c.SetValue(domain, key, "on"))
		})
	}
}

// A host cannot fill the phone's memory with values of its own.
func TestValuesAreBounded(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Session()
		refused := 0
		for i := range 1100 {
			if c.SetValue("com.apple.mobile.data_sync", string(rune('A'+i)), true) != nil {
				refused++
			}
		}
		require.Equal(t, 1100-1024, refused)
	})
}
