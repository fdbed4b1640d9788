package usb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// The device leaves at each event of its enumeration and set-up in turn, and
// comes back: nothing hangs, and what was announced is taken back.
func TestUnplugAtEachStage(t *testing.T) {
	stages := map[string]func(*usb.Cable){
		"detach": func(c *usb.Cable) { c.B().Detach() },
		"unplug": func(c *usb.Cable) { c.Unplug() },
	}
	for name, leave := range stages {
		for stage := 1; ; stage++ {
			w := sim.New(sim.TimeLimit(time.Hour))
			var cable *usb.Cable
			var kind string
			seen := 0
			w.Observe(func(e *sim.Event) {
				if seen++; seen == stage {
					kind = e.Kind
					w.After(0, func() { leave(cable) })
				}
			})
			left := false
			run(t, w, func() {
				g := usb.NewGadget(w, "g", rich(), nil)
				cable = usb.NewCable(w, usb.CableOptions{AB: sim.Impairments{Latency: time.Millisecond}, BA: sim.Impairments{Latency: time.Millisecond}})
				watch := cable.A().Watch()
				require.NoError(t, cable.B().Attach(g))
				present := 0
				for {
					e, ok := watch.Next(w.Now() + time.Second)
					if !ok {
						break
					}
					if present++; e.Kind == usb.Detached {
						present -= 2
						continue
					}
					c, err := cable.A().Open(e.Info.ID)
					if err != nil {
						continue
					}
					if c.SetConfiguration(1) == nil && c.ClaimInterface(1) == nil && c.SetInterface(1, 1) == nil {
						left = g.State() == usb.StateConfigured
					}
				}
				if kind == "" {
					assert.Equal(t, 1, present)
					return
				}
				assert.Zero(t, present, "%s at event %d (%s)", name, stage, kind)
				assert.Equal(t, usb.StateDetached, g.State())
				assert.Empty(t, w.Waits())
				cable.B().Detach()
				cable.Plug()
				attach(t, cable, g)
			})
			if kind == "" {
				require.True(t, left)
				require.Greater(t, stage, 30, "events there were")
				break
			}
		}
	}
}

func TestCloseCancelsControlTransfers(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		var asked []*usb.ControlRequest
		g := usb.NewGadget(w, "g", plain(), &recorder{control: func(c *usb.ControlRequest) { asked = append(asked, c) }})
		cable := usb.NewCable(w, instant(usb.CableOptions{}))
		mine := attach(t, cable, g)
		other, err := cable.A().Open(mine.Info().ID)
		require.NoError(t, err)
		var ends []usb.Status
		submit := func(c usb.Conn) *usb.Transfer {
			x := &usb.Transfer{Setup: usb.Setup{RequestType: usb.TypeVendor}, Done: func(x *usb.Transfer) { ends = append(ends, x.Status) }}
			c.Submit(x)
			return x
		}
		a, b, c := submit(mine), submit(other), submit(mine)
		require.NoError(t, mine.Close())
		w.Sleep(1)
		assert.Equal(t, []usb.Status{usb.Canceled, usb.Canceled}, []usb.Status{a.Status, c.Status})
		assert.Len(t, ends, 2, "the other's waits on")
		require.Len(t, asked, 2)
		asked[1].Accept()
		w.Sleep(1)
		assert.Equal(t, usb.OK, b.Status)
		assert.Len(t, ends, 3)
	})
}

// Of several reads that wait, any may give up.
func TestReadsGiveUpInAnyOrder(t *testing.T) {
	w := sim.New()
	g := configured(t, w, plain())
	run(t, w, func() {
		e := g.Endpoint(0x01)
		var got []string
		read := func(name string) {
			w.Go(name, func() {
				b := make([]byte, 8)
				n, err := e.Read(b)
				if err != nil {
					got = append(got, name+": "+err.Error())
					return
				}
				got = append(got, name+": "+string(b[:n]))
			})
			w.Yield()
		}
		read("first")
		e.SetReadDeadline(time.Second)
		w.Sleep(2 * time.Second)
		assert.Equal(t, []string{"first: usb: timed out"}, got)

		// A process that ends takes its read with it; the others go on.
		e.SetReadDeadline(sim.Never)
		read("second")
		read("third")
		probe(g, 0x01, []byte("one"))
		w.Yield()
		probe(g, 0x01, []byte("two"))
		w.Yield()
		assert.Equal(t, []string{"second: one", "third: two"}, got[1:])
	})
}
