package desk_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/wire/plist"
)

// ipa makes a package of an app and returns its file. Its name is that of the
// executable; keys of Info.plist may be changed, or left out by nil.
func ipa(t *testing.T, name string, size int, change map[string]any) string {
	t.Helper()
	info := map[string]any{
		"CFBundleIdentifier": "com.example." + strings.ToLower(name), "CFBundleDisplayName": "The " + name,
		"CFBundleExecutable": name, "CFBundleVersion": "42", "CFBundleShortVersionString": "1.2",
		"MinimumOSVersion": "14.0", "UIFileSharingEnabled": true,
	}
	for key, v := range change {
		if info[key] = v; v == nil {
			delete(info, key)
		}
	}
	data, err := plist.AppendXML(nil, info)
	require.NoError(t, err)
	executable := make([]byte, size)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(executable)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range []struct {
		name string
		data []byte
	}{{"Payload/", nil}, {"Payload/" + name + ".app/", nil}, {"Payload/" + name + ".app/Info.plist", data}, {"Payload/" + name + ".app/" + name, executable}} {
		w, err := z.Create(f.name)
		require.NoError(t, err)
		_, err = w.Write(f.data)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	file := filepath.Join(t.TempDir(), name+".ipa")
	require.NoError(t, os.WriteFile(file, b.Bytes(), 0o600))
	return file
}

// What ideviceinstaller prints while it installs a package.
var stages = []string{
	"CreatingStagingDirectory (5%)", "ExtractingPackage (15%)", "InspectingPackage (20%)", "TakingInstallLock (20%)",
	"PreflightingApplication (30%)", "VerifyingApplication (40%)", "CreatingContainer (50%)", "InstallingApplication (60%)",
	"PostflightingApplication (70%)", "SandboxingApplication (80%)", "GeneratingApplicationMap (90%)", "Complete",
}

// installs is what ideviceinstaller prints for a package, up to the stage that it
// ends with; then comes what is printed instead of the end of that line, and after.
func installs(verb, file, name string, upTo int, then string) string {
	doing := map[string]string{"Install": "Installing", "Upgrade": "Upgrading"}[verb]
	out := []string{
		"WARNING: could not locate iTunesMetadata.plist in archive!",
		"WARNING: could not locate Payload/" + name + ".app/SC_Info/" + name + ".sinf in archive!",
		"Copying '" + file + "' to device... DONE.",
		doing + " 'com.example." + strings.ToLower(name) + "'",
	}
	for _, s := range stages[:upTo] {
		out = append(out, verb+": "+s)
	}
	return lines(out...) + then
}

func apps(t *testing.T, d *desk.Running) map[string]*state.App {
	t.Helper()
	all := map[string]*state.App{}
	require.NoError(t, d.Do(func(d *desk.Desk) {
		for _, a := range d.State.Apps.All() {
			all[a.BundleID] = a
		}
	}))
	return all
}

// An app is installed, listed in every form, upgraded and uninstalled.
func TestInstaller(t *testing.T) {
	d := pairedWith(t, state.Options{})
	const none = "CFBundleIdentifier, CFBundleVersion, CFBundleDisplayName"
	says(t, d, none, "ideviceinstaller", "-l")

	file := ipa(t, "Navigator", 300000, nil)
	says(t, d, installs("Install", file, "Navigator", len(stages), ""), "ideviceinstaller", "-i", file)
	app := apps(t, d)["com.example.navigator"]
	require.NotNil(t, app)
	require.Equal(t, "1.2", app.ShortName)
	require.Greater(t, app.StaticSize, uint64(300000))
	listed := none + "\ncom.example.navigator, \"42\", \"The Navigator\""
	says(t, d, listed, "ideviceinstaller", "-l")
	says(t, d, listed, "ideviceinstaller", "-l", "-o", "list_user")

	newer := ipa(t, "Navigator", 1000, map[string]any{"CFBundleVersion": "43"})
	says(t, d, installs("Upgrade", newer, "Navigator", len(stages), ""), "ideviceinstaller", "-g", newer)
	says(t, d, none+"\ncom.example.navigator, \"43\", \"The Navigator\"", "ideviceinstaller", "-l")
	require.Less(t, apps(t, d)["com.example.navigator"].StaticSize, uint64(3000))

	gone := lines("Uninstalling 'com.example.navigator'", "Uninstall: RemovingApplication (50%)", "Uninstall: GeneratingApplicationMap (90%)", "Uninstall: Complete")
	says(t, d, gone, "ideviceinstaller", "-U", "com.example.navigator")
	require.NotContains(t, apps(t, d), "com.example.navigator")
	says(t, d, gone, "ideviceinstaller", "-U", "com.example.navigator") // as a phone says of one that it does not have
	says(t, d, none, "ideviceinstaller", "-l")
}

// The lists: of the system, of all, as property lists with all there is to know, and
// of archives, of which this phone has none.
func TestInstallerLists(t *testing.T) {
	d := pairedWith(t, state.Options{Apps: []state.App{{BundleID: "com.example.app", Name: "Zoë, \"quoted\" 🚗", Version: "7", Sharing: true}}})
	all := apps(t, d)
	for option, want := range map[string]func(*state.App) bool{
		"list_system": func(a *state.App) bool { return a.System },
		"list_user":   func(a *state.App) bool { return !a.System },
		"list_all":    func(*state.App) bool { return true },
	} {
		entries := map[string]any{}
		expected := []string{"CFBundleIdentifier, CFBundleVersion, CFBundleDisplayName"}
		for id, a := range all {
			if want(a) {
				entries[id] = a.Entry()
				expected = append(expected, fmt.Sprintf(`%s, "%s", "%s"`, id, a.Version, a.Name))
			}
		}
		got, err := tool(t, d, "ideviceinstaller", "-l", "-o", option)
		require.NoError(t, err)
		require.ElementsMatch(t, expected, strings.Split(got, "\n"), option)

		got, err = tool(t, d, "ideviceinstaller", "-l", "-o", option, "-o", "xml")
		require.NoError(t, err)
		list, err := plist.Decode([]byte(got), plist.Limits{})
		require.NoError(t, err)
		have := map[string]any{}
		for _, e := range list.([]any) {
			have[e.(map[string]any)["CFBundleIdentifier"].(string)] = e
		}
		require.Equal(t, sent(t, entries), have, option)
	}
	says(t, d, "Total: 0 archived apps", "ideviceinstaller", "-L")
	got, err := tool(t, d, "ideviceinstaller", "-L", "-o", "xml")
	require.NoError(t, err)
	require.Empty(t, xml(t, got))
}

// With -w the tool waits for the phone's notification, too.
func TestInstallerWaits(t *testing.T) {
	d := pairedWith(t, state.Options{})
	file := ipa(t, "Navigator", 1000, nil)
	says(t, d, installs("Install", file, "Navigator", len(stages), ""), "ideviceinstaller", "-w", "-i", file)
	_, err := tool(t, d, "ideviceinstaller", "-w", "-U", "com.example.navigator")
	require.NoError(t, err)
	require.NotContains(t, apps(t, d), "com.example.navigator")
}

// What a phone refuses, it refuses at the stage at which it notices.
func TestInstallerRefused(t *testing.T) {
	d := pairedWith(t, state.Options{ProductVersion: "15.8"})
	before := apps(t, d)
	refused := func(file, name string, upTo int, then string) {
		t.Helper()
		exits(t, d, 128, installs("Install", file, name, upTo, then), "ideviceinstaller", "-i", file)
		require.Equal(t, before, apps(t, d))
	}

	file := ipa(t, "Newer", 100, map[string]any{"MinimumOSVersion": "16.0"})
	got, err := tool(t, d, "ideviceinstaller", "-i", file)
	require.Equal(t, 128, exitCode(t, err))
	require.Regexp(t, `^WARNING(?s:.*)Install: PreflightingApplication \(30%\)ERROR: Install failed\. Got error "DeviceOSVersionTooLow" with code 0x00000000: `+
		`The system version is lower than the minimum OS version specified for bundle at /\S+/extracted/Payload/Newer\.app\. Have 15\.8; need 16\.0$`, got)

	file = ipa(t, "Padonly", 100, map[string]any{"UIDeviceFamily": []any{2}})
	refused(file, "Padonly", 5, `ERROR: Install failed. Got error "DeviceFamilyNotSupported" with code 0x00000000: The app is not for this kind of device.`)

	require.NoError(t, d.Do(func(d *desk.Desk) { d.State.SetValue("com.apple.mobile.restriction", "ProhibitAppInstall", true) }))
	file = ipa(t, "Prohibited", 100, nil)
	refused(file, "Prohibited", 0, "\n"+`ERROR: Install failed. Got error "InstallProhibited".`)
}

// The tool itself stops where there is no package.
func TestInstallerBadPackages(t *testing.T) {
	d := pairedWith(t, state.Options{})
	dir := t.TempDir()
	exits(t, d, 255, "ERROR: stat: "+dir+"/none.ipa: No such file or directory", "ideviceinstaller", "-i", dir+"/none.ipa")
	bad := filepath.Join(dir, "bad.ipa")
	require.NoError(t, os.WriteFile(bad, []byte("not a zip"), 0o600))
	exits(t, d, 255, "ERROR: zip_open: "+bad+": 19", "ideviceinstaller", "-i", bad)
	nobody := ipa(t, "Nobody", 100, map[string]any{"CFBundleIdentifier": nil})
	want := strings.Replace(installs("Install", nobody, "Nobody", 3, ""), "'com.example.nobody'", "'(null)'", 1)
	exits(t, d, 128, want+`ERROR: Install failed. Got error "MissingBundleIdentifier" with code 0x00000000: Info.plist has no CFBundleIdentifier, or too long a one.`,
		"ideviceinstaller", "-i", nobody)
}

// A phone without room for the package fails while it is copied; one with room for
// the package and not for what is in it, while it is extracted.
func TestInstallerNoSpace(t *testing.T) {
	d := pairedWith(t, state.Options{})
	file := ipa(t, "Large", 3<<20, nil)
	free := func(n uint64) { require.NoError(t, d.Do(func(d *desk.Desk) { d.State.SetFree(n) })) }
	free(1 << 20)
	copying := strings.Split(installs("Install", file, "Large", 0, ""), " DONE.")[0]
	says(t, d, copying+" AFC Write error: 18\nError: wrote only 0 of 1048576", "ideviceinstaller", "-i", file) // it does end with 0

	free(5 << 20)
	exits(t, d, 128, installs("Install", file, "Large", 2, `ERROR: Install failed. Got error "PackageExtractionFailed" with code 0x00000000: Could not extract archive`),
		"ideviceinstaller", "-i", file)
	require.NotContains(t, apps(t, d), "com.example.large")
	free(50 << 20)
	says(t, d, installs("Install", file, "Large", len(stages), ""), "ideviceinstaller", "-i", file)
}
