package desk_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// The states that a phone can be in, and what every tool makes of them.

// ask is a run of a tool that needs a pairing, and what it says without one.
type ask struct {
	args string // DIR being a directory
	code int
	says func(code string) string // for an error of lockdownd
}

// number says the error as most tools do.
func number(code string) string { return "ERROR: Could not connect to lockdownd, error code " + code }

func fixed(text string) func(string) string { return func(string) string { return text } }

// word is the name that ideviceinfo gives an error.
var word = map[string]string{"-17": "Password protected", "-18": "User denied pairing", "-19": "Pairing dialog response pending"}

// pairing is what idevicepair says.
var pairing = map[string]string{
	"-17": "ERROR: Could not validate with device " + udid + " because a passcode is set. Please enter the passcode on the device and retry.",
	"-18": "ERROR: Device " + udid + " said that the user denied the trust dialog.",
	"-19": "ERROR: Please accept the trust dialog on the screen of device " + udid + ", then attempt to pair again.",
}

// tools are those that are tried in each state, and the others.
var tools, otherTools = []ask{
	{"ideviceinfo", 255, func(code string) string {
		return "ERROR: Could not connect to lockdownd: " + word[code] + " (" + code + ")"
	}},
	{"idevicepair pair", 1, func(code string) string { return pairing[code] }},
	{"idevicepair validate", 1, func(code string) string { return pairing[code] }},
	{"idevicename", 255, number},
	{"ifuse DIR", 1, func(code string) string {
		if code == "-17" {
			return lines("Please disable the password protection on your device and try again.",
				"The device does not allow pairing as long as a password has been set.", "You can enable it again after the connection succeeded.")
		}
		return lines("Failed to connect to lockdownd service on the device.", "Try again. If it still fails try rebooting your device.")
	}},
}, []ask{
	{"idevicename Another", 255, number},
	{"idevicedate", 255, number},
	{"idevicediagnostics diagnostics", 1, number},
	{"idevicediagnostics restart", 1, number},
	{"idevicenotificationproxy post com.example.x", 255, number},
	{"idevicescreenshot DIR/x.png", 255, number},
	{"idevicesetlocation 1 2", 255, fixed("ERROR: Could not start the simulatelocation service. Make sure a developer disk image is mounted!")},
	{"ideviceprovision list", 255, number},
	{"ideviceimagemounter -l", 255, func(code string) string { return "ERROR: Could not connect to lockdown, error code " + code + "." }},
	{"idevicecrashreport DIR", 255, number},
	{"idevicebackup2 backup DIR", 255, func(code string) string { return `Backup directory is "DIR"` + "\n" + number(code) }},
	{"idevicebackup2 info DIR", 255, number},
	{"idevicebackup backup DIR", 255, func(code string) string { return `Backup directory is "DIR"` + "\n" + number(code) }},
	{"idevicedebug run com.example.x", 255, fixed("Could not start installation proxy service.")},
	{"ideviceinstaller -l", 255, fixed("Could not connect to lockdownd. Exiting.")},
	{"ideviceinstaller -U com.example.x", 255, fixed("Could not connect to lockdownd. Exiting.")},
}

// No computer gets anything out of a phone that does not trust it, but what is public.
func TestUntrusted(t *testing.T) {
	for name, c := range map[string]struct {
		o    state.Options
		code string
	}{
		"locked":  {state.Options{Passcode: true, Locked: true}, "-17"},
		"pending": {state.Options{User: state.User{Answer: state.AnswerNone}}, "-19"},
		"refused": {state.Options{User: state.User{Answer: state.AnswerNone}}, "-18"},
	} {
		t.Run(name, func(t *testing.T) {
			d := start(t, desk.Options{State: c.o})
			all := tools
			switch name {
			case "pending": // in one state each tool; they take their time to make keys
				all = slices.Concat(tools, otherTools)
			case "refused":
				exits(t, d, 1, pairing["-19"], "idevicepair", "pair")
				require.NoError(t, d.Do(func(d *desk.Desk) { require.True(t, d.State.Refuse()) }))
			}
			for _, a := range all {
				dir := t.TempDir()
				args := strings.Fields(strings.ReplaceAll(a.args, "DIR", dir))
				exits(t, d, a.code, strings.ReplaceAll(a.says(c.code), "DIR", dir), args[0], args[1:]...)
			}
			says(t, d, udid, "idevice_id", "-l")
			says(t, d, "17.5.1", "ideviceinfo", "-s", "-k", "ProductVersion")
			says(t, d, lines("Telling device with udid "+udid+" to enter recovery mode.", "Failed to enter recovery mode.",
				"Device is successfully switching to recovery mode."), "ideviceenterrecovery", udid) // so it says
			w := watch(t, d, "idevicesyslog")
			require.Equal(t, "ERROR: Could not connect to lockdownd: "+c.code, w.line())
			require.Equal(t, "Could not start logger for udid "+udid, w.line())
			_, code := w.interrupt()
			require.Zero(t, code)
			require.NoError(t, d.Do(func(d *desk.Desk) {
				require.Empty(t, d.State.Hosts())
				require.Equal(t, "Plugfest iPhone", d.State.DeviceName())
				require.Zero(t, d.Away())
			}))
		})
	}
}

// What opens the way: the passcode, the tap on Trust, plugging it in anew.
func TestBecomesTrusted(t *testing.T) {
	for name, c := range map[string]struct {
		o    state.Options
		then func(*desk.Desk)
	}{
		"unlocked": {state.Options{Passcode: true, Locked: true}, func(d *desk.Desk) { d.State.Unlock() }},
		"trusted":  {state.Options{User: state.User{Answer: state.AnswerNone}}, func(d *desk.Desk) { d.State.Trust() }},
		"replugged after a refusal": {state.Options{User: state.User{Answer: state.AnswerRefuse}}, func(d *desk.Desk) {
			d.State.SetUser(state.User{})
			d.Unplug()
			d.Plug()
			d.WaitReady()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := start(t, desk.Options{State: c.o})
			_, err := tool(t, d, "ideviceinfo", "-k", "ProductType")
			require.Error(t, err)
			require.NoError(t, d.Do(c.then))
			says(t, d, "iPhone14,7", "ideviceinfo", "-k", "ProductType") // which pairs by itself
		})
	}
}

// A phone that is locked goes on serving a computer that it trusts, but for what
// needs the passcode.
func TestLocked(t *testing.T) {
	d := pairedWith(t, state.Options{ProductVersion: "15.8", Image: true, Passcode: true})
	require.NoError(t, d.Do(func(d *desk.Desk) { d.State.Lock() }))
	says(t, d, "true", "ideviceinfo", "-k", "PasswordProtected")
	says(t, d, "SUCCESS: Validated pairing with device "+udid, "idevicepair", "validate")
	exits(t, d, 1, pairing["-17"], "idevicepair", "pair")
	says(t, d, "device name set to 'Locked'", "idevicename", "Locked")
	says(t, d, "CFBundleIdentifier, CFBundleVersion, CFBundleDisplayName", "ideviceinstaller", "-l")
	says(t, d, lines("DetailedError: The device is locked.", "Error: DeviceLocked"), "ideviceimagemounter", "-l")
	dir := mount(t, d)
	unmount(t, d, dir)

	// After a restart it must be unlocked once.
	require.NoError(t, d.Do(func(d *desk.Desk) {
		d.State.Power(state.Boot)
		require.True(t, d.State.Sealed())
	}))
	exits(t, d, 1, "Failed to start AFC service 'com.apple.afc' on the device.", "ifuse", t.TempDir())
	require.NoError(t, d.Do(func(d *desk.Desk) { d.State.Unlock() }))
	unmount(t, d, mount(t, d))
}

// Without a phone every tool says that there is none.
func TestNoPhone(t *testing.T) {
	d := start(t, desk.Options{})
	require.NoError(t, d.Do((*desk.Desk).Unplug))
	says(t, d, "", "idevice_id", "-l")
	says(t, d, "", "idevice_id")
	for args, c := range map[string]struct {
		code int
		says string
	}{
		"ideviceinfo -s":             {255, "ERROR: No device found!"},
		"ideviceinfo":                {255, "ERROR: No device found!"},
		"idevicepair pair":           {1, "No device found."},
		"idevicepair hostid":         {1, "No device found."},
		"idevicename":                {255, "ERROR: No device found."},
		"idevicedate":                {255, "No device found."},
		"idevicediagnostics restart": {1, "No device found."},
		"idevicenotificationproxy post com.example.x": {255, "No device found."},
		"idevicescreenshot":                           {255, "No device found."},
		"idevicesetlocation 1 2":                      {255, "ERROR: No device found!"},
		"ideviceprovision list":                       {255, "No device found."},
		"ideviceimagemounter -l":                      {255, "No device found."},
		"idevicecrashreport DIR":                      {255, "No device found."},
		"idevicebackup2 info DIR":                     {255, "No device found."},
		"idevicebackup backup DIR":                    {255, "Backup directory is \"DIR\"\nNo device found."},
		"idevicedebug run com.example.x":              {255, "No device found."},
		"ideviceenterrecovery " + udid:                {255, "No device found with udid " + udid + "."},
		"ideviceinstaller -l":                         {255, "No device found."},
		"idevicesyslog":                               {255, "No device found. Plug in a device or pass UDID with -u to wait for device to be available."},
		"ifuse DIR": {1, lines("No device found, is it connected?", "If it is make sure that your user has permissions to access the raw usb device.",
			"If you're still having issues try unplugging the device and reconnecting it.")},
	} {
		dir := t.TempDir()
		a := strings.Fields(strings.ReplaceAll(args, "DIR", dir))
		exits(t, d, c.code, strings.ReplaceAll(c.says, "DIR", dir), a[0], a[1:]...)
	}
}

// A phone behind a slow cable is slow, and nothing worse.
func TestSlow(t *testing.T) {
	d := paired(t)
	from := filepath.Join(t.TempDir(), "file")
	data := []byte(strings.Repeat("slow ", 60000))
	require.NoError(t, os.WriteFile(from, data, 0o600))
	dir := mount(t, d)
	im := sim.Impairments{Latency: 10 * time.Millisecond, Jitter: 5 * time.Millisecond, Bandwidth: 400_000}
	require.NoError(t, d.Do(func(d *desk.Desk) { d.Cable.Impair(im, im) }))
	began := time.Now()
	copies(t, d, from, dir+"/file")
	require.Greater(t, time.Since(began), 750*time.Millisecond, "300 kB at 400 kB/s")
	require.Equal(t, data, read(t, d, "file"))
	unmount(t, d, dir)
	says(t, d, "iPhone14,7", "ideviceinfo", "-k", "ProductType")
	says(t, d, "device name set to 'Slow'", "idevicename", "Slow")
	shot := filepath.Join(t.TempDir(), "x.png")
	says(t, d, "Screenshot saved to "+shot, "idevicescreenshot", shot)
	file := ipa(t, "Slow", 50000, nil)
	says(t, d, installs("Install", file, "Slow", len(stages), ""), "ideviceinstaller", "-i", file)
}
