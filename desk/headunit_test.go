package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/headunit/lockdown"
	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim"
)

// A head unit and libimobiledevice share a directory of pair records: what one has
// made the other uses, TLS and all, and nobody pairs twice.
func TestRecordsOfAHeadUnitAndOfTools(t *testing.T) {
	need(t, "idevicepair")
	for _, first := range []string{"the head unit", "the tools"} {
		t.Run(first+" first", func(t *testing.T) {
			records, err := muxd.OpenDirectory(t.TempDir())
			require.NoError(t, err)
			d := start(t, desk.Options{Records: records})
			pairings := 0
			require.NoError(t, d.Do(func(k *desk.Desk) {
				k.World.Observe(func(e *sim.Event) {
					if e.Layer == "state.lockdown" && e.Kind == "Pair" {
						pairings++
					}
				})
			}))
			headunit := func() {
				require.NoError(t, d.Do(func(k *desk.Desk) {
					h := lockdown.NewHost(k.World, "headunit", lockdown.Options{Records: records})
					c, err := h.Connect(lockdown.Via(k.Daemon, k.Daemon.Devices()[0]))
					require.NoError(t, err)
					require.NoError(t, c.Establish())
					v, err := c.GetValue("", "ActivationState")
					require.NoError(t, err)
					require.Equal(t, "Activated", v)
					require.NoError(t, c.StopSession())
					require.NoError(t, c.Close())
				}))
			}
			tools := func() {
				says(t, d, "Activated", "ideviceinfo", "-k", "ActivationState")
				says(t, d, "SUCCESS: Validated pairing with device "+d.UDID(), "idevicepair", "validate")
			}
			if first == "the head unit" {
				headunit()
				tools()
			} else {
				says(t, d, "SUCCESS: Paired with device "+d.UDID(), "idevicepair", "pair")
				tools()
			}
			headunit()
			require.NoError(t, d.Do(func(*desk.Desk) { require.Equal(t, 1, pairings) }))
		})
	}
}
