package crashreport_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/crashreport"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The phone says ping when the reports are where the host looks for them.
func TestPing(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, crashreport.Service())
	require.NoError(t, b.Phone.AddCrash("MobileSafari"))
	b.Serve(crashreport.Name, func(s *lockdowntest.Service) {
		names, err := b.Phone.Crashes().ReadDir("")
		require.NoError(t, err)
		require.Len(t, names, 3)
		start := b.World.Now()
		ping := make([]byte, 4)
		_, err = io.ReadFull(s.Conn, ping)
		require.NoError(t, err)
		require.Equal(t, "ping", string(ping))
		require.Equal(t, 100*time.Millisecond, b.World.Now()-start)
		names, err = b.Phone.Crashes().ReadDir("")
		require.NoError(t, err)
		require.Len(t, names, 6)
	})
	require.Empty(t, b.Find("state.service", "end").Get("why"))
}

func Example() {
	fmt.Println(crashreport.Service().Name)
	// Output: com.apple.crashreportmover
}
