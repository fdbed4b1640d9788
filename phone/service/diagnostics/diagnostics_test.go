package diagnostics_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/diagnostics"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

func serve(t *testing.T, o state.Options, fn func(*lockdowntest.Bench, *lockdowntest.Service)) {
	t.Helper()
	b := lockdowntest.NewBench(t, o, diagnostics.Services()...)
	b.Serve(diagnostics.Name, func(s *lockdowntest.Service) { fn(b, s) })
}

func ask(t *testing.T, s *lockdowntest.Service, m dict) dict {
	t.Helper()
	reply, err := s.Exchange(m)
	require.NoError(t, err)
	return reply
}

func TestDiagnostics(t *testing.T) {
	serve(t, state.Options{}, func(_ *lockdowntest.Bench, s *lockdowntest.Service) {
		for request, parts := range map[string][]string{
			"All": {"GasGauge", "HDMI", "NAND", "WiFi"}, "GasGauge": {"GasGauge"}, "HDMI": {"HDMI"}, "NAND": {"NAND"}, "WiFi": {"WiFi"},
		} {
			reply := ask(t, s, dict{"Request": request})
			require.Equal(t, "Success", reply["Status"])
			d := reply["Diagnostics"].(dict)
			require.Len(t, d, len(parts))
			for _, p := range parts {
				require.Contains(t, d, p)
			}
		}
		gauge := ask(t, s, dict{"Request": "GasGauge"})["Diagnostics"].(dict)["GasGauge"].(dict)
		require.Greater(t, gauge["DesignCapacity"], gauge["FullChargeCapacity"])
		require.Equal(t, dict{"Status": "UnknownRequest"}, ask(t, s, dict{"Request": "Coffee"}))
		require.Equal(t, dict{"Status": "UnknownRequest"}, ask(t, s, dict{}))
		require.Equal(t, dict{"Status": "Success"}, ask(t, s, dict{"Request": "Goodbye"}))
		_, err := s.Receive()
		require.ErrorIs(t, err, io.EOF)
	})
}

func TestMobileGestalt(t *testing.T) {
	keys := []any{"ProductType", "PasswordConfigured", "marketing-name", "main-screen-width", "Coffee", true}
	for version, want := range map[string]dict{
		"17.3": {"Status": "Success", "ProductType": "iPhone14,7", "PasswordConfigured": true, "marketing-name": "iPhone 14", "main-screen-width": uint64(1170)},
		"17.4": {"Status": "MobileGestaltDeprecated"},
	} {
		serve(t, state.Options{ProductVersion: version, Passcode: true}, func(_ *lockdowntest.Bench, s *lockdowntest.Service) {
			reply := ask(t, s, dict{"Request": "MobileGestalt", "MobileGestaltKeys": keys})
			require.Equal(t, dict{"Status": "Success", "Diagnostics": dict{"MobileGestalt": want}}, reply)
			require.Equal(t, dict{"Status": "Failure"}, ask(t, s, dict{"Request": "MobileGestalt"}))
		})
	}
}

// Battery of the registry, as go-ios's batteryregistry and others ask for it.
func TestRegistry(t *testing.T) {
	serve(t, state.Options{Battery: 55}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		for _, c := range []struct {
			args  dict
			class any // nil: not found
		}{
			{dict{"EntryClass": "IOPMPowerSource"}, "IOPMPowerSource"},
			{dict{"EntryName": "AppleSmartBattery"}, "IOPMPowerSource"},
			{dict{"EntryClass": "IOPlatformExpertDevice"}, "IOPlatformExpertDevice"},
			{dict{"CurrentPlane": "IOService"}, "IOPlatformExpertDevice"},
			{dict{}, "IOPlatformExpertDevice"}, // idevicediagnostics ioreg
			{dict{"EntryName": "CoffeeMaker"}, nil},
		} {
			c.args["Request"] = "IORegistry"
			reply := ask(t, s, c.args)
			if c.class == nil {
				require.Equal(t, dict{"Status": "Failure"}, reply)
				continue
			}
			entry := reply["Diagnostics"].(dict)["IORegistry"].(dict)
			require.Equal(t, c.class, entry["IOObjectClass"])
		}
		level := func() any {
			reply := ask(t, s, dict{"Request": "IORegistry", "EntryClass": "IOPMPowerSource"})
			return reply["Diagnostics"].(dict)["IORegistry"].(dict)["CurrentCapacity"]
		}
		require.Equal(t, uint64(55), level())
		b.Phone.SetBattery(56)
		require.Equal(t, uint64(56), level())
	})
}

func TestPower(t *testing.T) {
	for request, want := range map[string]state.Power{"Restart": state.Restart, "Shutdown": state.Shutdown, "Sleep": state.Sleep} {
		for _, wait := range []bool{false, true} {
			t.Run(fmt.Sprint(request, wait), func(t *testing.T) {
				serve(t, state.Options{}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
					var got state.Power
					b.Phone.OnPower(func(p state.Power) { got = p })
					require.Equal(t, dict{"Status": "Success"}, ask(t, s, dict{"Request": request, "WaitForDisconnect": wait}))
					b.World.Sleep(5 * time.Second)
					if wait {
						require.Zero(t, got, "the host is still there")
						require.NoError(t, s.Close())
						b.World.Sleep(2 * time.Second)
					}
					require.Equal(t, want, got)
				})
			})
		}
	}
}

// Before iOS 5 the service has another name.
func TestOldName(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{ProductVersion: "4.3"}, diagnostics.Services()...)
	b.Run(func() {
		s := b.Service(diagnostics.Old)
		require.Equal(t, dict{"Status": "Success"}, ask(t, s, dict{"Request": "Goodbye"}))
		_, err := b.Session().Ask("StartService", dict{"Service": diagnostics.Name})
		require.NoError(t, err) // old phones say Result, see below
	})
	require.Equal(t, "InvalidService", b.Find("state.lockdown", "StartService").Get("error"))
}

func Example() {
	for _, s := range diagnostics.Services() {
		fmt.Println(s.Name)
	}
	// Output:
	// com.apple.mobile.diagnostics_relay
	// com.apple.iosdiagnostics.relay
}
