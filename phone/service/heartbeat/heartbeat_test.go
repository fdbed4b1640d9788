package heartbeat_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/heartbeat"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	marco = map[string]any{"Command": "Marco", "Interval": uint64(10)}
	polo  = map[string]any{"Command": "Polo"}
)

func TestBeat(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, heartbeat.Service())
	b.Serve(heartbeat.Name, func(s *lockdowntest.Service) {
		start := b.World.Now()
		for i := range 5 {
			m, err := s.ReceiveDict()
			require.NoError(t, err)
			require.Equal(t, marco, m)
			require.Equal(t, time.Duration(i)*heartbeat.Interval, b.World.Now()-start)
			b.World.Sleep(time.Duration(i) * 2 * time.Second) // answers slowly
			require.NoError(t, s.Send(polo))
		}
	})
}

// Silence for an interval is the end; something else than Polo is silence, too.
func TestNoPolo(t *testing.T) {
	for name, say := range map[string]any{"silence": nil, "Marco": marco} {
		t.Run(name, func(t *testing.T) {
			b := lockdowntest.NewBench(t, state.Options{}, heartbeat.Service())
			b.Serve(heartbeat.Name, func(s *lockdowntest.Service) {
				_, err := s.ReceiveDict()
				require.NoError(t, err)
				start := b.World.Now()
				if say != nil {
					require.NoError(t, s.Send(say))
				}
				_, err = s.Receive()
				require.ErrorIs(t, err, io.EOF)
				require.Equal(t, heartbeat.Interval, b.World.Now()-start)
			})
			require.Equal(t, heartbeat.ErrNoPolo.Error(), b.Find("state.service", "end").Get("why"))
		})
	}
}

func TestSleepyTime(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, heartbeat.Service())
	b.Serve(heartbeat.Name, func(s *lockdowntest.Service) {
		_, err := s.ReceiveDict()
		require.NoError(t, err)
		require.NoError(t, s.Send(polo))
		b.World.Sleep(3 * time.Second)
		b.Phone.Power(state.Sleep)
		m, err := s.ReceiveDict()
		require.NoError(t, err)
		require.Equal(t, map[string]any{"Command": "SleepyTime"}, m)
		_, err = s.Receive()
		require.ErrorIs(t, err, io.EOF)
	})
}

func Example() {
	fmt.Println(heartbeat.Service().Name, heartbeat.Interval)
	// Output: com.apple.mobile.heartbeat 10s
}
