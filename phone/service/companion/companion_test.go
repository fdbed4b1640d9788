package companion_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/companion"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

func TestCompanion(t *testing.T) {
	watch := state.Watch{UDID: "00008301-A", Values: map[string]any{"ProductType": "Watch6,1"}}
	value := func(udid, key string) dict {
		return dict{"Command": "GetValueFromRegistry", "GetValueGizmoUDIDKey": udid, "GetValueKeyKey": key}
	}
	for _, c := range []struct {
		name    string
		watches []state.Watch
		ask     dict
		want    dict
	}{
		{"no watch", nil, dict{"Command": "GetDeviceRegistry"}, dict{"Error": "NoPairedWatches"}},
		{"watch", []state.Watch{watch}, dict{"Command": "GetDeviceRegistry"}, dict{"PairedDevicesArray": []any{"00008301-A"}}},
		{"listen", []state.Watch{watch}, dict{"Command": "StartListeningForDevices"}, dict{"PairedDevicesArray": []any{"00008301-A"}}},
		{"value", []state.Watch{watch}, value("00008301-A", "ProductType"), dict{"RetrievedValueDictionary": dict{"ProductType": "Watch6,1"}}},
		{"unknown value", []state.Watch{watch}, value("00008301-A", "Coffee"), dict{"Error": "UnsupportedWatchKey"}},
		{"unknown watch", []state.Watch{watch}, value("other", "ProductType"), dict{"Error": "NoPairedWatches"}},
		{"forward", []state.Watch{watch}, dict{"Command": "StartForwardingServicePort", "GizmoRemotePortNumber": 62078}, dict{"Error": "TimeoutReply"}},
		{"stop", nil, dict{"Command": "StopForwardingServicePort"}, dict{"Command": "ComandSuccess"}},
		{"unknown", nil, dict{"Command": "Dance"}, dict{"Error": "UnknownCommand"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := lockdowntest.NewBench(t, state.Options{Watches: c.watches}, companion.Service())
			b.Serve(companion.Name, func(s *lockdowntest.Service) {
				for range 2 {
					reply, err := s.Exchange(c.ask)
					require.NoError(t, err)
					require.Equal(t, c.want, reply)
				}
			})
		})
	}
}

// An iPad has no watch to speak of.
func TestOnlyOnPhones(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{ProductType: "iPad13,1"}, companion.Service())
	b.Run(func() {
		_, err := b.Session().StartService(companion.Name)
		require.ErrorIs(t, err, wire.InvalidService)
	})
}

func Example() {
	fmt.Println(companion.Service().Name, companion.Service().Classes)
	// Output: com.apple.companion_proxy [iPhone]
}
