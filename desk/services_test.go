package desk_test

import (
	"bytes"
	"fmt"
	"image/png"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/state"
)

// The screen is rendered anew each time: two screenshots are two pictures.
func TestScreenshot(t *testing.T) {
	d := paired(t)
	shot := func() []byte {
		file := filepath.Join(t.TempDir(), "screen.png")
		says(t, d, "Screenshot saved to "+file, "idevicescreenshot", file)
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		p, err := png.Decode(bytes.NewReader(b))
		require.NoError(t, err)
		require.Equal(t, 1170, p.Bounds().Dx())
		require.Equal(t, 2532, p.Bounds().Dy())
		return b
	}
	first := shot()
	require.NoError(t, d.Do(func(d *desk.Desk) { d.State.SetTime(d.State.Time().Add(7 * time.Hour)) }))
	require.NotEqual(t, first, shot())
}

// Without the developer disk image there are no developer services, as on a phone;
// and from iOS 17 on they are elsewhere.
func TestDeveloperServices(t *testing.T) {
	for _, o := range []state.Options{{ProductVersion: "15.8"}, {ProductVersion: "17.5.1", Image: true}} {
		t.Run(o.ProductVersion, func(t *testing.T) {
			d := pairedWith(t, o)
			exits(t, d, 255, "Could not start screenshotr service! Remember that you have to mount the Developer disk image on your device if you want to use the screenshotr service.",
				"idevicescreenshot", filepath.Join(t.TempDir(), "x.png"))
			exits(t, d, 255, "ERROR: Could not start the simulatelocation service. Make sure a developer disk image is mounted!",
				"idevicesetlocation", "--", "48.1", "11.5")
		})
	}
}

func TestSetLocation(t *testing.T) {
	d := paired(t)
	// The tool does not wait for the phone to have read it all.
	wait := func(want state.Location) {
		t.Helper()
		var have state.Location
		require.NoError(t, d.Do(func(d *desk.Desk) {
			for end := d.World.Now() + 5*time.Second; d.World.Now() < end; d.World.Sleep(10 * time.Millisecond) {
				if have = d.State.Location(); have == want {
					return
				}
			}
		}))
		require.Equal(t, want, have)
	}
	says(t, d, "", "idevicesetlocation", "--", "48.1", "-11.5")
	wait(state.Location{Simulated: true, Latitude: "48.1", Longitude: "-11.5"})
	says(t, d, "", "idevicesetlocation", "reset")
	wait(state.Location{})
}

// Crash reports are copied, and then taken away.
func TestCrashReports(t *testing.T) {
	d := paired(t)
	require.NoError(t, d.Do(func(d *desk.Desk) {
		require.NoError(t, d.State.MoveCrashes())
		require.NoError(t, d.State.AddCrash("Navigator"))
	}))
	names := func() (list []string) {
		require.NoError(t, d.Do(func(d *desk.Desk) {
			all, err := d.State.Crashes().ReadDir("")
			require.NoError(t, err)
			for _, name := range all {
				if strings.HasSuffix(name, ".ips") {
					list = append(list, name)
				}
			}
		}))
		return list
	}
	for _, keep := range []bool{true, false} {
		dir := t.TempDir()
		args, did := []string{dir}, "Move: "
		if keep {
			args, did = []string{"-k", dir}, "Copy: "
		}
		got, err := tool(t, d, "idevicecrashreport", args...)
		require.NoError(t, err, got)
		reports, err := filepath.Glob(filepath.Join(dir, "*.ips"))
		require.NoError(t, err)
		require.Len(t, reports, 5)
		want := []string{"Done."}
		navigator := 0
		for _, r := range reports {
			want = append(want, did+"/"+filepath.Base(r))
			if strings.Contains(r, "Navigator") {
				b, err := os.ReadFile(r)
				require.NoError(t, err)
				require.Contains(t, string(b), "Navigator")
				navigator++
			}
		}
		require.Equal(t, 1, navigator)
		require.ElementsMatch(t, want, strings.Split(got, "\n"))
		if keep {
			require.Len(t, names(), 5)
		} else {
			require.Empty(t, names())
		}
	}
	says(t, d, "Done.", "idevicecrashreport", t.TempDir())
}

// What a tool observes it hears of, whoever posts it.
func TestNotifications(t *testing.T) {
	d := paired(t)
	w := watch(t, d, "idevicenotificationproxy", "observe", "com.example.one", "com.example.two", state.ApplicationInstalled)
	require.Equal(t, `! observing "com.example.one"`, w.line())
	require.Equal(t, `! observing "com.example.two"`, w.line())
	require.Equal(t, fmt.Sprintf("! observing %q", state.ApplicationInstalled), w.line())
	got, err := tool(t, d, "idevicenotificationproxy", "post", "com.example.two", "com.example.three")
	require.NoError(t, err)
	got = strings.TrimSuffix(got, "\n>") // where it sees the end of its own session
	require.Equal(t, lines(`< posting "com.example.two"`, `< posting "com.example.three"`), got)
	require.Equal(t, "> com.example.two", w.line())
	require.NoError(t, d.Do(func(d *desk.Desk) { d.State.Apps.Install(state.App{BundleID: "com.example.app"}) }))
	require.Equal(t, "> "+state.ApplicationInstalled, w.line())
	_, code := w.interrupt()
	require.Zero(t, code)
}

// Diagnostics by type, values of MobileGestalt by key, the registry by plane and
// entry.
func TestDiagnostics(t *testing.T) {
	d := paired(t)
	ask := func(args ...string) map[string]any {
		t.Helper()
		got, err := tool(t, d, "idevicediagnostics", args...)
		require.NoError(t, err, got)
		return xml(t, got)
	}
	all := ask("diagnostics")
	require.ElementsMatch(t, []string{"GasGauge", "HDMI", "NAND", "WiFi"}, keys(all))
	require.Equal(t, uint64(3279), all["GasGauge"].(map[string]any)["DesignCapacity"])
	for _, kind := range []string{"GasGauge", "NAND", "WiFi"} {
		require.Equal(t, map[string]any{kind: all[kind]}, ask("diagnostics", kind))
	}
	require.Equal(t, map[string]any{"MobileGestalt": map[string]any{
		"ProductType": "iPhone14,7", "UniqueDeviceID": udid, "Status": "Success",
	}}, ask("mobilegestalt", "ProductType", "UniqueDeviceID", "Coffee"))
	require.Equal(t, "IOPlatformExpertDevice", ask("ioreg")["IORegistry"].(map[string]any)["IOObjectClass"])
	require.NotEmpty(t, ask("ioreg", "IOPower")["IORegistry"])
	battery := ask("ioregentry", "AppleARMPMUCharger")["IORegistry"].(map[string]any)
	require.Equal(t, uint64(90), battery["CurrentCapacity"])
	exits(t, d, 1, "ERROR: Unable to retrieve IORegistry from device.", "idevicediagnostics", "ioregentry", "Coffee")

	newer, err := desk.Start(desk.Options{})
	require.NoError(t, err)
	defer newer.Close()
	pair(t, newer)
	got, err := tool(t, newer, "idevicediagnostics", "mobilegestalt", "ProductType")
	require.NoError(t, err, got)
	require.Equal(t, map[string]any{"MobileGestalt": map[string]any{"Status": "MobileGestaltDeprecated"}}, xml(t, got))
}

func keys(m map[string]any) (list []string) {
	for key := range m {
		list = append(list, key)
	}
	return list
}

// The log of the phone runs past, line by line; a filter leaves what it is for.
func TestSyslog(t *testing.T) {
	d := paired(t)
	const line = `^[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d (\w+)(\(\w+\))?\[\d+\] <\w+>: .`
	w := watch(t, d, "idevicesyslog")
	require.Equal(t, "[connected]", w.line())
	for range 4 {
		require.Regexp(t, line, w.line())
	}
	require.NoError(t, d.Do(func(d *desk.Desk) {
		d.World.Go("apps", func() {
			for range 300 { // the tools hear of what is said from when they are connected
				for _, s := range [][2]string{{"Navigator", "right turn"}, {"Other", "left turn"}, {"Navigator", "left turn, Zoë"}} {
					d.State.Log.Write(state.Entry{Process: s[0], PID: 4711, Level: state.Error, Message: s[1]})
				}
				d.World.Sleep(100 * time.Millisecond)
			}
		})
	}))
	filtered := watch(t, d, "idevicesyslog", "-p", "Navigator", "-m", "left turn")
	require.Equal(t, "[connected]", filtered.line())
	for range 3 {
		require.Regexp(t, `^[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d Navigator\[4711\] <Error>: left turn, Zo\\M-C\\M-\+$`, filtered.line())
	}
	w.until(`Navigator\[4711\] <Error>: right turn$`)
	w.until(`Other\[4711\] <Error>: left turn$`)

	// A phone that goes leaves the tool waiting; with -x it ends.
	ends := watch(t, d, "idevicesyslog", "-x")
	require.Equal(t, "[connected]", ends.line())
	require.NoError(t, d.Do((*desk.Desk).Unplug))
	w.until(`^\[disconnected\]$`)
	rest, code := ends.end()
	require.Contains(t, rest, "[disconnected]")
	require.Zero(t, code)
	require.NoError(t, d.Do(func(d *desk.Desk) { d.Plug(); d.WaitReady() }))
	w.until(`^\[connected\]$`)
	require.Regexp(t, line, w.line())
	_, code = w.interrupt()
	require.Zero(t, code)
}

// A developer disk image is sent, mounted, and then listed by its signature.
func TestMountImage(t *testing.T) {
	d := pairedWith(t, state.Options{ProductVersion: "15.8"})
	says(t, d, lines("ImageSignature[0]: ", "Status: Complete"), "ideviceimagemounter", "-l")
	dir := t.TempDir()
	image, signature := filepath.Join(dir, "DeveloperDiskImage.dmg"), filepath.Join(dir, "DeveloperDiskImage.dmg.signature")
	require.NoError(t, os.WriteFile(image, bytes.Repeat([]byte("image "), 50000), 0o600))
	signed := bytes.Repeat([]byte{0x5A, 0xA5}, 64)
	require.NoError(t, os.WriteFile(signature, signed, 0o600))
	says(t, d, lines("Uploading "+image, "done.", "Mounting...", "Done.", "Status: Complete"), "ideviceimagemounter", image, signature)
	var received int64
	require.NoError(t, d.Do(func(d *desk.Desk) { received = d.State.Images.Received }))
	require.Equal(t, int64(300000), received)
	got, err := tool(t, d, "ideviceimagemounter", "-l", "-x")
	require.NoError(t, err)
	require.Equal(t, map[string]any{"ImageSignature": []any{signed}, "Status": "Complete"}, xml(t, got))
	file := filepath.Join(dir, "screen.png")
	says(t, d, "Screenshot saved to "+file, "idevicescreenshot", file)
	exits(t, d, 255, lines("Uploading "+image, "done.", "Mounting...", "Error: ImageMountFailed"), "ideviceimagemounter", image, signature)

	require.NoError(t, d.Do(func(d *desk.Desk) {
		d.State.SetPasscode(true)
		d.State.Lock()
	}))
	says(t, d, lines("DetailedError: The device is locked.", "Error: DeviceLocked"), "ideviceimagemounter", "-l")
}

// There is no debugger on the phone; the tools say so as with a phone that has no
// developer disk image.
func TestDebugger(t *testing.T) {
	d := pairedWith(t, state.Options{ProductVersion: "15.8", Image: true, Apps: []state.App{{BundleID: "com.example.app", Developer: true}}})
	exits(t, d, 255, "Could not determine container path for bundle identifier com.example.none.", "idevicedebug", "run", "com.example.none")
	exits(t, d, 255, lines(
		"Could not start com.apple.debugserver!", "Please make sure to mount the developer disk image first:",
		"  1) Get the iOS version from `ideviceinfo -k ProductVersion`.", "  2) Find the matching iPhoneOS DeveloperDiskImage.dmg files.",
		"  3) Run `ideviceimagemounter` with the above path.",
	), "idevicedebug", "run", "com.example.app")

	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	w := watch(t, d, "idevicedebugserverproxy", port)
	var c net.Conn
	require.Eventually(t, func() bool {
		c, err = net.Dial("tcp", "127.0.0.1:"+port)
		return err == nil
	}, 10*time.Second, 20*time.Millisecond, "it listens")
	defer c.Close()
	require.Equal(t, "Could not start debugserver on device!", w.line())
	require.Equal(t, "Please make sure to mount a developer disk image first.", w.line())
	rest, code := w.interrupt()
	require.Equal(t, "Exiting...", rest)
	require.Zero(t, code)
}

// What tools put into the phone's files is there.
func read(t *testing.T, d *desk.Running, name string) (data []byte) {
	t.Helper()
	require.NoError(t, d.Do(func(d *desk.Desk) {
		var err error
		data, err = files.ReadFile(d.State.Media(), name)
		require.NoError(t, err)
	}))
	return data
}
