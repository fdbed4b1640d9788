package scenarios_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/sim"
)

// A script sees what transfers mean, right after the transfers themselves.
func TestDerivedEvents(t *testing.T) {
	transfers := func(w *sim.World, c scenarios.Config) (scenarios.Bench, error) {
		emit := func(who, peer, kind string, more ...sim.Field) {
			w.Emit(sim.Event{Who: who, Layer: "usb", Kind: kind, Fields: append([]sim.Field{
				sim.Int("urb", 1), sim.Int("bus", 1), sim.Int("dev", 5), sim.Int("ep", 0), sim.Text("type", "control"),
				sim.Int("len", 0), sim.Text("peer", peer), sim.Text("setup", "4051010000000000"),
			}, more...)})
		}
		return bench{start: func() error {
			w.Go("transfers", func() {
				w.Sleep(time.Millisecond)
				emit("headunit", "phone", "submit")
				w.Sleep(time.Millisecond)
				emit("phone", "headunit", "complete", sim.Int("errno", 0), sim.Text("result", "ok"))
			})
			return nil
		}}, nil
	}
	s := scenario("a/b",
		"+1ms headunit > usb submit ep=0x00 setup=4051010000000000",
		"+1ms phone > usb complete errno=0",
		"+0s headunit > usb.request role switch carplay=1 result=ok",
	)
	r := runOne(t, s, scenarios.Options{Bench: transfers})
	require.Equal(t, scenarios.Pass, r.Verdict, r.Detail())
	require.Equal(t, uint64(3), r.Events)

	// What failed shows the meaning, not the transfers.
	s = scenario("a/b", "within 1s headunit > usb.request role switch carplay=0")
	r = runOne(t, s, scenarios.Options{Bench: transfers})
	require.Contains(t, r.Failure.Summary(), "carplay=1, wanted 0")
	require.Len(t, r.Failure.Recent, 1)
	require.Equal(t, "usb.request", r.Failure.Recent[0].Event.Layer)
}
