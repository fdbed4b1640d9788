package lockdowntest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/catalogue"
	"github.com/plugfest/plugfest/phone/service/heartbeat"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A host is the same whenever it is made, and another under another name.
func TestHostsAreTheirNames(t *testing.T) {
	a, b := lockdowntest.NewHost("desk"), lockdowntest.NewHost("desk")
	require.Equal(t, a.HostID, b.HostID)
	require.NotEqual(t, a.HostID, a.SystemBUID)
	require.NotEqual(t, a.HostID, lockdowntest.NewHost("laptop").HostID)
	before := a.HostID
	a.Renew(1)
	require.NotEqual(t, before, a.HostID)
	require.Equal(t, b.SystemBUID, a.SystemBUID)
	require.Error(t, a.Certify([]byte("no key")))
}

// A phone that trusts the host from the beginning needs no pairing.
func TestTrustedFromTheBeginning(t *testing.T) {
	w := sim.New()
	first, err := state.New(w, "phone", state.Options{})
	require.NoError(t, err)
	host := lockdowntest.NewHost("desk")
	require.NoError(t, host.Certify(first.PublicKey()))
	b := lockdowntest.NewBench(t, state.Options{Hosts: []state.Host{host.Trusted()}}, heartbeat.Service())
	b.Run(func() {
		c := b.Connect()
		require.NoError(t, c.StartSession(host))
		v, err := c.Value("", "SerialNumber")
		require.NoError(t, err)
		require.Equal(t, b.Phone.Identity.Serial, v)
	})
	require.True(t, b.Has("state.lockdown", "StartSession"))
	require.False(t, b.Has("state.lockdown", "Pair"))
	require.Nil(t, b.Find("state.lockdown", "Coffee"))
}

func TestErrorsOfTheClient(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, heartbeat.Service())
	b.Run(func() {
		_, err := lockdowntest.Dial(b.Server, 1)
		require.ErrorIs(t, err, lockdown.ErrRefused)
		c := b.Connect()
		_, err = c.Value("", "SerialNumber")
		require.ErrorIs(t, err, wire.GetProhibited)
		_, err = c.StartService("com.example.none")
		require.ErrorIs(t, err, wire.SessionInactive)
		require.NoError(t, c.Close())
		_, err = c.Ask("QueryType", nil)
		require.Error(t, err)
		require.ErrorContains(t, c.StopSession(), "StopSession")
	})
}

func Example() {
	w := sim.New()
	phone, _ := state.New(w, "phone", state.Options{})
	server := lockdown.New(phone, lockdown.Config{Services: catalogue.Services()})
	_ = w.Run(func() {
		host := lockdowntest.NewHost("desk")
		c, _ := lockdowntest.Connect(server)
		fmt.Println(c.Pair(host), c.StartSession(host))
		s, _ := c.StartService(heartbeat.Name)
		m, _ := s.ReceiveDict()
		fmt.Println(m["Command"], w.Now())
		_ = s.Send(map[string]any{"Command": "Polo"})
		m, _ = s.ReceiveDict()
		fmt.Println(m["Command"], w.Now())
	})
	// Output:
	// <nil> <nil>
	// Marco 0s
	// Marco 10s
}
