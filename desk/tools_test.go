package desk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/state"
)

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
