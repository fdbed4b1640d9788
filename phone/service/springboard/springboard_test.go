package springboard_test

import (
	"bytes"
	"fmt"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/springboard"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

func serve(t *testing.T, fn func(*lockdowntest.Bench, *lockdowntest.Service)) {
	t.Helper()
	b := lockdowntest.NewBench(t, state.Options{}, springboard.Service())
	b.Serve(springboard.Name, func(s *lockdowntest.Service) { fn(b, s) })
}

func ask(t *testing.T, s *lockdowntest.Service, m dict) any {
	t.Helper()
	require.NoError(t, s.Send(m))
	v, err := s.Receive()
	require.NoError(t, err)
	return v
}

func TestIconState(t *testing.T) {
	serve(t, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		get := dict{"command": "getIconState", "formatVersion": "2"}
		pages := ask(t, s, get).([]any)
		dock := pages[0].([]any)
		require.Equal(t, "com.apple.mobilephone", dock[0].(dict)["bundleIdentifier"])
		pages[0] = dock[1:]
		require.NoError(t, s.Send(dict{"command": "setIconState", "iconState": pages})) // no reply
		require.Equal(t, pages, ask(t, s, get))
		require.NoError(t, s.Send(dict{"command": "setIconState", "iconState": "x"}))
		require.Equal(t, pages, ask(t, s, get), "what is no arrangement changes nothing")
	})
}

func TestPictures(t *testing.T) {
	serve(t, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		seen := map[string]bool{}
		for _, c := range []struct {
			m dict
			w int
		}{
			{dict{"command": "getIconPNGData", "bundleId": "com.apple.Maps"}, 120},
			{dict{"command": "getIconPNGData", "bundleId": "com.apple.Music"}, 120},
			{dict{"command": "getHomeScreenWallpaperPNGData"}, 1170},
			{dict{"command": "getWallpaperPreviewImage", "wallpaperName": "lockscreen"}, 1170},
		} {
			data := ask(t, s, c.m).(dict)["pngData"].([]byte)
			config, err := png.DecodeConfig(bytes.NewReader(data))
			require.NoError(t, err)
			require.Equal(t, c.w, config.Width)
			seen[string(data)] = true
		}
		require.Len(t, seen, 3, "the icons differ")
	})
}

func TestOthers(t *testing.T) {
	serve(t, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		orientation := dict{"command": "getInterfaceOrientation"}
		require.Equal(t, dict{"interfaceOrientation": uint64(1)}, ask(t, s, orientation))
		b.Phone.SetOrientation(3)
		require.Equal(t, dict{"interfaceOrientation": uint64(3)}, ask(t, s, orientation))
		require.Equal(t, uint64(1170), ask(t, s, dict{"command": "getHomeScreenIconMetrics"}).(dict)["homeScreenWidth"])
		require.Contains(t, ask(t, s, dict{"command": "getWallpaperInfo", "wallpaperName": "homescreen"}), "wallpaperInfo")
		require.Contains(t, ask(t, s, dict{"command": "dance"}).(dict)["Error"], "unknown command")
		require.Contains(t, ask(t, s, dict{"command": "getIconPNGData", "bundleId": "com.example.none"}).(dict)["Error"], "no app")
	})
}

func Example() {
	fmt.Println(springboard.Service().Name)
	// Output: com.apple.springboardservices
}
