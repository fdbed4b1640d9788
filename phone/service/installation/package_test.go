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

func TestRefusedPackages(t *testing.T) {
	const id = "com.example.demo"
	for name, c := range map[string]struct {
		data  []byte
		error string
		say   string // part of the description
	}{
		"no archive":    {[]byte("hello"), "PackageExtractionFailed", "no archive"},
		"empty":         {[]byte{}, "PackageExtractionFailed", "no archive"},
		"no app":        {ipa(t, nil, 10), "PackageExtractionFailed", "has no Payload"},
		"no list":       {ipa(t, []byte("hello"), 10), "PackageInspectionFailed", "Info.plist"},
		"huge list":     {ipa(t, bytes.Repeat([]byte(" "), 2<<20), 10), "PackageExtractionFailed", "more than 1048576 bytes"},
		"no id":         {ipa(t, info(id, dict{"CFBundleIdentifier": nil}), 10), "MissingBundleIdentifier", ""},
		"id is no text": {ipa(t, info(id, dict{"CFBundleIdentifier": true}), 10), "MissingBundleIdentifier", ""},
		"long id":       {ipa(t, info(strings.Repeat("x", 300), nil), 10), "MissingBundleIdentifier", ""},
		"newer iOS":     {ipa(t, info(id, dict{"MinimumOSVersion": "17.0"}), 10), "DeviceOSVersionTooLow", "needs iOS 17.0"},
		"iPad only":     {ipa(t, info(id, dict{"UIDeviceFamily": []any{2}}), 10), "DeviceFamilyNotSupported", ""},
		"a system app":  {ipa(t, info("com.apple.Preferences", nil), 10), "ApplicationVerificationFailed", ""},
		"too large":     {ipa(t, info(id, nil), 3<<20), "APIInternalError", "space"},
	} {
		t.Run(name, func(t *testing.T) {
			serve(t, state.Options{ProductVersion: "16.0", Free: 2 << 20}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
				before := len(b.Phone.Apps.All())
				put(t, b, "PublicStaging/demo.ipa", c.data)
				r := last(ask(t, s, dict{"Command": "Install", "PackagePath": "PublicStaging/demo.ipa"}))
				require.Equal(t, c.error, r["Error"], r["ErrorDescription"])
				require.Contains(t, r["ErrorDescription"], c.say)
				require.Equal(t, int64(-1), r["ErrorDetail"])
				require.Len(t, b.Phone.Apps.All(), before)
			})
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
		require.Contains(t, r["ErrorDescription"], "holes")
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
