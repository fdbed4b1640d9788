package desk_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/wire/plist"
)

// xml reads the property list that a tool printed.
func xml(t *testing.T, printed string) map[string]any {
	t.Helper()
	if i := strings.Index(printed, "<?xml"); i > 0 {
		printed = printed[i:]
	}
	m, err := plist.DecodeDict([]byte(printed), plist.Limits{})
	require.NoError(t, err, printed)
	return m
}

// sent returns values as they are when they have been sent as a property list.
func sent(t *testing.T, v map[string]any) map[string]any {
	t.Helper()
	b, err := plist.AppendXML(nil, v)
	require.NoError(t, err)
	return xml(t, string(b))
}

func TestDeviceID(t *testing.T) {
	d := start(t, desk.Options{})
	says(t, d, udid, "idevice_id", "-l")
	says(t, d, udid+" (USB)", "idevice_id")
	says(t, d, "Plugfest iPhone", "idevice_id", udid)
	exits(t, d, 254, "ERROR: No device with UDID 00008110-0000000000000000 attached.", "idevice_id", "00008110-0000000000000000")
}

// All that a phone says of itself arrives: without a pairing what is public, with one
// everything.
func TestInfoWhole(t *testing.T) {
	d := start(t, desk.Options{})
	var public, all map[string]any
	require.NoError(t, d.Do(func(d *desk.Desk) { public, all = d.State.PublicDomain(), d.State.Domain("") }))
	got, err := tool(t, d, "ideviceinfo", "-s", "-x")
	require.NoError(t, err, got)
	require.Equal(t, sent(t, public), xml(t, got))

	pair(t, d)
	got, err = tool(t, d, "ideviceinfo", "-x")
	require.NoError(t, err, got)
	want, have := sent(t, all), xml(t, got)
	require.InDelta(t, want["TimeIntervalSince1970"], have["TimeIntervalSince1970"], 60, "seconds")
	for _, m := range []map[string]any{want, have} {
		delete(m, "TimeIntervalSince1970")
		delete(m, "TrustedHostAttached") // not until it paired
	}
	require.Equal(t, want, have)
}

// Each domain that ideviceinfo knows is what the phone has of it.
func TestInfoDomains(t *testing.T) {
	d := pairedWith(t, state.Options{})
	help, err := tool(t, d, "ideviceinfo", "--help")
	require.NoError(t, err)
	var domains []string
	for _, line := range strings.Split(help, "\n") {
		if name, ok := strings.CutPrefix(line, "  com.apple."); ok {
			domains = append(domains, "com.apple."+name)
		}
	}
	require.Len(t, domains, 29)
	full := 0
	for _, name := range domains {
		var want map[string]any
		require.NoError(t, d.Do(func(d *desk.Desk) { want = d.State.Domain(name) }))
		got, err := tool(t, d, "ideviceinfo", "-q", name, "-x")
		require.NoError(t, err, name)
		require.Equal(t, sent(t, want), xml(t, got), name)
		if len(want) > 0 {
			full++
		}
	}
	require.Greater(t, full, 12, "domains with values")

	says(t, d, lines(
		"BatteryCurrentCapacity: 90", "BatteryIsCharging: true", "ExternalChargeCapable: true",
		"ExternalConnected: true", "FullyCharged: false", "GasGaugeCapability: true", "HasBattery: true",
	), "ideviceinfo", "-q", "com.apple.mobile.battery")
	says(t, d, "", "ideviceinfo", "-q", "com.apple.fairplay")
	says(t, d, "", "ideviceinfo", "-k", "Coffee")
	says(t, d, "en", "ideviceinfo", "-q", "com.apple.international", "-k", "Language")
}

// The date comes from the phone. From iOS 6 on a phone that is activated keeps its
// own, whatever the tool says; one that is being set up takes the computer's.
func TestDate(t *testing.T) {
	const set = int64(1600000000)
	for _, setup := range []bool{false, true} {
		t.Run(fmt.Sprint("setup ", setup), func(t *testing.T) {
			d := pairedWith(t, state.Options{NotActivated: setup})
			date := func() time.Time {
				got, err := tool(t, d, "idevicedate")
				require.NoError(t, err, got)
				at, err := time.Parse(time.UnixDate, got)
				require.NoError(t, err)
				return at
			}
			phone := func() (at time.Time) {
				require.NoError(t, d.Do(func(d *desk.Desk) { at = d.State.Time() }))
				return at
			}
			require.WithinDuration(t, phone(), date(), 30*time.Second)

			says(t, d, "Sun Sep 13 12:26:40 UTC 2020", "idevicedate", "-s", strconv.FormatInt(set, 10))
			if setup {
				require.WithinDuration(t, time.Unix(set, 0), date(), 30*time.Second)
			} else {
				require.WithinDuration(t, time.Now(), date(), 30*time.Second)
			}

			require.NoError(t, d.Do(func(d *desk.Desk) { d.State.SetTime(time.Unix(set, 0)) }))
			got, err := tool(t, d, "idevicedate", "-c")
			require.NoError(t, err)
			at, err := time.Parse(time.UnixDate, got)
			require.NoError(t, err)
			require.WithinDuration(t, time.Now(), at, 30*time.Second, "what the tool has sent")
			if setup {
				require.WithinDuration(t, time.Now(), phone(), 30*time.Second)
			} else {
				require.WithinDuration(t, time.Unix(set, 0), phone(), 30*time.Second)
			}
		})
	}
}

// Who the computer is comes from its pair record; which phones it knows, from the
// directory of the system's own daemon, whatever the tool is pointed at.
func TestPairRecords(t *testing.T) {
	d := start(t, desk.Options{})
	pair(t, d)
	var hosts []*state.Host
	require.NoError(t, d.Do(func(d *desk.Desk) { hosts = d.State.Hosts() }))
	require.Len(t, hosts, 1)
	says(t, d, hosts[0].HostID, "idevicepair", "hostid")
	says(t, d, hosts[0].SystemBUID, "idevicepair", "systembuid")

	known := map[string]bool{}
	records, err := filepath.Glob("/var/lib/lockdown/*.plist")
	require.NoError(t, err)
	for _, r := range records {
		if name := strings.TrimSuffix(filepath.Base(r), ".plist"); name != "SystemConfiguration" {
			known[name] = true
		}
	}
	got, err := tool(t, d, "idevicepair", "list")
	require.NoError(t, err)
	require.ElementsMatch(t, slices.Collect(maps.Keys(known)), strings.Fields(got))
}

// A name is any text.
func TestNames(t *testing.T) {
	d := pairedWith(t, state.Options{})
	for _, name := range []string{"Zoë’s iPhone 🚗", "<&>", strings.Repeat("long ", 40) + "end"} {
		says(t, d, "device name set to '"+name+"'", "idevicename", name)
		says(t, d, name, "idevicename")
		says(t, d, name, "ideviceinfo", "-s", "-k", "DeviceName")
	}
}

// Each program of the three packages is run by some test here.
func TestEveryProgramIsTried(t *testing.T) {
	tests, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var source strings.Builder
	for _, name := range tests {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		source.Write(b)
	}
	for _, p := range []toolbox{utils, installer, fuse} {
		list, err := os.ReadFile("/var/lib/dpkg/info/" + p.name + ".list")
		if err != nil {
			t.Skipf("no Debian package %s: apt-get install %s", p.name, p.name)
		}
		for _, file := range strings.Fields(string(list)) {
			if name, ok := strings.CutPrefix(file, "/usr/bin/"); ok {
				run := regexp.MustCompile(`[,(] ?"` + regexp.QuoteMeta(name) + `"[,)]`) // an argument of tool, says, ...
				if !run.MatchString(source.String()) {
					t.Errorf("no test runs %s", name)
				}
			}
		}
	}
}
