package configuration_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/configuration"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

func TestConfiguration(t *testing.T) {
	for _, c := range []struct {
		options state.Options
		request string
		want    dict
	}{
		{state.Options{}, "GetProfileList", dict{"Status": "Acknowledged", "OrderedIdentifiers": []any{}, "ProfileManifest": dict{}, "ProfileMetadata": dict{}}},
		{state.Options{}, "GetCloudConfiguration", dict{"Status": "Acknowledged", "CloudConfiguration": dict{"AllowPairing": true, "IsSupervised": false}}},
		{state.Options{Supervisor: []byte("cert")}, "GetCloudConfiguration", dict{"Status": "Acknowledged", "CloudConfiguration": dict{"AllowPairing": true, "IsSupervised": true, "SupervisorHostCertificates": []any{[]byte("cert")}}}},
		{state.Options{}, "Flush", dict{"Status": "Acknowledged"}},
		{state.Options{}, "InstallProfile", dict{"Status": "Error"}},
	} {
		b := lockdowntest.NewBench(t, c.options, configuration.Service())
		b.Serve(configuration.Name, func(s *lockdowntest.Service) {
			reply, err := s.Exchange(dict{"RequestType": c.request})
			require.NoError(t, err)
			require.Equal(t, c.want, reply)
		})
	}
}

func Example() {
	fmt.Println(configuration.Service().Name)
	// Output: com.apple.mobile.MCInstall
}
