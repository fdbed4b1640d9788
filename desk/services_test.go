package desk_test

import (
	"bufio"
	"bytes"
	"context"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
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
	d.Do(func(d *desk.Desk) { d.State.SetTime(d.State.Time().Add(7 * time.Hour)) })
	require.NotEqual(t, first, shot())
}

// Without the developer disk image there is no screenshot service, as on a
// phone.
func TestScreenshotNeedsTheDeveloperImage(t *testing.T) {
	d := start(t, desk.Options{State: state.Options{ProductVersion: "15.8"}})
	_, err := tool(t, d, "idevicepair", "pair")
	require.NoError(t, err)
	got, err := tool(t, d, "idevicescreenshot", filepath.Join(t.TempDir(), "x.png"))
	require.Error(t, err)
	require.Contains(t, got, "Could not start screenshotr service")
}

func TestSetLocation(t *testing.T) {
	d := paired(t)
	says(t, d, "", "idevicesetlocation", "--", "48.1", "11.5")
	d.Do(func(d *desk.Desk) {
		// The tool does not wait for the phone to have read it all.
		for end := d.World.Now() + 5*time.Second; !d.State.Location().Simulated && d.World.Now() < end; {
			d.World.Sleep(10 * time.Millisecond)
		}
		l := d.State.Location()
		require.Equal(t, "48.1", l.Latitude)
		require.Equal(t, "11.5", l.Longitude)
	})
}

func TestCrashReports(t *testing.T) {
	d := paired(t)
	dir := t.TempDir()
	got, err := tool(t, d, "idevicecrashreport", "-k", dir)
	require.NoError(t, err, got)
	files, err := filepath.Glob(filepath.Join(dir, "*.ips"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	require.Contains(t, got, "Copy: /"+filepath.Base(files[0]))
}

func TestProfiles(t *testing.T) {
	d := paired(t)
	says(t, d, "Device has 0 provisioning profiles installed:", "ideviceprovision", "list")
}

func TestNotificationProxy(t *testing.T) {
	d := paired(t)
	got, err := tool(t, d, "idevicenotificationproxy", "post", "com.example.posted")
	require.NoError(t, err, got)
	require.Contains(t, got, `posting "com.example.posted"`)
}

func TestDiagnostics(t *testing.T) {
	d := paired(t)
	got, err := tool(t, d, "idevicediagnostics", "diagnostics", "GasGauge")
	require.NoError(t, err, got)
	require.Contains(t, got, "<key>CycleCount</key>")
	require.Contains(t, got, "<string>Success</string>")
}

// The log of the phone runs past, line by line.
func TestSyslog(t *testing.T) {
	d := paired(t)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "idevicesyslog")
	cmd.Env = append(os.Environ(), d.Environment(), "HOME="+t.TempDir())
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer cmd.Wait()
	defer cmd.Process.Kill()
	lines := bufio.NewScanner(out)
	var seen []string
	for len(seen) < 5 && lines.Scan() {
		seen = append(seen, lines.Text())
	}
	require.Len(t, seen, 5)
	require.Equal(t, "[connected]", seen[0])
	for _, line := range seen[1:] {
		require.Regexp(t, `^[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d \w+(\(\w+\))?\[\d+\] <\w+>: .`, line)
	}
}
