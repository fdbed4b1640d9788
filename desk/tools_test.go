package desk_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/state"
)

// The tools of libimobiledevice, which we did not write, against a desk. Where
// they are not installed these tests are skipped.

// tool runs one and returns what it printed, trimmed.
func tool(t *testing.T, d *desk.Running, name string, args ...string) (string, error) {
	t.Helper()
	if testing.Short() && t.Name() != "TestInfo" {
		t.Skip("each tool runs in real time; one is enough for the short form")
	}
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed: apt-get install libimobiledevice-utils", name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), d.Environment(), "HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// says wants a tool to succeed and to print exactly that.
func says(t *testing.T, d *desk.Running, want, name string, args ...string) {
	t.Helper()
	got, err := tool(t, d, name, args...)
	require.NoError(t, err, got)
	require.Equal(t, want, got)
}

func start(t *testing.T, o desk.Options) *desk.Running {
	t.Helper()
	d, err := desk.Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

const udid = "00008110-001A2B3C4D5E001E"

func TestInfo(t *testing.T) {
	d := start(t, desk.Options{})
	says(t, d, udid, "idevice_id", "-l")
	says(t, d, "17.5.1", "ideviceinfo", "-s", "-k", "ProductVersion")
	says(t, d, "SUCCESS: Paired with device "+udid, "idevicepair", "pair")
	says(t, d, "SUCCESS: Validated pairing with device "+udid, "idevicepair", "validate")
	says(t, d, udid, "ideviceinfo", "-k", "UniqueDeviceID")
	says(t, d, "90", "ideviceinfo", "-q", "com.apple.mobile.battery", "-k", "BatteryCurrentCapacity")
	says(t, d, "Plugfest iPhone", "idevicename")
	got, err := tool(t, d, "ideviceinfo")
	require.NoError(t, err)
	for _, line := range []string{"ProductType: iPhone14,7", "DeviceName: Plugfest iPhone", "UniqueDeviceID: " + udid, "PasswordProtected: false"} {
		require.Contains(t, strings.Split(got, "\n"), line)
	}
	got, err = tool(t, d, "ideviceinfo", "-x", "-k", "ProductType")
	require.NoError(t, err)
	require.Contains(t, got, "<string>iPhone14,7</string>")
}

func TestName(t *testing.T) {
	d := start(t, desk.Options{})
	_, err := tool(t, d, "idevicepair", "pair")
	require.NoError(t, err)
	_, err = tool(t, d, "idevicename", "Another name")
	require.NoError(t, err)
	says(t, d, "Another name", "idevicename")
}

// The trust dialog: open, then refused, then, asked again, accepted.
func TestTrustDialog(t *testing.T) {
	d := start(t, desk.Options{State: state.Options{User: state.User{Answer: state.AnswerNone}}})
	got, err := tool(t, d, "idevicepair", "pair")
	require.Error(t, err)
	require.Contains(t, got, "Please accept the trust dialog on the screen of device "+udid)
	d.Do(func(d *desk.Desk) { require.True(t, d.State.Refuse()) })
	got, err = tool(t, d, "idevicepair", "pair")
	require.Error(t, err)
	require.Contains(t, got, "said that the user denied the trust dialog")
}

func TestUnpair(t *testing.T) {
	d := start(t, desk.Options{})
	_, err := tool(t, d, "idevicepair", "pair")
	require.NoError(t, err)
	says(t, d, "SUCCESS: Unpaired with device "+udid, "idevicepair", "unpair")
	// The tool pairs again by itself, unless the user refuses.
	d.Do(func(d *desk.Desk) { d.State.SetUser(state.User{Answer: state.AnswerRefuse}) })
	got, err := tool(t, d, "idevicepair", "validate")
	require.Error(t, err, got)
	require.Contains(t, got, "trust dialog")
}

func TestPasscode(t *testing.T) {
	d := start(t, desk.Options{State: state.Options{Passcode: true, Locked: true}})
	got, err := tool(t, d, "idevicepair", "pair")
	require.Error(t, err)
	require.Contains(t, got, "passcode is set")
	d.Do(func(d *desk.Desk) { d.State.Unlock() })
	says(t, d, "SUCCESS: Paired with device "+udid, "idevicepair", "pair")
}

// Unplugged, the phone is gone; plugged in again it is back, with its pairing.
func TestReplug(t *testing.T) {
	d := start(t, desk.Options{})
	_, err := tool(t, d, "idevicepair", "pair")
	require.NoError(t, err)
	d.Do(func(d *desk.Desk) {
		d.Unplug()
		d.World.Yield()
	})
	got, _ := tool(t, d, "idevice_id", "-l")
	require.Empty(t, got)
	d.Do(func(d *desk.Desk) {
		d.Plug()
		d.WaitReady()
	})
	says(t, d, udid, "idevice_id", "-l")
	says(t, d, "SUCCESS: Validated pairing with device "+udid, "idevicepair", "validate")
}
