package lockdown_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a service that sends back what it gets.
var echo = service.Service{Name: "com.example.echo", Serve: func(s *service.Session) error {
	for {
		v, err := s.Receive()
		if err != nil {
			return err
		}
		if err := s.Send(v); err != nil {
			return err
		}
	}
}}

func TestFirstSession(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{Name: "Plugfest iPhone"}, echo)
	b.Run(func() {
		c := b.Connect()
		reply, err := c.Ask("QueryType", nil)
		require.NoError(t, err)
		require.Equal(t, map[string]any{"Request": "QueryType", "Type": "com.apple.mobile.lockdown"}, reply)
		require.NoError(t, c.Pair(b.Host))
		require.Len(t, b.Host.EscrowBag, 32)
		require.NoError(t, c.StartSession(b.Host))
		name, err := c.Value("", "DeviceName")
		require.NoError(t, err)
		require.Equal(t, "Plugfest iPhone", name)
		s, err := c.StartService(echo.Name)
		require.NoError(t, err)
		m := map[string]any{"hello": "phone"}
		got, err := s.Exchange(m)
		require.NoError(t, err)
		require.Equal(t, m, got)
		require.NoError(t, c.StopSession())
		_, err = c.Ask("QueryType", nil) // in clear text again
		require.NoError(t, err)
	})
}
