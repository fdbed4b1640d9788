package state_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

func TestFeed(t *testing.T) {
	w, s := phone(t, state.Options{})
	n := s.Notifications
	at := n.End()
	var got []string
	w.Go("reader", func() {
		for at := at; ; {
			name, next, ok := n.Read(at)
			if at = next; !ok {
				n.Wait(at, sim.Never)
				continue
			}
			got = append(got, fmt.Sprint(w.Now(), " ", name))
		}
	})
	require.False(t, n.Waiting())
	run(t, w, func() {
		w.Sleep(second)
		require.True(t, n.Waiting())
		n.Post("a")
		w.Sleep(second)
		n.Wake() // for nothing
		n.Post("b")
		n.Post("c")
		w.Sleep(second)
	})
	require.Equal(t, []string{"1s a", "2s b", "2s c"}, got)
}

// A reader that falls behind goes on with the oldest that is kept.
func TestSlowReaderLoses(t *testing.T) {
	_, s := phone(t, state.Options{})
	n := s.Notifications
	at := n.End()
	for i := range 300 {
		n.Post(fmt.Sprint(i))
	}
	require.Equal(t, uint64(44), n.Start()-at)
	name, next, ok := n.Read(at)
	require.True(t, ok)
	require.Equal(t, "44", name)
	name, _, _ = n.Read(next)
	require.Equal(t, "45", name)
	require.Len(t, posted(s, at), 256)
	_, after, ok := n.Read(n.End())
	require.False(t, ok)
	require.Equal(t, n.End(), after)
}

func TestWhatIsNotified(t *testing.T) {
	_, s := phone(t, state.Options{Apps: []state.App{{BundleID: "com.example.demo"}}})
	for want, do := range map[string]func(){
		state.DeviceNameChanged:     func() { s.SetValue("", "DeviceName", "x") },
		state.TimezoneChanged:       func() { s.SetValue("", "TimeZone", "Europe/Berlin") },
		state.LanguageChanged:       func() { s.SetValue("com.apple.international", "Language", "de") },
		state.ActivationState:       func() { s.SetActivated(false) },
		state.DiskUsageChanged:      func() { s.SetFree(0) },
		state.ApplicationRemoved:    func() { s.Apps.Uninstall("com.example.demo") },
		state.DeveloperImageMounted: func() { s.Images.Mount(state.Image{Type: "Developer"}) },
		state.HostDetached:          func() { s.Unplugged() },
	} {
		at := s.Notifications.End()
		do()
		require.Equal(t, []string{want}, posted(s, at))
	}
}
