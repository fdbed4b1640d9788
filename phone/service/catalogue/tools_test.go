package catalogue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/catalogue"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/wire/plist"
)

type dict = map[string]any

// What each tool of libimobiledevice and go-ios really asks, in its order, as it was
// observed against a fake phone. Services whose exchange is more than a question have
// their own tests.

// step is a request to lockdownd, or to a service.
type step struct {
	service string // "" for lockdownd
	ask     dict
	check   func(t *testing.T, reply dict)
}

func has(keys ...string) func(*testing.T, dict) {
	return func(t *testing.T, reply dict) {
		t.Helper()
		for _, key := range keys {
			require.Contains(t, reply, key)
		}
	}
}

func get(domain, key string) dict {
	d := dict{"Request": "GetValue"}
	if domain != "" {
		d["Domain"] = domain
	}
	if key != "" {
		d["Key"] = key
	}
	return d
}

var value = has("Value")

var tools = map[string][]step{
	"ideviceinfo":           {{ask: get("", ""), check: value}},
	"ideviceinfo -q -k":     {{ask: get("com.apple.mobile.battery", "BatteryCurrentCapacity"), check: value}},
	"idevicename":           {{ask: get("", "DeviceName"), check: value}},
	"idevicename NAME":      {{ask: dict{"Request": "SetValue", "Key": "DeviceName", "Value": "Bench"}, check: has("Key")}},
	"idevicedate":           {{ask: get("", "TimeIntervalSince1970"), check: value}},
	"idevicedate -c":        {{ask: dict{"Request": "SetValue", "Key": "TimeIntervalSince1970", "Value": 1795299828.5}, check: has("Key")}},
	"ideviceprovision list": {{"com.apple.misagent", dict{"MessageType": "CopyAll", "ProfileType": "Provisioning"}, has("Status", "Payload")}},
	"ideviceimagemounter -l": {
		{"com.apple.mobile.mobile_image_mounter", dict{"Command": "LookupImage", "ImageType": "Developer"}, has("Status", "ImageSignature")},
		{"com.apple.mobile.mobile_image_mounter", dict{"Command": "Hangup"}, has("Goodbye")},
	},
	"idevicediagnostics diagnostics": {
		{"com.apple.mobile.diagnostics_relay", dict{"Request": "All"}, has("Status", "Diagnostics")},
		{"com.apple.mobile.diagnostics_relay", dict{"Request": "Goodbye"}, has("Status")},
	},
	"idevicediagnostics ioregentry": {
		{"com.apple.mobile.diagnostics_relay", dict{"Request": "IORegistry", "EntryName": "AppleSmartBattery"}, has("Diagnostics")},
	},
	"ideviceinstaller -U": {
		{"com.apple.mobile.installation_proxy", dict{"Command": "Uninstall", "ApplicationIdentifier": "com.example.a"}, has("Status", "PercentComplete")},
	},
	"idevicedebug run": {
		{"com.apple.mobile.installation_proxy", dict{"Command": "Lookup", "ClientOptions": dict{"BundleIDs": []any{"com.example.a"}, "ReturnAttributes": []any{"Container", "Path"}}},
			func(t *testing.T, reply dict) {
				app := reply["LookupResult"].(dict)["com.example.a"].(dict)
				require.NotEmpty(t, app["Container"])
				require.NotEmpty(t, app["Path"])
			}},
	},
	"ios date": {{ask: get("", ""), check: func(t *testing.T, reply dict) {
		all := reply["Value"].(dict)
		_, err := time.LoadLocation(all["TimeZone"].(string))
		require.NoError(t, err)
		require.IsType(t, float64(0), all["TimeIntervalSince1970"])
	}}},
	"ios lang": {{ask: get("com.apple.international", ""), check: func(t *testing.T, reply dict) {
		has("Language", "Locale", "SupportedLanguages", "SupportedLocales")(t, reply["Value"].(dict))
	}}},
	"ios batterycheck": {{ask: get("com.apple.mobile.battery", ""), check: func(t *testing.T, reply dict) {
		all := reply["Value"].(dict)
		require.IsType(t, uint64(0), all["BatteryCurrentCapacity"])
		for _, key := range []string{"BatteryIsCharging", "ExternalChargeCapable", "ExternalConnected", "FullyCharged", "GasGaugeCapability", "HasBattery"} {
			require.IsType(t, true, all[key], key)
		}
	}}},
	"ios info": {
		{ask: get("", ""), check: value},
		{ask: dict{"Request": "StartService", "Service": "com.apple.instruments.remoteserver"}, check: refused},
		{ask: dict{"Request": "StartService", "Service": "com.apple.instruments.remoteserver.DVTSecureSocketProxy"}, check: refused},
	},
	"ios profile list": {{"com.apple.mobile.MCInstall", dict{"RequestType": "GetProfileList"}, has("OrderedIdentifiers")}},
	"ios batteryregistry": {
		{"com.apple.mobile.diagnostics_relay", dict{"Request": "IORegistry", "EntryClass": "IOPMPowerSource"}, has("Diagnostics")},
	},
	"ios mobilegestalt": {
		{"com.apple.mobile.diagnostics_relay", dict{"Request": "MobileGestalt", "MobileGestaltKeys": []any{"ProductType"}}, has("Diagnostics")},
	},
	"pymobiledevice3 lockdown info": {{ask: get("", ""), check: func(t *testing.T, reply dict) {
		has("UniqueDeviceID", "UniqueChipID", "ProductVersion", "ProductType", "DeviceClass", "WiFiAddress", "DevicePublicKey")(t, reply["Value"].(dict))
	}}},
}

func refused(t *testing.T, reply dict) {
	t.Helper()
	require.Equal(t, "InvalidService", reply["Error"])
}

func TestTools(t *testing.T) {
	for name, steps := range tools {
		t.Run(name, func(t *testing.T) {
			b := lockdowntest.NewBench(t, state.Options{Apps: []state.App{{BundleID: "com.example.a"}}}, catalogue.Services()...)
			b.Run(func() {
				c := b.Session()
				var s *lockdowntest.Service
				open := ""
				for _, step := range steps {
					talk := c.Exchange
					if step.service != "" {
						if open != step.service {
							var err error
							s, err = c.StartService(step.service)
							require.NoError(t, err)
							open = step.service
							s.Format = plist.XML
						}
						talk = s.Exchange
					}
					reply, err := talk(step.ask)
					require.NoError(t, err)
					step.check(t, reply)
				}
				require.NoError(t, c.StopSession())
			})
		})
	}
}

// The order of what ideviceinfo asks of an unpaired phone.
func TestFirstContact(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, catalogue.Services()...)
	b.Run(func() {
		c := b.Connect()
		_, err := c.Ask("QueryType", nil)
		require.NoError(t, err)
		_, err = c.Value("", "ProductVersion")
		require.NoError(t, err)
		require.Error(t, c.StartSession(b.Host)) // no record: libimobiledevice pairs at once
		require.NoError(t, c.Pair(b.Host))       // asks for DevicePublicKey
		_, err = c.Value("", "WiFiAddress")
		require.NoError(t, err)
		require.NoError(t, c.StartSession(b.Host))
		_, err = c.Value("", "")
		require.NoError(t, err)
		require.NoError(t, c.StopSession())
		require.NoError(t, c.Close())
		b.World.Sleep(time.Second)
	})
	var got []string
	for _, e := range b.Events {
		if e.Layer == "state.lockdown" {
			got = append(got, fmt.Sprint(e.Kind, " ", e.Get("Key"), e.Get("error")))
		}
	}
	require.Equal(t, []string{
		"QueryType ", "GetValue ProductVersion", "StartSession InvalidHostID", "GetValue DevicePublicKey", "Pair ",
		"GetValue WiFiAddress", "StartSession ", "TLS ", "GetValue ", "StopSession ",
	}, got)
}
