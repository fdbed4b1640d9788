package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/state"
)

// boots is how long these phones take to boot: real time passes.
const boots = 2 * time.Second

// leaves waits until the computer no longer shows the phone that was there.
func leaves(t *testing.T, d *desk.Running, id uint32) {
	t.Helper()
	require.NoError(t, d.Do(func(d *desk.Desk) {
		require.True(t, d.Daemon.WaitGone(id, d.World.Now()+30*time.Second))
	}))
	says(t, d, "", "idevice_id", "-l")
}

func device(t *testing.T, d *desk.Running) (id uint32) {
	t.Helper()
	require.NoError(t, d.Do(func(d *desk.Desk) {
		d.WaitReady()
		id = d.Daemon.Devices()[0].ID
	}))
	return id
}

// What the tools tell a phone to do, it does: it restarts and is back as another
// device, or goes off, or sleeps, until its button is pressed.
func TestToolsSwitchOff(t *testing.T) {
	for verb, c := range map[string]struct {
		says string
		away state.Power
	}{
		"restart":  {"Restarting device.", state.Restart},
		"shutdown": {"Shutting down device.", state.Shutdown},
		"sleep":    {"Putting device into deep sleep mode.", state.Sleep},
	} {
		t.Run(verb, func(t *testing.T) {
			d := pairedWith(t, state.Options{BootTime: boots})
			first := device(t, d)
			log := watch(t, d, "idevicesyslog")
			require.Equal(t, "[connected]", log.line())
			says(t, d, c.says, "idevicediagnostics", verb)
			leaves(t, d, first)
			log.until(`^\[disconnected\]$`)
			require.NoError(t, d.Do(func(d *desk.Desk) {
				require.Equal(t, c.away, d.Away())
				d.PowerOn()
			}))
			require.NotEqual(t, first, device(t, d))
			says(t, d, udid, "idevice_id", "-l")
			log.until(`^\[connected\]$`)
			says(t, d, "iPhone14,7", "ideviceinfo", "-k", "ProductType")
		})
	}
}

// Recovery mode takes a session since iOS 14.5, which the tool of 1.3.0 has not got;
// it says that it worked all the same. An older phone goes, and is no longer there.
func TestToolsEnterRecovery(t *testing.T) {
	enter := func(t *testing.T, d *desk.Running, more ...string) {
		t.Helper()
		says(t, d, lines(append(append([]string{"Telling device with udid " + udid + " to enter recovery mode."}, more...),
			"Device is successfully switching to recovery mode.")...), "ideviceenterrecovery", udid)
	}
	for version, goes := range map[string]bool{"14.4": true, "14.5": false} {
		t.Run(version, func(t *testing.T) {
			d := pairedWith(t, state.Options{ProductVersion: version, BootTime: boots})
			first := device(t, d)
			if !goes {
				enter(t, d, "Failed to enter recovery mode.")
				require.Equal(t, first, device(t, d))
				return
			}
			enter(t, d)
			leaves(t, d, first)
			require.NoError(t, d.Do(func(d *desk.Desk) {
				require.Equal(t, state.Recovery, d.Away())
				d.PowerOn()
			}))
			require.NotEqual(t, first, device(t, d))
		})
	}
}

// A mount does not survive the phone's restart, and the next one works.
func TestRestartUnderAMount(t *testing.T) {
	d := pairedWith(t, state.Options{BootTime: boots})
	first := device(t, d)
	dir := mount(t, d)
	says(t, d, "Restarting device.", "idevicediagnostics", "restart")
	leaves(t, d, first)
	exits(t, d, 2, "ls: cannot access '"+dir+"': Input/output error", "ls", dir)
	unmount(t, d, dir)
	require.NotEqual(t, first, device(t, d))
	unmount(t, d, mount(t, d))
}
