package installation_test

import (
	"archive/zip"
	"bytes"
	"maps"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/installation"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/plist"
)

// info makes an Info.plist; a value nil removes a key.
func info(id string, change dict) []byte {
	d := dict{
		"CFBundleIdentifier": id, "CFBundleDisplayName": "Demo", "CFBundleExecutable": "Demo", "CFBundleVersion": "7",
		"MinimumOSVersion": "12.0", "UIDeviceFamily": []any{1},
	}
	maps.Copy(d, change)
	maps.DeleteFunc(d, func(_ string, v any) bool { return v == nil })
	b, err := plist.AppendBinary(nil, d)
	if err != nil {
		panic(err)
	}
	return b
}

// ipa makes a package with an executable of n bytes.
func ipa(t testing.TB, info []byte, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range map[string][]byte{"Payload/Demo.app/Info.plist": info, "Payload/Demo.app/Demo": make([]byte, n)} {
		if data == nil {
			continue
		}
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write(data)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func put(t testing.TB, b *lockdowntest.Bench, name string, data []byte) {
	t.Helper()
	require.NoError(t, files.MkdirAll(b.Phone.Media(), path.Dir(name)))
	require.NoError(t, files.WriteFile(b.Phone.Media(), name, data))
}

// What is wrong with a package shows at the stage at which a phone finds it. The
// host is told little; an event says the rest.
func TestRefusedPackages(t *testing.T) {
	const (
		id         = "com.example.demo"
		extracting = "ExtractingPackage"
		inspecting = "InspectingPackage"
		preflight  = "PreflightingApplication"
	)
	for name, c := range map[string]struct {
		data  []byte
		stage string // the last one
		error string
		say   string // all of the description, or its end
		why   string // part of the event
	}{
		"no archive":    {[]byte("hello"), extracting, "PackageExtractionFailed", "Could not extract archive", "no archive"},
		"empty":         {[]byte{}, extracting, "PackageExtractionFailed", "Could not extract archive", "no archive"},
		"no app":        {ipa(t, nil, 10), extracting, "PackageExtractionFailed", "Could not extract archive", "has no Payload"},
		"huge list":     {ipa(t, bytes.Repeat([]byte(" "), 2<<20), 10), extracting, "PackageExtractionFailed", "Could not extract archive", "more than 1048576 bytes"},
		"too large":     {ipa(t, info(id, nil), 3<<20), extracting, "PackageExtractionFailed", "Could not extract archive", "3145"},
		"no list":       {ipa(t, []byte("hello"), 10), inspecting, "PackageInspectionFailed", "Failed to load Info.plist from bundle", ""},
		"no id":         {ipa(t, info(id, dict{"CFBundleIdentifier": nil}), 10), inspecting, "MissingBundleIdentifier", "", ""},
		"id is no text": {ipa(t, info(id, dict{"CFBundleIdentifier": true}), 10), inspecting, "MissingBundleIdentifier", "", ""},
		"long id":       {ipa(t, info(strings.Repeat("x", 300), nil), 10), inspecting, "MissingBundleIdentifier", "", ""},
		"newer iOS":     {ipa(t, info(id, dict{"MinimumOSVersion": "17.0"}), 10), preflight, "DeviceOSVersionTooLow", "/extracted/Payload/Demo.app. Have 16.0; need 17.0", ""},
		"iPad only":     {ipa(t, info(id, dict{"UIDeviceFamily": []any{2}}), 10), preflight, "DeviceFamilyNotSupported", "", ""},
		"a system app":  {ipa(t, info("com.apple.Preferences", nil), 10), "VerifyingApplication", "ApplicationVerificationFailed", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			serve(t, state.Options{ProductVersion: "16.0", Free: 2 << 20}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
				before := len(b.Phone.Apps.All())
				put(t, b, "PublicStaging/demo.ipa", c.data)
				all := ask(t, s, dict{"Command": "Install", "PackagePath": "PublicStaging/demo.ipa"})
				require.Equal(t, c.stage, all[len(all)-2]["Status"])
				r := last(all)
				require.Equal(t, c.error, r["Error"])
				require.True(t, strings.HasSuffix(r["ErrorDescription"].(string), c.say), r["ErrorDescription"])
				require.Equal(t, uint64(0), r["ErrorDetail"])
				require.Contains(t, b.Find("state.service", "refused").Get("why"), c.why)
				require.Len(t, b.Phone.Apps.All(), before)
			})
		})
	}
}

// A package that a phone has no room for as a directory fails when it is installed.
func TestNoRoomForDirectory(t *testing.T) {
	serve(t, state.Options{}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		put(t, b, "PublicStaging/Demo.app/Info.plist", info("com.example.demo", nil))
		put(t, b, "PublicStaging/Demo.app/Demo", make([]byte, 100000))
		b.Phone.SetFree(50000)
		r := last(ask(t, s, dict{"Command": "Install", "PackagePath": "PublicStaging/Demo.app"}))
		require.Equal(t, "APIInternalError", r["Error"])
		require.Contains(t, r["ErrorDescription"], "space")
	})
}

// An app that brings its provisioning profile has it installed, which shows.
func TestEmbeddedProfile(t *testing.T) {
	for name, with := range map[string]map[string][]byte{
		"PublicStaging/Demo.app": {"Info.plist": info("com.example.demo", nil), "embedded.mobileprovision": []byte("profile")},
		"PublicStaging/demo.ipa": nil,
	} {
		serve(t, state.Options{}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
			for file, data := range with {
				put(t, b, path.Join(name, file), data)
			}
			if with == nil {
				var z bytes.Buffer
				w := zip.NewWriter(&z)
				for _, file := range []string{"Info.plist", "embedded.mobileprovision"} {
					f, err := w.Create("Payload/Demo.app/" + file)
					require.NoError(t, err)
					_, err = f.Write(info("com.example.demo", nil))
					require.NoError(t, err)
				}
				require.NoError(t, w.Close())
				put(t, b, name, z.Bytes())
			}
			var seen []any
			for _, r := range ask(t, s, dict{"Command": "Install", "PackagePath": name}) {
				seen = append(seen, r["Status"])
			}
			require.Equal(t, []any{"PreflightingApplication", "InstallingEmbeddedProfile", "VerifyingApplication"}, seen[4:7])
		})
	}
}

func TestRefusedInstallations(t *testing.T) {
	serve(t, state.Options{}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		require.Equal(t, "MissingPackagePath", last(ask(t, s, dict{"Command": "Install"}))["Error"])
		require.Equal(t, "PackageInspectionFailed", last(ask(t, s, dict{"Command": "Install", "PackagePath": "PublicStaging/none.ipa"}))["Error"])
		put(t, b, "PublicStaging/empty/x", nil)
		require.Equal(t, "PackageExtractionFailed", last(ask(t, s, dict{"Command": "Install", "PackagePath": "PublicStaging/empty"}))["Error"])
		b.Phone.SetValue("com.apple.mobile.restriction", "ProhibitAppInstall", true)
		require.Equal(t, "InstallProhibited", last(ask(t, s, dict{"Command": "Install", "PackagePath": "x"}))["Error"])
		require.NotContains(t, last(ask(t, s, dict{"Command": "Install", "PackagePath": "x"})), "ErrorDescription")
	})
}

// An iPad runs apps for iPhones; an iPhone with an app for both is fine, too.
func TestDeviceFamilies(t *testing.T) {
	for _, c := range []struct {
		model  string
		family []any
	}{{"iPad13,1", []any{1}}, {"iPad13,1", []any{2}}, {"iPhone14,7", []any{1, 2}}, {"iPhone14,7", nil}} {
		serve(t, state.Options{ProductType: c.model}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
			change := dict{"UIDeviceFamily": c.family}
			if c.family == nil {
				change["UIDeviceFamily"] = nil
			}
			put(t, b, "PublicStaging/demo.ipa", ipa(t, info("com.example.demo", change), 10))
			require.Equal(t, dict{"Status": "Complete"}, last(ask(t, s, dict{"Command": "Install", "PackagePath": "PublicStaging/demo.ipa"})))
		})
	}
}

// A file that is mostly holes could make a reader of archives take memory for all of
// it.
func TestPackageWithHoles(t *testing.T) {
	serve(t, state.Options{}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		put(t, b, "PublicStaging/demo.ipa", nil)
		f, err := b.Phone.Media().Open("PublicStaging/demo.ipa", files.Write)
		require.NoError(t, err)
		require.NoError(t, f.Truncate(100<<30))
		_, err = f.WriteAt([]byte("PK\x05\x06"), 100<<30-22)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		r := last(ask(t, s, dict{"Command": "Install", "PackagePath": "PublicStaging/demo.ipa"}))
		require.Equal(t, "PackageExtractionFailed", r["Error"])
		require.Contains(t, b.Find("state.service", "refused").Get("why"), "holes")
	})
}

// FuzzPackage has the phone look into anything.
func FuzzPackage(f *testing.F) {
	f.Add(ipa(f, info("com.example.demo", nil), 10))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\xff", 18)))
	l, err := state.Load()
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := l.New(sim.New(), "phone", state.Options{Media: files.NewMemory(files.Options{})})
		require.NoError(t, err)
		require.NoError(t, files.WriteFile(p.Media(), "x.ipa", data))
		app, err := installation.Inspect(p, "x.ipa")
		if err == nil {
			require.NotEmpty(t, app.BundleID)
			return
		}
		var failure *installation.Failure
		require.ErrorAs(t, err, &failure)
	})
}
