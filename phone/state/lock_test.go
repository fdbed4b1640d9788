package state_test

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

func TestLock(t *testing.T) {
	_, s := phone(t, state.Options{})
	require.False(t, s.Lock(), "no passcode")
	require.False(t, s.Locked())
	s.SetPasscode(true)
	require.True(t, s.HasPasscode())
	require.True(t, s.Lock())
	require.True(t, s.Locked())
	require.Equal(t, true, s.Value("", "PasswordProtected"))
	require.False(t, s.Sealed())
	s.Unlock()
	require.False(t, s.Locked())
	s.Lock()
	s.SetPasscode(false)
	require.False(t, s.Locked(), "without a passcode there is no lock")
}

func TestRestrictedMode(t *testing.T) {
	for version, want := range map[string]bool{"11.4": false, "11.4.1": true, "26.0": true} {
		w, s := phone(t, state.Options{ProductVersion: version, Passcode: true, Locked: true})
		run(t, w, func() {
			w.Sleep(state.RestrictAfter - 1)
			require.False(t, s.Restricted())
			w.Sleep(1)
			require.Equal(t, want, s.Restricted(), version)
			s.Unlock()
			require.False(t, s.Restricted())
		})
	}
}

func TestPower(t *testing.T) {
	_, s := phone(t, state.Options{Passcode: true, Image: true, User: state.User{Answer: state.AnswerNone}})
	require.Equal(t, 20*time.Second, s.BootTime())
	_, err := s.Pair(state.Host{HostID: "A", SystemBUID: "B"}, false)
	require.Equal(t, state.DialogPending, err)
	var a, b []state.Power
	stop := s.OnPower(func(p state.Power) { a = append(a, p) })
	s.OnPower(func(p state.Power) { b = append(b, p) })
	s.SetLocation(state.Location{Simulated: true, Latitude: "52"})
	s.Power(state.Restart)
	require.False(t, s.Images.Developer(), "images do not survive a restart")
	require.Zero(t, s.Location())
	require.Equal(t, state.NotAsked, s.Attitude("B"), "nor does the trust dialog")
	s.Power(state.Boot)
	require.True(t, s.Sealed())
	stop()
	s.Unlock()
	require.False(t, s.Sealed())
	s.Power(state.Sleep)
	require.True(t, s.Locked())
	require.False(t, s.Sealed())
	require.Equal(t, []state.Power{state.Restart, state.Boot}, a)
	require.Equal(t, []state.Power{state.Restart, state.Boot, state.Sleep}, b)
	require.Equal(t, "restart", state.Restart.String())
}

// A listener may stop listening while it is called.
func TestPowerListenerStops(t *testing.T) {
	_, s := phone(t, state.Options{})
	n := 0
	var stop func()
	stop = s.OnPower(func(state.Power) { n++; stop() })
	last := 0
	s.OnPower(func(state.Power) { last++ })
	s.Power(state.Sleep)
	s.Power(state.Sleep)
	require.Equal(t, 1, n)
	require.Equal(t, 2, last)
}

func TestMinTLS(t *testing.T) {
	for _, c := range []struct {
		ios  string
		set  uint16
		want uint16
	}{
		{"12.0", 0, tls.VersionTLS10}, {"18.6", 0, tls.VersionTLS10}, {"26.0", 0, tls.VersionTLS12},
		{"26.0", tls.VersionTLS10, tls.VersionTLS10}, {"12.0", tls.VersionTLS13, tls.VersionTLS13},
	} {
		_, s := phone(t, state.Options{ProductVersion: c.ios, MinTLS: c.set})
		require.Equal(t, c.want, s.MinTLS())
	}
}

func TestUnlockAfter(t *testing.T) {
	w := sim.New()
	s, err := state.New(w, "phone", state.Options{Passcode: true, Locked: true, UnlockAfter: 3 * time.Second})
	require.NoError(t, err)
	require.NoError(t, w.Run(func() {
		w.Sleep(3*time.Second - 1)
		require.True(t, s.Locked())
		w.Sleep(2)
		require.False(t, s.Locked())
	}))
}
