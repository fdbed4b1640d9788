package usb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// probe is a transfer that notes its end.
func probe(g usb.Device, endpoint uint8, data []byte) (*usb.Transfer, *int) {
	done := 0
	x := &usb.Transfer{Endpoint: endpoint, Data: data, Done: func(*usb.Transfer) { done++ }}
	g.Submit(x)
	return x, &done
}

func TestEndpointLookup(t *testing.T) {
	g := usb.NewGadget(sim.New(), "g", rich(), nil)
	assert.Equal(t, "g", g.Name())
	for _, a := range []uint8{0x81, 0x01, 0x82, 0x02, 0x83} {
		require.NotNil(t, g.Endpoint(a), "%02X", a)
		assert.Equal(t, a, g.Endpoint(a).Address())
		assert.Zero(t, g.Endpoint(a).PacketSize())
	}
	for _, a := range []uint8{0x00, 0x80, 0x03, 0x84, 0x91} {
		assert.Nil(t, g.Endpoint(a), "%02X", a)
	}
}

func TestEndpointsFollowSettings(t *testing.T) {
	g := usb.NewGadget(sim.New(), "g", rich(), nil)
	enabled := func() (on []uint8) {
		for _, a := range []uint8{0x01, 0x02, 0x81, 0x82, 0x83} {
			if g.Endpoint(a).Enabled() {
				on = append(on, a)
			}
		}
		return on
	}
	g.Reset(usb.High)
	assert.Empty(t, enabled())
	ask(t, g, "00 09 0100 0000 0000", 0)
	assert.Equal(t, []uint8{0x01, 0x81}, enabled())
	ask(t, g, "01 0B 0100 0100 0000", 0)
	assert.Equal(t, []uint8{0x01, 0x02, 0x81, 0x82}, enabled())
	assert.Equal(t, 512, g.Endpoint(0x82).PacketSize())
	ask(t, g, "01 0B 0000 0100 0000", 0)
	assert.Equal(t, []uint8{0x01, 0x81}, enabled())
	ask(t, g, "00 09 0300 0000 0000", 0)
	assert.Equal(t, []uint8{0x83}, enabled())
	g.Reset(usb.Full)
	assert.Empty(t, enabled())
	ask(t, g, "00 09 0100 0000 0000", 0)
	assert.Equal(t, 64, g.Endpoint(0x81).PacketSize(), "at full speed")
}

// A transfer to an endpoint that no setting in force has finds nobody who
// answers: a bus error.
func TestTransferToInactiveEndpoint(t *testing.T) {
	g := usb.NewGadget(sim.New(), "g", rich(), nil)
	x, done := probe(g, 0x81, make([]byte, 8))
	assert.Equal(t, []any{1, usb.Disconnected}, []any{*done, x.Status}, "not attached")
	g.Reset(usb.High)
	for _, address := range []uint8{0x81, 0x82, 0x8F} {
		x, done = probe(g, address, make([]byte, 8))
		assert.Equal(t, []any{1, usb.Protocol}, []any{*done, x.Status}, "%02X", address)
	}
}

// What waits when a setting ends is done with Shutdown, on both sides; with
// Disconnected when the host goes.
func TestEndOfSetting(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*usb.Gadget)
		want usb.Status
	}{
		"SET_INTERFACE":               {func(g *usb.Gadget) { ask(t, g, "01 0B 0000 0100 0000", 0) }, usb.Shutdown},
		"SET_INTERFACE to the same":   {func(g *usb.Gadget) { ask(t, g, "01 0B 0100 0100 0000", 0) }, usb.Shutdown},
		"SET_CONFIGURATION 0":         {func(g *usb.Gadget) { ask(t, g, "00 09 0000 0000 0000", 0) }, usb.Shutdown},
		"SET_CONFIGURATION, the same": {func(g *usb.Gadget) { ask(t, g, "00 09 0100 0000 0000", 0) }, usb.Shutdown},
		"Reset":                       {func(g *usb.Gadget) { g.Reset(usb.High) }, usb.Shutdown},
		"Unplugged":                   {func(g *usb.Gadget) { g.Unplugged() }, usb.Disconnected},
	} {
		t.Run(name, func(t *testing.T) {
			w := sim.New()
			g := configured(t, w, rich())
			ask(t, g, "01 0B 0100 0100 0000", 0)
			run(t, w, func() {
				var read, write error
				written := -1
				w.Go("reader", func() { _, read = g.Endpoint(0x02).Read(make([]byte, 8)) })
				w.Go("writer", func() { written, write = g.Endpoint(0x82).Write(make([]byte, 2000)) })
				w.Sleep(1)
				x, done := probe(g, 0x82, make([]byte, 1024))
				_, doneToo := probe(g, 0x82, make([]byte, 4096))
				assert.Equal(t, []any{1, 1024, usb.OK}, []any{*done, x.Actual, x.Status})
				assert.Equal(t, 1, *doneToo, "the rest came")
				w.Sleep(1)
				require.NoError(t, write)
				require.Equal(t, 2000, written)

				// The same again, ended half way.
				w.Go("writer", func() { written, write = g.Endpoint(0x82).Write(make([]byte, 2000)) })
				w.Sleep(1)
				probe(g, 0x82, make([]byte, 1024))
				c.end(g)
				w.Sleep(1)
				assert.Equal(t, c.want, read)
				assert.Equal(t, c.want, write)
				assert.Equal(t, 1024, written, "what the host took counts")
				if !g.Endpoint(0x02).Enabled() {
					_, err := g.Endpoint(0x02).Read(make([]byte, 8))
					assert.Equal(t, c.want, err, "and afterwards")
				}
			})
		})
	}
}

// A host's transfers that wait end with the setting too, once each, with what
// they got.
func TestEndOfSettingForTheHost(t *testing.T) {
	w := sim.New()
	g := configured(t, w, rich())
	g.Endpoint(0x81).AutoZLP = false
	run(t, w, func() {
		a, doneA := probe(g, 0x81, make([]byte, 2048))
		b, doneB := probe(g, 0x81, make([]byte, 2048))
		n, err := g.Endpoint(0x81).Write(make([]byte, 1024))
		require.NoError(t, err)
		require.Equal(t, 1024, n, "without a zero-length packet the transfer stays open")
		require.Zero(t, *doneA)
		ask(t, g, "00 09 0000 0000 0000", 0)
		assert.Equal(t, []any{1, usb.Shutdown, 1024}, []any{*doneA, a.Status, a.Actual})
		assert.Equal(t, []any{1, usb.Shutdown, 0}, []any{*doneB, b.Status, b.Actual})
		g.Cancel(a)
		g.Cancel(b)
		assert.Equal(t, []int{1, 1}, []int{*doneA, *doneB}, "cancel after the end does nothing")
	})
}

func TestHalt(t *testing.T) {
	w := sim.New()
	g := configured(t, w, plain())
	run(t, w, func() {
		e := g.Endpoint(0x81)
		a, doneA := probe(g, 0x81, make([]byte, 64))
		e.SetHalt(true)
		assert.True(t, e.Halted())
		assert.Equal(t, []any{1, usb.Stall}, []any{*doneA, a.Status}, "one that waited")
		b, doneB := probe(g, 0x81, make([]byte, 64))
		assert.Equal(t, []any{1, usb.Stall}, []any{*doneB, b.Status}, "one that came later")
		status, _ := ask(t, g, "82 00 0000 8100 0200", 2)
		assert.Equal(t, []byte{1, 0}, append([]byte{}, status...))

		// What the device has to say waits for the end of the halt.
		wrote := false
		w.Go("writer", func() {
			_, err := e.Write([]byte("later"))
			wrote = err == nil
		})
		w.Sleep(1)
		_, s := ask(t, g, "02 01 0000 8100 0000", 0)
		require.Equal(t, usb.OK, s)
		assert.False(t, e.Halted())
		c, doneC := probe(g, 0x81, make([]byte, 64))
		assert.Equal(t, []any{1, usb.OK, "later"}, []any{*doneC, c.Status, string(c.Data[:c.Actual])})
		w.Sleep(1)
		assert.True(t, wrote)

		// The host may set it as well.
		ask(t, g, "02 03 0000 0100 0000", 0)
		assert.True(t, g.Endpoint(0x01).Halted())
		d, _ := probe(g, 0x01, []byte("x"))
		assert.Equal(t, usb.Stall, d.Status)
		ask(t, g, "00 09 0100 0000 0000", 0)
		assert.False(t, g.Endpoint(0x01).Halted(), "a configuration begins without halts")
	})
	g.Reset(usb.High)
	g.Endpoint(0x81).SetHalt(true)
	assert.False(t, g.Endpoint(0x81).Halted(), "not while it is not enabled")
}

func TestCancel(t *testing.T) {
	w := sim.New()
	g := configured(t, w, plain())
	run(t, w, func() {
		e := g.Endpoint(0x81)
		e.AutoZLP = false
		a, doneA := probe(g, 0x81, make([]byte, 2048))
		b, doneB := probe(g, 0x81, make([]byte, 2048))
		c, doneC := probe(g, 0x81, make([]byte, 2048))
		_, err := e.Write(make([]byte, 512))
		require.NoError(t, err)
		g.Cancel(b)
		assert.Equal(t, []any{1, usb.Canceled, 0}, []any{*doneB, b.Status, b.Actual}, "from the middle")
		g.Cancel(a)
		assert.Equal(t, []any{1, usb.Canceled, 512}, []any{*doneA, a.Status, a.Actual}, "with what has come")
		g.Cancel(a)
		assert.Equal(t, 1, *doneA)
		_, err = e.Write([]byte("tail"))
		require.NoError(t, err)
		assert.Equal(t, []any{1, usb.OK, "tail"}, []any{*doneC, c.Status, string(c.Data[:c.Actual])})

		out, done := probe(g, 0x01, make([]byte, 2000))
		n, err := g.Endpoint(0x01).Read(make([]byte, 700))
		require.NoError(t, err)
		require.Equal(t, 700, n)
		g.Cancel(out)
		assert.Equal(t, []any{1, usb.Canceled, 1024}, []any{*done, out.Status, out.Actual}, "whole packets have gone")
		n, err = g.Endpoint(0x01).Read(make([]byte, 700))
		require.NoError(t, err)
		assert.Equal(t, 324, n, "the rest of the second packet is still here")
	})
}

func TestDeadlines(t *testing.T) {
	w := sim.New()
	g := configured(t, w, plain())
	run(t, w, func() {
		in, out := g.Endpoint(0x81), g.Endpoint(0x01)
		out.SetReadDeadline(w.Now() + time.Second)
		_, err := out.Read(make([]byte, 8))
		assert.Equal(t, usb.TimedOut, err)
		assert.Equal(t, time.Second, w.Now())
		assert.True(t, err.(usb.Status).Timeout())

		in.SetWriteDeadline(w.Now() + time.Second)
		x, done := probe(g, 0x81, make([]byte, 1024))
		n, err := in.Write(make([]byte, 3000))
		assert.Equal(t, []any{1024, usb.TimedOut}, []any{n, err}, "the host took a part")
		assert.Equal(t, []any{1, usb.OK}, []any{*done, x.Status})
		assert.Equal(t, 2*time.Second, w.Now())

		// A new deadline holds for those that wait.
		in.SetWriteDeadline(sim.Never)
		w.Go("hurry", func() {
			w.Sleep(time.Second)
			in.SetWriteDeadline(w.Now() + time.Second)
		})
		_, err = in.Write([]byte("x"))
		assert.Equal(t, usb.TimedOut, err)
		assert.Equal(t, 4*time.Second, w.Now())

		// What timed out is gone: the next write is what comes.
		in.SetWriteDeadline(sim.Never)
		x, _ = probe(g, 0x81, make([]byte, 64))
		_, err = in.Write([]byte("y"))
		require.NoError(t, err)
		assert.Equal(t, "y", string(x.Data[:x.Actual]))
	})
}

func TestWrongDirection(t *testing.T) {
	g := configured(t, sim.New(), plain())
	_, err := g.Endpoint(0x81).Read(make([]byte, 1))
	assert.Equal(t, usb.Invalid, err)
	_, err = g.Endpoint(0x81).ReadTransfer(make([]byte, 1))
	assert.Equal(t, usb.Invalid, err)
	_, err = g.Endpoint(0x01).Write(make([]byte, 1))
	assert.Equal(t, usb.Invalid, err)
}

func TestEmptyReadsAndWrites(t *testing.T) {
	w := sim.New()
	g := configured(t, w, plain())
	run(t, w, func() {
		n, err := g.Endpoint(0x01).Read(nil)
		assert.Equal(t, []any{0, nil}, []any{n, err})
		e := g.Endpoint(0x81)
		e.AutoZLP = false
		n, err = e.Write(nil)
		assert.Equal(t, []any{0, nil}, []any{n, err}, "nothing to send")
		e.AutoZLP = true
		x, done := probe(g, 0x81, make([]byte, 64))
		n, err = e.Write(nil)
		assert.Equal(t, []any{0, nil}, []any{n, err})
		assert.Equal(t, []any{1, usb.OK, 0}, []any{*done, x.Status, x.Actual}, "a zero-length packet")
	})
}

// Several processes may read or write; each gets its turn in order.
func TestSeveralWriters(t *testing.T) {
	w := sim.New()
	g := configured(t, w, plain())
	run(t, w, func() {
		e := g.Endpoint(0x81)
		for _, s := range []string{"one", "two", "three"} {
			w.Go(s, func() {
				_, err := e.Write([]byte(s))
				require.NoError(t, err)
			})
		}
		w.Sleep(1)
		var got []string
		for range 3 {
			x, done := probe(g, 0x81, make([]byte, 64))
			require.Equal(t, 1, *done)
			got = append(got, string(x.Data[:x.Actual]))
		}
		assert.Equal(t, []string{"one", "two", "three"}, got)
	})
}

func TestWaits(t *testing.T) {
	w := sim.New()
	g := usb.NewGadget(w, "g", rich(), nil)
	run(t, w, func() {
		assert.False(t, g.WaitConfigured(time.Second))
		assert.Equal(t, time.Second, w.Now())
		at := func(d time.Duration, setup string) {
			w.After(d, func() { ask(t, g, setup, 0) })
		}
		g.Reset(usb.High)
		at(time.Second, "00 09 0100 0000 0000")
		at(2*time.Second, "01 0B 0100 0100 0000")
		at(3*time.Second, "01 0B 0000 0100 0000")
		w.After(4*time.Second, g.Unplugged)
		assert.True(t, g.WaitConfigured(sim.Never))
		assert.Equal(t, 2*time.Second, w.Now())
		assert.True(t, g.WaitAlternate(1, 0, sim.Never))
		assert.True(t, g.Endpoint(0x82).WaitEnabled(sim.Never))
		assert.Equal(t, 3*time.Second, w.Now())
		assert.True(t, g.WaitAlternate(1, 1, sim.Never))
		assert.True(t, g.WaitAlternate(1, 0, sim.Never))
		assert.Equal(t, 4*time.Second, w.Now())
		assert.False(t, g.Endpoint(0x82).WaitEnabled(w.Now()))
		assert.True(t, g.WaitUnplugged(sim.Never))
		assert.Equal(t, 5*time.Second, w.Now())
	})
}

// A completion that submits again at once does not recurse, however much data
// there is.
func TestResubmitFromDone(t *testing.T) {
	w := sim.New()
	g := configured(t, w, plain())
	run(t, w, func() {
		total, depth := 0, 0
		x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 512)}
		x.Done = func(x *usb.Transfer) {
			require.Zero(t, depth, "Done inside Done")
			depth++
			total += x.Actual
			if x.Status == usb.OK {
				g.Submit(x)
			}
			depth--
		}
		g.Submit(x)
		n, err := g.Endpoint(0x81).Write(make([]byte, 1<<20))
		require.NoError(t, err)
		assert.Equal(t, 1<<20, n)
		assert.Equal(t, 1<<20, total)
		g.Unplugged()
	})
}
