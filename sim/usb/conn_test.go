package usb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// start submits a transfer and counts its completions.
func start(c usb.Conn, endpoint uint8, data []byte) (*usb.Transfer, *int) {
	done := 0
	x := &usb.Transfer{Endpoint: endpoint, Data: data, Done: func(*usb.Transfer) { done++ }}
	c.Submit(x)
	return x, &done
}

// inWorld runs a test with a rich gadget, its cable and a connection.
func inWorld(t *testing.T, fn func(w *sim.World, cable *usb.Cable, g *usb.Gadget, c usb.Conn)) {
	t.Helper()
	w := sim.New()
	run(t, w, func() {
		cable := usb.NewCable(w, instant(usb.CableOptions{A: "host", B: "device"}))
		g := usb.NewGadget(w, "g", rich(), nil)
		fn(w, cable, g, attach(t, cable, g))
	})
}

func TestConfigurationOfConn(t *testing.T) {
	inWorld(t, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, c usb.Conn) {
		assert.Equal(t, uint8(0), c.Configuration())
		require.NoError(t, c.SetConfiguration(1))
		assert.Equal(t, uint8(1), c.Configuration())
		assert.Equal(t, uint8(1), g.Configuration())
		assert.Equal(t, usb.Invalid, c.SetConfiguration(2), "there is none")
		assert.Equal(t, uint8(1), c.Configuration(), "and nothing was done")

		other, err := cable.A().Open(c.Info().ID)
		require.NoError(t, err)
		require.NoError(t, other.ClaimInterface(1))
		assert.Equal(t, usb.Invalid, c.SetConfiguration(3), "in use")
		require.NoError(t, other.SetConfiguration(3), "by itself")
		assert.Equal(t, uint8(3), c.Configuration(), "one for all")
		assert.Equal(t, usb.Invalid, c.ClaimInterface(1), "this configuration has none")
		require.NoError(t, c.SetConfiguration(0))
		assert.Equal(t, uint8(0), g.Configuration())
		assert.Equal(t, usb.Invalid, c.ClaimInterface(0))
	})
}

func TestClaims(t *testing.T) {
	inWorld(t, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, c usb.Conn) {
		require.NoError(t, c.SetConfiguration(1))
		other, err := cable.A().Open(c.Info().ID)
		require.NoError(t, err)

		x, done := start(c, 0x81, make([]byte, 8))
		assert.Zero(t, *done, "never from inside Submit")
		w.Sleep(0)
		w.Sleep(1)
		assert.Equal(t, []any{1, usb.Invalid}, []any{*done, x.Status}, "not claimed")

		require.NoError(t, c.ClaimInterface(0))
		require.NoError(t, c.ClaimInterface(0), "again")
		assert.Equal(t, usb.Invalid, other.ClaimInterface(0))
		assert.Equal(t, usb.Invalid, other.ReleaseInterface(0))
		assert.Equal(t, usb.Invalid, other.SetInterface(0, 0))
		assert.Equal(t, usb.Invalid, other.ClearHalt(0x81))

		x, done = start(c, 0x81, make([]byte, 8))
		y, doneToo := start(other, 0x81, make([]byte, 8))
		w.Sleep(1)
		assert.Equal(t, []any{0, 1, usb.Invalid}, []any{*done, *doneToo, y.Status})
		other.Cancel(x)
		w.Sleep(1)
		assert.Zero(t, *done, "not his to cancel")

		require.NoError(t, c.ReleaseInterface(0))
		w.Sleep(1)
		assert.Equal(t, []any{1, usb.Canceled}, []any{*done, x.Status})
		require.NoError(t, other.ClaimInterface(0))
		_, done = start(other, 0x81, make([]byte, 8))
		require.NoError(t, other.Close())
		require.NoError(t, other.Close())
		w.Sleep(1)
		assert.Equal(t, 1, *done, "Close cancels")
		require.NoError(t, c.ClaimInterface(0), "and releases")
		x, _ = start(other, 0x81, make([]byte, 8))
		w.Sleep(1)
		assert.Equal(t, usb.Invalid, x.Status, "closed")
		assert.Equal(t, usb.Invalid, other.SetConfiguration(1))
		assert.Equal(t, usb.Invalid, other.ClaimInterface(1))
	})
}

func TestSetInterfaceOfConn(t *testing.T) {
	inWorld(t, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, c usb.Conn) {
		require.NoError(t, c.SetConfiguration(1))
		require.NoError(t, c.ClaimInterface(1))
		x, _ := start(c, 0x82, make([]byte, 8))
		w.Sleep(1)
		assert.Equal(t, usb.Invalid, x.Status, "setting 0 has no endpoint")
		assert.Equal(t, usb.Invalid, c.SetInterface(1, 2), "no such setting")
		require.NoError(t, c.SetInterface(1, 1))
		assert.Equal(t, uint8(1), g.Alternate(1))
		x, done := start(c, 0x82, make([]byte, 8))
		w.Sleep(1)
		require.Zero(t, *done)
		require.NoError(t, c.SetInterface(1, 0))
		assert.Equal(t, []any{1, usb.Shutdown}, []any{*done, x.Status}, "done when SetInterface returns")
		x, _ = start(c, 0x82, make([]byte, 8))
		w.Sleep(1)
		assert.Equal(t, usb.Invalid, x.Status)
		assert.Equal(t, usb.Invalid, c.SetInterface(0, 0), "not claimed")
	})
}

func TestClearHaltOfConn(t *testing.T) {
	inWorld(t, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, c usb.Conn) {
		require.NoError(t, c.SetConfiguration(1))
		require.NoError(t, c.ClaimInterface(0))
		x, _ := start(c, 0x81, make([]byte, 8))
		y, _ := start(c, 0x81, make([]byte, 8))
		g.Endpoint(0x81).SetHalt(true)
		w.Sleep(1)
		assert.Equal(t, []usb.Status{usb.Stall, usb.Stall}, []usb.Status{x.Status, y.Status})
		require.NoError(t, c.ClearHalt(0x81))
		assert.False(t, g.Endpoint(0x81).Halted())
		assert.Equal(t, usb.Invalid, c.ClearHalt(0x83))
	})
}

func TestResetOfConn(t *testing.T) {
	inWorld(t, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, c usb.Conn) {
		require.NoError(t, c.SetConfiguration(1))
		require.NoError(t, c.ClaimInterface(0))
		require.NoError(t, c.ClaimInterface(1))
		require.NoError(t, c.SetInterface(1, 1))
		x, done := start(c, 0x82, make([]byte, 8))
		info := c.Info()
		require.NoError(t, c.Reset())
		assert.Equal(t, []any{1, usb.Shutdown}, []any{*done, x.Status})
		assert.Equal(t, uint8(1), g.Configuration(), "configuration is restored")
		assert.Equal(t, uint8(1), g.Alternate(1), "and settings")
		assert.Equal(t, info.Address, g.Address(), "and the address")
		assert.Equal(t, info, c.Info())
		_, done = start(c, 0x82, make([]byte, 8))
		w.Sleep(1)
		assert.Zero(t, *done, "claims last")
	})
}

// A device that comes back from a reset as another one is another attachment.
func TestResetOfChangedDevice(t *testing.T) {
	inWorld(t, func(w *sim.World, cable *usb.Cable, _ *usb.Gadget, _ usb.Conn) {
		cable.B().Detach()
		s := &shifty{Gadget: usb.NewGadget(w, "s", rich(), nil)}
		c := attach(t, cable, s)
		watch := cable.A().Watch()
		watch.Next(w.Now())
		s.changed = true
		assert.Equal(t, usb.Disconnected, c.Reset())
		e, ok := watch.Next(w.Now())
		assert.True(t, ok)
		assert.Equal(t, usb.Detached, e.Kind)
		e, ok = watch.Next(w.Now() + time.Second)
		assert.True(t, ok)
		assert.Equal(t, uint16(0x9999), e.Info.Device.VendorID)
		assert.Equal(t, c.Info().ID+1, e.Info.ID)
		assert.Equal(t, usb.Disconnected, c.Reset())
	})
}

type shifty struct {
	*usb.Gadget
	changed bool
}

func (s *shifty) Submit(t *usb.Transfer) {
	if s.changed && t.Setup.Request == usb.ReqGetDescriptor && t.Setup.Value>>8 == usb.DescDevice {
		spoil(t, func(b []byte) { b[8], b[9] = 0x99, 0x99 })
	}
	s.Gadget.Submit(t)
}

// spoil changes what a device answers.
func spoil(t *usb.Transfer, fn func([]byte)) {
	done := t.Done
	t.Done = func(t *usb.Transfer) {
		fn(t.Data)
		t.Done = done
		done(t)
	}
}

// While one process changes settings, others wait or are refused; nothing is
// answered twice.
func TestConcurrentSettings(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		cable := usb.NewCable(w, usb.CableOptions{})
		g := usb.NewGadget(w, "g", rich(), nil)
		c := attach(t, cable, g)
		require.NoError(t, c.SetConfiguration(1))
		require.NoError(t, c.ClaimInterface(1))
		var order []string
		for _, name := range []string{"reset", "reset again"} {
			w.Go(name, func() {
				require.NoError(t, c.Reset())
				order = append(order, name)
			})
		}
		w.Go("setting", func() {
			require.NoError(t, c.SetInterface(1, 1))
			order = append(order, "setting")
		})
		w.Sleep(time.Millisecond)
		x, _ := start(c, 0x82, make([]byte, 8))
		w.Sleep(1)
		assert.Equal(t, usb.Shutdown, x.Status, "in the middle of a reset")
		w.Sleep(time.Second)
		assert.Equal(t, []string{"reset", "reset again", "setting"}, order)

		// Those who wait learn that the device has gone.
		var errs []error
		for range 3 {
			w.Go("reset", func() { errs = append(errs, c.Reset()) })
		}
		w.Sleep(time.Millisecond)
		cable.Unplug()
		w.Sleep(1)
		assert.Equal(t, []error{usb.Disconnected, usb.Disconnected, usb.Disconnected}, errs)
	})
}

func TestControlOfConn(t *testing.T) {
	inWorld(t, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, c usb.Conn) {
		b := make([]byte, 18)
		n, err := usb.Control(w, c, usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor, Value: usb.DescDevice << 8}, b, time.Second)
		require.NoError(t, err)
		assert.Equal(t, 18, n)

		x := &usb.Transfer{Setup: usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor, Value: 0x0100, Length: 64}, Data: make([]byte, 63)}
		assert.Equal(t, usb.Invalid, usb.Do(w, c, x, 0), "less room than wLength")
		x.Data = make([]byte, 100)
		require.NoError(t, usb.Do(w, c, x, 0))
		assert.Equal(t, 18, x.Actual)
		x.ShortNotOK = true
		assert.Equal(t, usb.Short, usb.Do(w, c, x, 0))
		x.Setup.Length = 18
		assert.NoError(t, usb.Do(w, c, x, 0), "as much as was asked")

		_, err = usb.Control(w, c, usb.Setup{Request: usb.ReqSetAddress, Value: 9}, nil, 0)
		assert.Equal(t, usb.Invalid, err, "addresses are the host's own affair")
		assert.Equal(t, c.Info().Address, g.Address())
	})
}

func TestShortNotOK(t *testing.T) {
	inWorld(t, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, c usb.Conn) {
		require.NoError(t, c.SetConfiguration(1))
		require.NoError(t, c.ClaimInterface(0))
		w.Go("device", func() {
			g.Endpoint(0x81).Write([]byte("short"))
			g.Endpoint(0x81).AutoZLP = false
			g.Endpoint(0x81).Write(make([]byte, 512))
		})
		x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 512), ShortNotOK: true}
		assert.Equal(t, usb.Short, usb.Do(w, c, x, 0))
		assert.Equal(t, 5, x.Actual)
		assert.NoError(t, usb.Do(w, c, x, 0))
		assert.Equal(t, 512, x.Actual)
	})
}

func TestDoTimesOut(t *testing.T) {
	inWorld(t, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, c usb.Conn) {
		require.NoError(t, c.SetConfiguration(1))
		require.NoError(t, c.ClaimInterface(0))
		g.Endpoint(0x81).AutoZLP = false
		x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 2048)}
		w.Go("device", func() { g.Endpoint(0x81).Write(make([]byte, 1024)) })
		at := w.Now()
		assert.Equal(t, usb.TimedOut, usb.Do(w, c, x, time.Second))
		assert.Equal(t, []any{usb.TimedOut, 1024}, []any{x.Status, x.Actual}, "with what came")
		assert.Equal(t, time.Second, w.Now()-at)

		// What comes at the very moment of the time-out is either here or there.
		w.Go("device", func() {
			w.Sleep(time.Second)
			g.Endpoint(0x81).Write([]byte("just"))
		})
		err := usb.Do(w, c, x, time.Second)
		if err == nil {
			assert.Equal(t, "just", string(x.Data[:x.Actual]))
		} else {
			require.NoError(t, usb.Do(w, c, x, time.Second))
			assert.Equal(t, "just", string(x.Data[:x.Actual]))
		}
		cable.Unplug()
		assert.Equal(t, usb.Disconnected, usb.Do(w, c, x, time.Second))
	})
}

func TestSubmitTwicePanics(t *testing.T) {
	inWorld(t, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, c usb.Conn) {
		require.NoError(t, c.SetConfiguration(1))
		require.NoError(t, c.ClaimInterface(0))
		x, _ := start(c, 0x81, make([]byte, 8))
		assert.PanicsWithValue(t, "usb: Submit of a transfer that is not done yet", func() { c.Submit(x) })
	})
}

// All the ways in which a transfer under way learns that the device is gone.
func TestGone(t *testing.T) {
	for name, end := range map[string]func(*usb.Cable){
		"unplug":              func(c *usb.Cable) { c.Unplug() },
		"detach":              func(c *usb.Cable) { c.B().Detach() },
		"host becomes device": func(c *usb.Cable) { c.A().Attach(usb.NewGadget(sim.New(), "x", plain(), nil)) },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, c usb.Conn) {
				require.NoError(t, c.SetConfiguration(1))
				require.NoError(t, c.ClaimInterface(0))
				g.Endpoint(0x81).AutoZLP = false
				in, inDone := start(c, 0x81, make([]byte, 2048))
				out, outDone := start(c, 0x01, make([]byte, 2048))
				_, err := g.Endpoint(0x81).Write(make([]byte, 512))
				require.NoError(t, err)
				_, err = g.Endpoint(0x01).Read(make([]byte, 1024))
				require.NoError(t, err)
				end(cable)
				assert.Zero(t, *inDone+*outDone, "never from inside")
				w.Sleep(1)
				assert.Equal(t, []any{1, usb.Disconnected, 512}, []any{*inDone, in.Status, in.Actual})
				assert.Equal(t, []any{1, usb.Disconnected, 1024}, []any{*outDone, out.Status, out.Actual})
				c.Cancel(in)
				x, done := start(c, 0x81, make([]byte, 8))
				w.Sleep(1)
				assert.Equal(t, []any{1, usb.Disconnected}, []any{*done, x.Status})
				assert.Equal(t, 1, *inDone)
				for _, err := range []error{c.SetConfiguration(1), c.ClaimInterface(0), c.ReleaseInterface(0), c.SetInterface(0, 0), c.ClearHalt(0x81), c.Reset()} {
					assert.Equal(t, usb.Disconnected, err)
				}
				assert.NoError(t, c.Close())
			})
		})
	}
}

// A completion that submits again, and is answered at once, leaves the others
// their turn.
func TestCompletionsLeaveOthersTheirTurn(t *testing.T) {
	inWorld(t, func(w *sim.World, cable *usb.Cable, g *usb.Gadget, c usb.Conn) {
		require.NoError(t, c.SetConfiguration(1))
		require.NoError(t, c.ClaimInterface(0))
		rounds, seen := 0, -1
		cond := w.NewCond("first completion")
		w.Go("other", func() {
			cond.Wait()
			seen = rounds
		})
		w.Yield()
		x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 512)}
		x.Done = func(x *usb.Transfer) {
			rounds++
			cond.Signal()
			if x.Status == usb.OK {
				c.Submit(x)
			}
		}
		c.Submit(x)
		_, err := g.Endpoint(0x81).Write(make([]byte, 100*512))
		require.NoError(t, err)
		assert.Equal(t, 1, seen, "completions before a process that one of them woke had its turn")
	})
}
