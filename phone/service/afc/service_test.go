package afc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/phone/state"
)

// com.apple.afc, started by lockdownd and in TLS, shows the phone's media.
func TestService(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{ProductType: "iPhone14,7", Free: 5 << 30}, service.Service())
	b.Serve("com.apple.afc", func(s *lockdowntest.Service) {
		c := afctest.New(s.Conn)
		names, err := c.ReadDir("/")
		require.NoError(t, err)
		require.Subset(t, names, []string{"Books", "DCIM", "Downloads", "PublicStaging", "iTunes_Control"})
		d, err := c.DeviceInfo()
		require.NoError(t, err)
		require.Equal(t, "iPhone14,7", d.Model)
		require.EqualValues(t, 5<<30, d.FreeBytes)
		data := noise(300_000)
		require.NoError(t, c.WriteFile("/Downloads/f", data))
		got, err := c.ReadFile("/Downloads/f")
		require.NoError(t, err)
		require.Equal(t, data, got)
		require.Equal(t, uint64(5<<30-303_104), uint64(b.Phone.Free()))
	})
	require.True(t, b.Has("state.afc", "FileRefWrite"))
}

// com.apple.crashreportcopymobile shows the reports that were moved there, and
// only these.
func TestCrashReports(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, service.CrashReports())
	b.Serve("com.apple.crashreportcopymobile", func(s *lockdowntest.Service) {
		c := afctest.New(s.Conn)
		require.NoError(t, b.Phone.AddCrash("plugfestd"))
		before, err := c.ReadDir(".") // as idevicecrashreport calls it
		require.NoError(t, err)
		require.NoError(t, b.Phone.MoveCrashes())
		after, err := c.ReadDir(".")
		require.NoError(t, err)
		require.Greater(t, len(after), len(before))
		for _, n := range after {
			require.NoError(t, c.RemoveAll("./"+n))
		}
		after, err = c.ReadDir(".")
		require.NoError(t, err)
		require.Empty(t, after)
	})
}
