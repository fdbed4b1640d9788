package installation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/installation"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

func serve(t *testing.T, o state.Options, fn func(*lockdowntest.Bench, *lockdowntest.Service)) {
	t.Helper()
	b := lockdowntest.NewBench(t, o, installation.Service())
	b.Serve(installation.Name, func(s *lockdowntest.Service) { fn(b, s) })
}

// ask sends a command and returns all replies up to the last.
func ask(t *testing.T, s *lockdowntest.Service, m dict) (all []dict) {
	t.Helper()
	require.NoError(t, s.Send(m))
	for {
		r, err := s.ReceiveDict()
		require.NoError(t, err)
		all = append(all, r)
		if r["Status"] == "Complete" || r["Error"] != nil {
			return all
		}
	}
}

func last(all []dict) dict { return all[len(all)-1] }

var two = []state.App{{BundleID: "com.example.a", Name: "A", Sharing: true}, {BundleID: "com.example.b", Name: "B"}}

func TestBrowse(t *testing.T) {
	serve(t, state.Options{Apps: two}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		all := len(b.Phone.Apps.All())
		for kind, want := range map[string]int{"": all, "Any": all, "User": 2, "System": all - 2, "Internal": 0} {
			m := dict{"Command": "Browse"}
			if kind != "" {
				m["ClientOptions"] = dict{"ApplicationType": kind}
			}
			replies := ask(t, s, m)
			require.Equal(t, dict{"Status": "Complete"}, last(replies))
			n := 0
			for _, r := range replies[:len(replies)-1] {
				require.Equal(t, "BrowsingApplications", r["Status"])
				require.Equal(t, uint64(want), r["Total"])
				require.Equal(t, uint64(n), r["CurrentIndex"])
				require.Len(t, r["CurrentList"], int(r["CurrentAmount"].(uint64)))
				n += int(r["CurrentAmount"].(uint64))
			}
			require.Equal(t, want, n, kind)
		}
	})
}

// What ideviceinstaller -l asks for.
func TestBrowseAttributes(t *testing.T) {
	serve(t, state.Options{Apps: two}, func(_ *lockdowntest.Bench, s *lockdowntest.Service) {
		replies := ask(t, s, dict{"Command": "Browse", "ClientOptions": dict{
			"ApplicationType": "User", "ReturnAttributes": []any{"CFBundleIdentifier", "CFBundleDisplayName", "Coffee", true},
		}})
		require.Equal(t, []any{
			dict{"CFBundleIdentifier": "com.example.a", "CFBundleDisplayName": "A"},
			dict{"CFBundleIdentifier": "com.example.b", "CFBundleDisplayName": "B"},
		}, replies[0]["CurrentList"])
	})
}

func TestLookup(t *testing.T) {
	serve(t, state.Options{Apps: two}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		result := func(options dict) dict {
			return last(ask(t, s, dict{"Command": "Lookup", "ClientOptions": options}))["LookupResult"].(dict)
		}
		found := result(dict{"BundleIDs": []any{"com.example.a", "com.example.none"}})
		require.Len(t, found, 1)
		a := found["com.example.a"].(dict)
		require.Equal(t, true, a["UIFileSharingEnabled"])
		require.Equal(t, b.Phone.Apps.Find("com.example.a").Container(), a["Container"])
		require.Len(t, result(dict{}), len(b.Phone.Apps.All()))
		require.Len(t, result(dict{"BundleIDs": []any{}}), 0)
		require.Equal(t, dict{"com.example.b": dict{"CFBundleName": "B"}}, result(dict{"BundleIDs": []any{"com.example.b"}, "ReturnAttributes": []any{"CFBundleName"}}))
	})
}

func TestOthers(t *testing.T) {
	serve(t, state.Options{}, func(_ *lockdowntest.Bench, s *lockdowntest.Service) {
		require.Equal(t, dict{}, last(ask(t, s, dict{"Command": "LookupArchives"}))["LookupResult"])
		require.Equal(t, dict{"CapabilitiesMatch": true}, last(ask(t, s, dict{"Command": "CheckCapabilitiesMatch"}))["LookupResult"])
		for _, m := range []dict{{"Command": "Dance"}, {"Command": true}, {}} {
			require.Equal(t, "UnknownCommand", last(ask(t, s, m))["Error"])
		}
	})
}

// Installing tells of each stage, takes its time, and takes the package away.
func TestInstall(t *testing.T) {
	serve(t, state.Options{}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		put(t, b, "PublicStaging/demo.ipa", ipa(t, info("com.example.demo", nil), 5000))
		start := b.World.Now()
		at := b.Phone.Notifications.End()
		replies := ask(t, s, dict{"Command": "Install", "PackagePath": "PublicStaging/demo.ipa", "ClientOptions": dict{"CFBundleIdentifier": "com.example.demo"}})
		require.Equal(t, dict{"Status": "Complete"}, last(replies))
		percent := uint64(0)
		for _, r := range replies[:len(replies)-1] {
			require.NotEmpty(t, r["Status"])
			require.GreaterOrEqual(t, r["PercentComplete"], percent)
			percent = r["PercentComplete"].(uint64)
		}
		require.Len(t, replies, 12)
		require.Equal(t, 550*time.Millisecond, b.World.Now()-start)
		app := b.Phone.Apps.Find("com.example.demo")
		require.Equal(t, "Demo", app.Name)
		require.Equal(t, "7", app.Version)
		require.Greater(t, app.StaticSize, uint64(5000))
		require.Equal(t, []any{uint64(1)}, app.Entry()["UIDeviceFamily"])
		name, _, _ := b.Phone.Notifications.Read(at)
		require.Equal(t, state.ApplicationInstalled, name)
		_, err := b.Phone.Media().Lstat("PublicStaging/demo.ipa")
		require.ErrorIs(t, err, files.ErrNotExist)
	})
}

// A developer's package is a directory, sent file by file.
func TestInstallDirectory(t *testing.T) {
	serve(t, state.Options{}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		put(t, b, "PublicStaging/Demo.app/Info.plist", info("com.example.demo", nil))
		put(t, b, "PublicStaging/Demo.app/AppClips/Clip.app/Info.plist", info("com.example.clip", nil))
		put(t, b, "PublicStaging/Demo.app/Demo", make([]byte, 10000))
		put(t, b, "PublicStaging/Demo.app/Frameworks/X.framework/Info.plist", info("com.example.framework", nil))
		replies := ask(t, s, dict{"Command": "Upgrade", "PackagePath": "/PublicStaging/Demo.app", "ClientOptions": dict{"PackageType": "Developer"}})
		require.Equal(t, dict{"Status": "Complete"}, last(replies))
		require.NotNil(t, b.Phone.Apps.Find("com.example.demo"))
		require.Nil(t, b.Phone.Apps.Find("com.example.clip"))
	})
}

func TestUninstall(t *testing.T) {
	serve(t, state.Options{Apps: two}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		uninstall := func(id any) []dict {
			return ask(t, s, dict{"Command": "Uninstall", "ApplicationIdentifier": id})
		}
		replies := uninstall("com.example.a")
		require.Equal(t, dict{"Status": "Complete"}, last(replies))
		require.Len(t, replies, 3)
		require.Nil(t, b.Phone.Apps.Find("com.example.a"))
		require.Equal(t, replies, uninstall("com.example.a"), "for an app that is not there, too")
		require.Equal(t, "UninstallProhibited", last(uninstall("com.apple.Preferences"))["Error"])
		require.Equal(t, "MissingBundleIdentifier", last(uninstall(true))["Error"])
	})
}

func Example() {
	fmt.Println(installation.Service().Name)
	// Output: com.apple.mobile.installation_proxy
}
