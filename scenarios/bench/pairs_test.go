package bench_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
	"github.com/plugfest/plugfest/sim"
)

// pairs runs a test for every embedded persona with every embedded model.
func pairs(t *testing.T, main func(t *testing.T, w *sim.World, b scenarios.Bench, switches bool)) {
	for _, p := range phone.Personas() {
		for _, m := range headunit.Models() {
			t.Run(p+"/"+m, func(t *testing.T) {
				persona, err := phone.LoadPersona(p)
				require.NoError(t, err)
				model, err := headunit.LoadModel(m)
				require.NoError(t, err)
				switches := persona.RoleSwitch.Plain && !model.Role.CarPlay || persona.RoleSwitch.CarPlay && model.Role.CarPlay
				if model.UsesUSBMux() { // no switch; the service, if it wants one, is there on iPhones
					switches = model.USBMux.Service != "" && strings.HasPrefix(persona.ProductType, "iPhone")
				}
				w := sim.New(sim.StepLimit(1 << 40))
				ps, err := scenarios.NewSettings(map[string]any{"persona": p})
				require.NoError(t, err)
				ms, err := scenarios.NewSettings(map[string]any{"model": m})
				require.NoError(t, err)
				b, err := bench.New(w, scenarios.Config{Setup: scenarios.Setup{Phone: ps, Headunit: ms}})
				require.NoError(t, err)
				require.NoError(t, w.Run(func() {
					require.NoError(t, b.Start())
					main(t, w, b, switches)
				}))
			})
		}
	}
}

// Every phone gets along with every head unit whose role switch, or service, it
// supports.
func TestEveryPhoneWithEveryHeadUnit(t *testing.T) {
	pairs(t, func(t *testing.T, w *sim.World, b scenarios.Bench, switches bool) {
		ready := 0
		w.Observe(func(e *sim.Event) {
			if e.Layer == "state" && e.Kind == "accessory ready" {
				ready++
			}
			require.NotContains(t, []string{"violation", "malformed message", "identification rejected", "message ignored"}, e.Kind, "%v", e.Fields)
		})
		b.Do("plug", nil)
		w.Sleep(5 * time.Second)
		require.Equal(t, switches, ready == 1)
	})
}

// A hundred plugs and unplugs, at ever later moments, leave no process behind.
func TestNoPairLeavesProcessesBehind(t *testing.T) {
	notWithRace(t)
	rounds := 100
	if testing.Short() {
		rounds = 10
	}
	pairs(t, func(t *testing.T, w *sim.World, b scenarios.Bench, switches bool) {
		w.Sleep(30 * time.Second)
		before := len(w.Waits())
		for i := range rounds {
			b.Do("plug", nil)
			w.Sleep(time.Duration(i*3700/rounds) * time.Millisecond)
			b.Do("unplug", nil)
			w.Sleep(15 * time.Second)
		}
		w.Sleep(30 * time.Second)
		require.Len(t, w.Waits(), before, "%v", w.Waits())
	})
}
