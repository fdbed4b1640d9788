package state_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

func TestAccess(t *testing.T) {
	_, s := phone(t, state.Options{})
	for _, c := range []struct {
		domain, key      string
		public, settable bool
	}{
		{"", "ProductVersion", true, false},
		{"", "DevicePublicKey", true, false},
		{"", "DeviceName", true, true},
		{"", "SerialNumber", false, false},
		{"", "TimeZone", false, true},
		{"com.apple.mobile.battery", "ProductVersion", false, false},
		{"com.apple.international", "Language", false, true},
		{"com.apple.mobile.iTunes", "Anything", false, true},
		{"com.example", "Anything", false, false},
	} {
		require.Equal(t, c.public, s.Public(c.domain, c.key), "%s %s", c.domain, c.key)
		require.Equal(t, c.settable, s.Settable(c.domain, c.key), "%s %s", c.domain, c.key)
	}
	short := s.PublicDomain()
	require.Contains(t, short, "ProductVersion")
	require.NotContains(t, short, "DevicePublicKey", "by name only")
	require.NotContains(t, short, "SerialNumber")
}

func TestSetAndRemove(t *testing.T) {
	_, s := phone(t, state.Options{Name: "Anna's iPhone"})
	require.Equal(t, "Anna's iPhone", s.DeviceName())
	require.True(t, s.SetValue("", "DeviceName", "Bench"))
	require.Equal(t, "Bench", s.DeviceName())
	require.Equal(t, "Bench", s.Domain("")["DeviceName"])
	require.True(t, s.RemoveValue("", "DeviceName"))
	require.False(t, s.RemoveValue("", "DeviceName"))
	require.Equal(t, "", s.DeviceName())
	require.NotContains(t, s.Domain(""), "DeviceName")
	require.Empty(t, s.Domain("com.example"))
	require.True(t, s.SetValue("com.example", "a", true))
	require.Contains(t, s.Domains(), "com.example")
}

// Two phones of one library do not see each other's values.
func TestPhonesShareNothing(t *testing.T) {
	l, err := state.Load()
	require.NoError(t, err)
	w := sim.New()
	a, err := l.New(w, "a", state.Options{})
	require.NoError(t, err)
	b, err := l.New(w, "b", state.Options{})
	require.NoError(t, err)
	a.SetValue("com.apple.mobile.battery", "HasBattery", false)
	nvram := a.Value("", "NonVolatileRAM").(map[string]any)
	nvram["boot-args"] = "changed"
	require.Equal(t, true, b.Value("com.apple.mobile.battery", "HasBattery"))
	require.Equal(t, "", b.Value("", "NonVolatileRAM").(map[string]any)["boot-args"])
	require.NotEqual(t, a.Identity, b.Identity)
	require.NotEqual(t, a.NewChallenge(), b.NewChallenge())
}

func TestDomainsAreBounded(t *testing.T) {
	_, s := phone(t, state.Options{})
	n := 0
	for s.SetValue(fmt.Sprint("com.example.", n), "x", true) {
		n++
	}
	require.Equal(t, 1024, n)
}

func TestClock(t *testing.T) {
	w, s := phone(t, state.Options{TimeZone: "America/New_York", NotActivated: true})
	run(t, w, func() {
		require.Equal(t, sim.Epoch, s.Time())
		require.Equal(t, -5*3600.0, s.Value("", "TimeZoneOffsetFromUTC"))
		s.SetTime(time.Date(2031, 7, 1, 0, 0, 0, 0, time.UTC))
		w.Sleep(second)
		require.Equal(t, time.Date(2031, 7, 1, 0, 0, 1, 0, time.UTC), s.Time())
		require.Equal(t, -4*3600.0, s.Value("", "TimeZoneOffsetFromUTC"))
		require.Equal(t, "America/New_York", s.Zone().String())
		for _, v := range []any{uint64(100), int64(100), float32(100), 100.0} {
			s.SetValue("", "TimeIntervalSince1970", v)
			require.Equal(t, int64(100), s.Time().Unix())
		}
		s.SetValue("", "TimeZone", "Nowhere/At_All")
		require.Equal(t, time.UTC, s.Zone())
	})
}

// A host sets the clock of a phone before iOS 6, and later only of one that is not
// activated yet; the others say yes and go on as before.
func TestWhoseClockAHostSets(t *testing.T) {
	for _, c := range []struct {
		o    state.Options
		want bool
	}{
		{state.Options{ProductVersion: "5.1"}, true},
		{state.Options{ProductVersion: "6.0"}, false},
		{state.Options{ProductVersion: "17.5"}, false},
		{state.Options{ProductVersion: "17.5", NotActivated: true}, true},
	} {
		_, s := phone(t, c.o)
		require.True(t, s.Settable("", "TimeIntervalSince1970"))
		require.True(t, s.SetValue("", "TimeIntervalSince1970", 1e9))
		require.Equal(t, c.want, s.Time().Unix() == 1e9, "%+v", c.o)
		require.Equal(t, float64(s.Time().Unix()), s.Value("", "TimeIntervalSince1970"))
	}
}

func TestBattery(t *testing.T) {
	_, s := phone(t, state.Options{Battery: 99})
	battery := func(key string) any { return s.Value("com.apple.mobile.battery", key) }
	require.Equal(t, uint64(99), battery("BatteryCurrentCapacity"))
	require.Equal(t, true, battery("BatteryIsCharging"))
	require.Equal(t, false, battery("FullyCharged"))
	s.SetBattery(200)
	require.Equal(t, 100, s.Battery())
	require.Equal(t, false, battery("BatteryIsCharging"))
	require.Equal(t, true, battery("FullyCharged"))
	s.SetBattery(-1)
	require.Zero(t, s.Battery())
}

func TestOrientation(t *testing.T) {
	_, s := phone(t, state.Options{})
	for set, want := range map[int]int{0: 1, 1: 1, 3: 3, 4: 4, 9: 4, -2: 1} {
		s.SetOrientation(set)
		require.Equal(t, want, s.Orientation())
	}
}

func TestOptionsShowThrough(t *testing.T) {
	watch := state.Watch{UDID: "w"}
	_, s := phone(t, state.Options{Supervisor: []byte("cert"), PairingOff: true, NotActivated: true, Watches: []state.Watch{watch}})
	require.Equal(t, []byte("cert"), s.Supervisor())
	require.True(t, s.PairingOff())
	require.Equal(t, "Unactivated", s.Value("", "ActivationState"))
	require.Equal(t, true, s.Value("com.apple.mobile.chaperone", "DeviceIsChaperoned"))
	require.Equal(t, []state.Watch{watch}, s.Watches())
	require.Equal(t, "phone", s.Name())
	s.SetActivated(true)
	require.Equal(t, "Activated", s.Value("", "ActivationState"))
	require.False(t, s.DeveloperMode())
	s.SetDeveloperMode(true)
	require.True(t, s.DeveloperMode())
	require.Equal(t, true, s.Value("com.apple.security.mac.amfi", "DeveloperModeStatus"))
}

// What happens to a phone is told to the world's observers.
func TestEvents(t *testing.T) {
	w, s := phone(t, state.Options{Passcode: true, User: state.User{Answer: state.AnswerNone}})
	var got []string
	w.Observe(func(e *sim.Event) { got = append(got, e.Who+" "+e.Layer+" "+e.Kind) })
	_, _ = s.Pair(host("1", "desk"), false)
	s.Trust()
	_, _ = s.Pair(host("1", "desk"), false)
	s.Lock()
	s.Unlock()
	s.SetLocation(state.Location{Simulated: true, Latitude: "1", Longitude: "2"})
	require.Equal(t, state.Location{Simulated: true, Latitude: "1", Longitude: "2"}, s.Location())
	s.SetLocation(state.Location{})
	require.True(t, s.Unpair("1"))
	require.Equal(t, []string{
		"phone state trust dialog", "phone state trust dialog answered", "phone state notification", "phone state trusted",
		"phone state notification", "phone state locked", "phone state unlocked", "phone state location", "phone state location", "phone state unpaired",
	}, got)
}
