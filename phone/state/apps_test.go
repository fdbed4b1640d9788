package state_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/state"
)

func has(s *state.State, id string) bool { return s.Apps.Find(id) != nil }

func TestSystemApps(t *testing.T) {
	for _, c := range []struct {
		model, ios, app string
		want            bool
	}{
		{"iPhone14,7", "17.5", "com.apple.Preferences", true},
		{"iPhone14,7", "17.5", "com.apple.journal", true},
		{"iPhone14,7", "17.0", "com.apple.journal", false},
		{"iPad13,1", "17.5", "com.apple.journal", false},
		{"iPad13,1", "17.5", "com.apple.mobilephone", false},
		{"iPhone14,7", "17.5", "com.apple.Passwords", false},
		{"iPhone14,7", "18.0", "com.apple.Passwords", true},
	} {
		_, s := phone(t, state.Options{ProductType: c.model, ProductVersion: c.ios})
		require.Equal(t, c.want, has(s, c.app), "%s %s %s", c.model, c.ios, c.app)
	}
}

func TestInstall(t *testing.T) {
	_, s := phone(t, state.Options{Free: 100 << 20})
	require.True(t, s.Apps.Install(state.App{BundleID: "com.example.demo", StaticSize: 60 << 20}))
	require.Equal(t, uint64(40<<20), s.Free())
	app := s.Apps.Find("com.example.demo")
	require.Equal(t, "demo", app.Name)
	require.Equal(t, "User", app.Type())
	entry := app.Entry()
	require.Equal(t, "com.example.demo", entry["CFBundleIdentifier"])
	require.Equal(t, app.Path(), entry["Path"])
	require.Equal(t, uint64(60<<20), entry["StaticDiskUsage"])
	require.Regexp(t, `^/private/var/containers/Bundle/Application/[0-9A-F-]{36}/demo.app$`, app.Path())
	require.False(t, s.Apps.Install(state.App{BundleID: "com.example.big", StaticSize: 41 << 20}), "no room")
	require.False(t, has(s, "com.example.big"))
	require.Equal(t, uint64(40<<20), s.Free())
}

// An update keeps the data of the app; removing it takes them away.
func TestUpdateAndUninstall(t *testing.T) {
	_, s := phone(t, state.Options{Apps: []state.App{{BundleID: "com.example.demo", Version: "1", StaticSize: 10 << 20}}})
	old := s.Apps.Find("com.example.demo")
	require.NoError(t, files.WriteFile(s.Container(old), "Documents/note.txt", []byte("hello")))
	free := s.Free()
	require.True(t, s.Apps.Install(state.App{BundleID: "com.example.demo", Version: "2", StaticSize: 30 << 20}))
	app := s.Apps.Find("com.example.demo")
	require.Equal(t, "2", app.Version)
	require.Equal(t, old.Container(), app.Container())
	require.Equal(t, free-20<<20, s.Free())
	data, err := files.ReadFile(s.Container(app), "Documents/note.txt")
	require.NoError(t, err)
	require.Equal(t, "hello", string(data))

	require.True(t, s.Apps.Uninstall("com.example.demo"))
	require.False(t, s.Apps.Uninstall("com.example.demo"))
	require.False(t, s.Apps.Uninstall("com.apple.Preferences"), "belongs to the system")
	require.True(t, s.Apps.Install(state.App{BundleID: "com.example.demo"}))
	again := s.Apps.Find("com.example.demo")
	require.NotEqual(t, old.Container(), again.Container())
	_, err = s.Container(again).Lstat("Documents/note.txt")
	require.ErrorIs(t, err, files.ErrNotExist)
}

// Removing an app that was installed gives its space back, to the byte.
func TestSpaceOfApps(t *testing.T) {
	_, s := phone(t, state.Options{Free: 1 << 30})
	before := s.Free()
	for range 3 {
		require.True(t, s.Apps.Install(state.App{BundleID: "com.example.a", StaticSize: 1000}))
		require.True(t, s.Apps.Install(state.App{BundleID: "com.example.b", StaticSize: 5000}))
		require.Equal(t, before-6000, s.Free())
		s.Media() // the storage is made in the middle of it all
		require.True(t, s.Apps.Uninstall("com.example.a"))
		require.True(t, s.Apps.Uninstall("com.example.b"))
		require.Equal(t, before, s.Free())
	}
}

func TestIcons(t *testing.T) {
	_, s := phone(t, state.Options{})
	pages := s.Icons()
	require.Len(t, pages, 2)
	require.Len(t, pages[0], 4, "the dock")
	require.Equal(t, "Phone", pages[0].([]any)[0].(map[string]any)["displayName"])
	for i := range 30 {
		require.True(t, s.Apps.Install(state.App{BundleID: "com.example.app" + string(rune('a'+i))}))
	}
	require.Len(t, s.Icons(), 4)
	require.False(t, s.SetIcons([]any{"page"}))
	require.True(t, s.SetIcons([]any{[]any{}, []any{"x"}}))
	require.Equal(t, []any{[]any{}, []any{"x"}}, s.Icons())
}
