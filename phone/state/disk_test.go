package state_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMedia(t *testing.T) {
	_, s := phone(t, state.Options{Free: 1 << 30})
	_, err := s.Media().Lstat("DCIM/100APPLE/IMG_0001.JPG")
	require.NoError(t, err)
	require.Equal(t, uint64(1<<30), s.Free(), "what is there at the beginning is not taken from it")
	require.NoError(t, files.WriteFile(s.Media(), "Downloads/x", make([]byte, 8192)))
	require.Equal(t, uint64(1<<30-8192), s.Free())
	require.Equal(t, s.Free(), s.Value("com.apple.disk_usage", "TotalDataAvailable"))
}

func TestFullPhone(t *testing.T) {
	_, s := phone(t, state.Options{})
	s.SetFree(0)
	require.ErrorIs(t, files.WriteFile(s.Media(), "Downloads/x", []byte("x")), files.ErrNoSpace)
	require.ErrorIs(t, s.AddCrash("SpringBoard"), files.ErrNoSpace)
	require.False(t, s.Take(1))
	s.SetFree(1 << 20)
	require.NoError(t, files.WriteFile(s.Media(), "Downloads/x", []byte("x")))
	s.SetFree(1 << 62)
	require.Less(t, s.Free(), s.Capacity(), "not more than there is")
}

func TestOwnMedia(t *testing.T) {
	own := files.NewMemory(files.Options{})
	require.NoError(t, files.WriteFile(own, "hello.txt", []byte("hello")))
	_, s := phone(t, state.Options{Media: own})
	names, err := s.Media().ReadDir("")
	require.NoError(t, err)
	require.Equal(t, []string{"hello.txt"}, names)
	s.SetFree(7)
	require.Equal(t, int64(7), own.Space().Free)
}

func TestCrashes(t *testing.T) {
	_, s := phone(t, state.Options{})
	list := func() string {
		names, err := s.Crashes().ReadDir("")
		require.NoError(t, err)
		return strings.Join(names, " ")
	}
	require.Equal(t, "Retired SpringBoard-2025-11-22-000000.ips mediaserverd-2025-12-20-000000.ips", list())
	require.NoError(t, s.AddCrash("MobileSafari"))
	require.Error(t, s.AddCrash("../x/y"))
	require.NotContains(t, list(), "MobileSafari")
	require.NoError(t, s.MoveCrashes())
	require.Contains(t, list(), "MobileSafari-2026-01-01-000000.ips")
	require.Contains(t, list(), "locationd-2025-12-31-000000.ips")
	report, err := files.ReadFile(s.Crashes(), "MobileSafari-2026-01-01-000000.ips")
	require.NoError(t, err)
	require.Contains(t, string(report), `"app_name":"MobileSafari"`)
	require.Contains(t, string(report), `"os_version":"iPhone OS 16.7.10 (20H350)"`)
	require.NoError(t, s.MoveCrashes(), "nothing left to move")
}

func TestProfiles(t *testing.T) {
	_, s := phone(t, state.Options{})
	require.True(t, s.Profiles.Install(state.Profile{UUID: "a", Data: []byte("1")}))
	require.True(t, s.Profiles.Install(state.Profile{UUID: "b", Data: []byte("2")}))
	require.True(t, s.Profiles.Install(state.Profile{UUID: "a", Data: []byte("3")}))
	require.Equal(t, []state.Profile{{UUID: "b", Data: []byte("2")}, {UUID: "a", Data: []byte("3")}}, s.Profiles.All())
	require.True(t, s.Profiles.Remove("b"))
	require.False(t, s.Profiles.Remove("b"))
	for i := range 300 {
		s.Profiles.Install(state.Profile{UUID: string(rune('A' + i))})
	}
	require.Len(t, s.Profiles.All(), 256)
}

func TestImages(t *testing.T) {
	for version, kind := range map[string]string{"16.7": "Developer", "17.0": "Personalized"} {
		_, s := phone(t, state.Options{ProductVersion: version})
		require.False(t, s.Images.Developer())
		require.Equal(t, "", s.Value("com.apple.xcode.developerdomain", "DeveloperStatus"))
		require.True(t, s.Images.Mount(state.Image{Type: kind, Signature: []byte("s")}))
		require.False(t, s.Images.Mount(state.Image{Type: kind}), "twice")
		require.True(t, s.Images.Developer())
		require.Equal(t, "Development", s.Value("com.apple.xcode.developerdomain", "DeveloperStatus"))
		all := s.Images.All()
		require.Len(t, all, 1)
		require.False(t, s.Images.Unmount("/elsewhere"))
		require.True(t, s.Images.Unmount(all[0].MountPath))
		require.False(t, s.Images.Developer())
		_, with := phone(t, state.Options{ProductVersion: version, Image: true})
		require.True(t, with.Images.Developer())
	}
}
