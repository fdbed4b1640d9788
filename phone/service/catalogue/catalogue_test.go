package catalogue_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/catalogue"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range catalogue.Services() {
		require.False(t, seen[s.Name], s.Name)
		require.NotNil(t, s.Serve, s.Name)
		seen[s.Name] = true
		require.Equal(t, s.Name, catalogue.Find(s.Name).Name)
	}
	require.Nil(t, catalogue.Find("com.example.none"))
}

// Which phone has which service.
func TestOffered(t *testing.T) {
	versions := []string{"4.3", "5.0", "7.1", "9.3", "12.0", "16.7", "17.0", "26.0"}
	for name, since := range map[string][2]string{ // the first that has it, the first that has it no more
		wire.ServiceAFC:                       {"4.3", ""},
		wire.ServiceHeartbeat:                 {"5.0", ""},
		wire.ServiceDiagnosticsRelay:          {"5.0", ""},
		wire.ServiceDiagnosticsRelayOld:       {"4.3", "5.0"},
		wire.ServiceInsecureNotificationProxy: {"7.1", ""},
		wire.ServiceFileRelay:                 {"4.3", "9.3"},
		wire.ServiceOSTraceRelay:              {"9.3", ""},
		wire.ServiceMobileActivation:          {"12.0", ""},
		wire.ServiceCompanionProxy:            {"12.0", ""},
		wire.ServiceScreenshotr:               {"4.3", "17.0"},
		wire.ServiceSimulateLocation:          {"7.1", "17.0"},
		wire.ServiceMobileBackup2:             {"4.3", ""},
	} {
		want, got := []string{}, []string{}
		for _, v := range versions {
			version := state.MustVersion(v)
			if version.Compare(state.MustVersion(since[0])) >= 0 && (since[1] == "" || version.Compare(state.MustVersion(since[1])) < 0) {
				want = append(want, v)
			}
			s, err := state.New(sim.New(), "phone", state.Options{ProductVersion: v})
			require.NoError(t, err)
			if catalogue.Find(name).Offered(s) {
				got = append(got, v)
			}
		}
		require.Equal(t, want, got, name)
	}
}

// What no simulated phone has is answered like any unknown name.
func TestNotOffered(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{Image: true}, catalogue.Services()...)
	b.Run(func() {
		c := b.Session()
		for _, name := range []string{wire.ServiceDebugServer, wire.ServiceInstruments, wire.ServiceInstrumentsTLS, wire.ServiceTestManager, wire.ServiceWebInspector, wire.ServiceFileRelay} {
			_, err := c.StartService(name)
			require.ErrorIs(t, err, wire.InvalidService, name)
		}
	})
}

// Each service comes up and ends when the host hangs up at once, garbage in between or
// not.
func TestEachServiceEnds(t *testing.T) {
	for _, garbage := range []string{"", "garbage garbage garbage", "\x00\x00\x00\x04bpli"} {
		for _, ios := range []string{"4.3", "7.1", "16.7"} {
			b := lockdowntest.NewBench(t, state.Options{ProductVersion: ios, Image: true}, catalogue.Services()...)
			b.Run(func() {
				c := b.Session()
				services := slices.DeleteFunc(catalogue.Services(), func(s service.Service) bool { return !s.Offered(b.Phone) })
				require.Greater(t, len(services), 10)
				for _, s := range services {
					conn, err := c.StartService(s.Name)
					require.NoError(t, err, s.Name)
					_, _ = conn.Conn.Write([]byte(garbage))
					require.NoError(t, conn.Close())
					b.World.Sleep(2 * service.DefaultFrame)
					require.Equal(t, 1, b.Server.Ports().Connections(), "%s is still there", s.Name)
				}
			})
		}
	}
}

func Example() {
	for _, s := range catalogue.Services()[:3] {
		fmt.Println(s.Name)
	}
	// Output:
	// com.apple.mobile.notification_proxy
	// com.apple.mobile.insecure_notification_proxy
	// com.apple.afc
}
