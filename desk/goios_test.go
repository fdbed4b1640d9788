package desk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/state"
)

// goios is the program of go-ios, where there is one: it comes by
// "go install github.com/danielpaulus/go-ios@v1.0.182", which takes minutes, or by
// "npm install go-ios". Versions 1.0.182 and 1.2.0 were tried.
type goios struct {
	t    *testing.T
	d    *desk.Running
	name string
}

func newGoIOS(t *testing.T) *goios {
	t.Helper()
	if testing.Short() {
		t.Skip("each tool runs in real time; one is enough for the short form")
	}
	for _, name := range []string{"go-ios", "ios"} {
		if path, err := exec.LookPath(name); err == nil {
			return &goios{t, start(t, desk.Options{State: state.Options{BootTime: boots}}), path}
		}
	}
	t.Skip("go-ios is not installed: go install github.com/danielpaulus/go-ios@v1.0.182")
	return nil
}

// out runs a command that must succeed, and returns its output without what it says
// of its own doings.
func (g *goios) out(args ...string) string {
	g.t.Helper()
	out, _ := g.run(args...)
	return out
}

// all is out with everything: some commands of 1.0 print to the wrong place.
func (g *goios) all(args ...string) string {
	g.t.Helper()
	out, said := g.run(args...)
	return out + said
}

func (g *goios) run(args ...string) (out, said string) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := command(ctx, g.t, g.d, g.name, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	b, err := cmd.Output()
	require.NoError(g.t, err, "%v: %s %s", args, b, errs.Bytes())
	return strings.TrimSpace(string(b)), errs.String()
}

// json is out, of a command that prints an object.
func (g *goios) json(args ...string) (m map[string]any) {
	g.t.Helper()
	out := g.out(args...)
	require.NoError(g.t, json.Unmarshal([]byte(out), &m), "%v: %s", args, out)
	return m
}

// What people do with go-ios, from pairing to a restart.
func TestGoIOS(t *testing.T) {
	g := newGoIOS(t)
	require.Equal(t, map[string]any{"deviceList": []any{udid}}, g.json("list"))
	_ = g.out("pair")
	require.NoError(t, g.d.Do(func(d *desk.Desk) { require.Len(t, d.State.Hosts(), 1) }))

	details := g.json("list", "--details")["deviceList"].([]any)[0].(map[string]any)
	require.Equal(t, "iPhone14,7", details["ProductType"])
	info := g.json("info")
	require.Equal(t, udid, info["UniqueDeviceID"])
	require.Equal(t, "17.5.1", info["ProductVersion"])
	require.InDelta(t, float64(time.Now().Unix()), g.json("date")["TimeIntervalSince1970"], 60)
	require.Equal(t, map[string]any{"devicename": "Plugfest iPhone"}, g.json("devicename"))
	lang := g.json("lang")
	require.Equal(t, "en", lang["Language"])
	require.Contains(t, lang["SupportedLocales"], "de_DE")
	require.Equal(t, 90.0, g.json("batterycheck")["BatteryCurrentCapacity"])
	require.Equal(t, 90.0, g.json("batteryregistry")["CurrentCapacity"])
	require.Equal(t, "Success", g.json("diagnostics", "list")["Diagnostics"].(map[string]any)["GasGauge"].(map[string]any)["Status"])
	require.Equal(t, map[string]any{"AssistiveTouchEnabled": false}, g.json("assistivetouch", "get"))
	_ = g.out("assistivetouch", "enable")
	require.Equal(t, map[string]any{"AssistiveTouchEnabled": true}, g.json("assistivetouch", "get"))
	require.Contains(t, g.all("crash", "ls"), "JetsamEvent")
	_ = g.out("image", "list")
	ip := g.all("ip")
	require.Contains(t, ip, `"192.0.2.17"`)
	require.Contains(t, ip, `"2001:db8::17"`)
}

// Apps stream in, and files go both ways.
func TestGoIOSFiles(t *testing.T) {
	g := newGoIOS(t)
	_ = g.out("pair")
	file := ipa(t, "Navigator", 300000, nil)
	_ = g.out("install", "--path="+file)
	require.Contains(t, apps(t, g.d), "com.example.navigator")
	require.Equal(t, "com.example.navigator The Navigator 1.2", g.out("apps", "--list"))
	_ = g.out("uninstall", "com.example.navigator")
	require.NotContains(t, apps(t, g.d), "com.example.navigator")

	require.Contains(t, g.out("fsync", "tree", "--path=/"), "IMG_0001.JPG")
	data := bytes.Repeat([]byte("data "), 100000)
	from := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(from, data, 0o600))
	_ = g.out("fsync", "push", "--srcPath="+from, "--dstPath=/DCIM/file")
	require.Equal(t, data, read(t, g.d, "DCIM/file"))
	to := t.TempDir()
	_ = g.out("fsync", "pull", "--srcPath=/DCIM/file", "--dstPath="+to)
	pulled, err := os.ReadFile(filepath.Join(to, "file"))
	require.NoError(t, err)
	require.Equal(t, data, pulled)
	require.Contains(t, g.out("diskspace"), "iPhone14,7")
}

// The log runs, and the phone restarts.
func TestGoIOSReboot(t *testing.T) {
	g := newGoIOS(t)
	_ = g.out("pair")
	first := device(t, g.d)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	log := command(ctx, t, g.d, g.name, "syslog")
	out, err := log.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, log.Start())
	defer func() {
		cancel()
		_ = log.Wait()
	}()
	var line struct {
		Msg string `json:"msg"`
	}
	require.NoError(t, json.NewDecoder(out).Decode(&line))
	require.Regexp(t, `^[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d Plugfest-iPhone \w+`, line.Msg)

	_ = g.out("reboot")
	leaves(t, g.d, first)
	require.NotEqual(t, first, device(t, g.d))
	require.Equal(t, map[string]any{"deviceList": []any{udid}}, g.json("list"))
}
