package usbtest

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func carrierOf(w *sim.World, o usb.CableOptions) Carrier {
	c := usb.NewCable(w, o)
	return Carrier{World: w, Port: c.B(), Host: c.A(), Unplug: c.Unplug}
}

// The in-memory cable holds to the suite, whichever end is host.
func TestCable(t *testing.T) {
	slow := sim.Impairments{Latency: 3 * time.Millisecond, Jitter: time.Millisecond, Bandwidth: 30 << 20}
	for name, o := range map[string]usb.CableOptions{
		"perfect":     {},
		"slow":        {AB: slow, BA: slow},
		"SuperSpeed":  {Speed: usb.Super},
		"full speed":  {Speed: usb.Full},
		"instant":     {Debounce: -1, ResetTime: -1, Recovery: -1},
		"copies data": {AB: sim.Impairments{Reorder: 1e-15}, BA: sim.Impairments{Reorder: 1e-15}},
	} {
		t.Run(name, func(t *testing.T) {
			TestCarrier(t, func(t *testing.T) Carrier { return carrierOf(sim.New(), o) })
		})
	}
	t.Run("other end", func(t *testing.T) {
		TestCarrier(t, func(t *testing.T) Carrier {
			w := sim.New()
			c := usb.NewCable(w, usb.CableOptions{})
			return Carrier{World: w, Port: c.A(), Host: c.B(), Unplug: c.Unplug}
		})
	})
	t.Run("real time", func(t *testing.T) {
		if testing.Short() {
			t.Skip("takes seconds")
		}
		TestCarrier(t, func(t *testing.T) Carrier {
			return carrierOf(sim.New(sim.RealTime()), usb.CableOptions{Debounce: -1, ResetTime: -1, Recovery: -1})
		})
	})
}

// verdict catches what a case says of a carrier.
type verdict struct {
	testing.TB
	text []string
}

func (v *verdict) Name() string              { return "case" }
func (v *verdict) Logf(string, ...any)       {}
func (v *verdict) Helper()                   {}
func (v *verdict) Errorf(f string, a ...any) { v.text = append(v.text, fmt.Sprintf(f, a...)) }
func (v *verdict) FailNow()                  { runtime.Goexit() }
func (v *verdict) failed() (bool, string)    { return len(v.text) > 0, strings.Join(v.text, "\n") }
func (v *verdict) Fatalf(f string, a ...any) { v.Errorf(f, a...); v.FailNow() }

// judge runs a case outside of the test's own fate.
func judge(name string, k Carrier) (failed bool, text string) {
	v := &verdict{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, c := range cases {
			if c.name == name {
				c.run(v, k)
				return
			}
		}
		v.Errorf("no case %q", name)
	}()
	<-done
	return v.failed()
}

// badHost breaks a good carrier in one way.
type badHost struct {
	usb.Host
	port usb.Port
	w    *sim.World
	how  string
}

type badConn struct {
	usb.Conn
	h *badHost
}

func (h *badHost) Open(id usb.DeviceID) (usb.Conn, error) {
	if h.how == "opens what is gone" {
		if c, err := h.Host.Open(id); err == nil {
			return c, nil
		}
		return badConn{h: h}, nil
	}
	c, err := h.Host.Open(id)
	if err != nil {
		return nil, err
	}
	return badConn{c, h}, nil
}

type badWatcher struct {
	usb.Watcher
	h *badHost
}

func (h *badHost) Watch() usb.Watcher { return badWatcher{h.Host.Watch(), h} }

func (x badWatcher) Next(deadline time.Duration) (usb.Event, bool) {
	for {
		e, ok := x.Watcher.Next(deadline)
		if ok && e.Kind == usb.Detached && x.h.how == "tells of no detach" {
			continue
		}
		return e, ok
	}
}

func (c badConn) Submit(t *usb.Transfer) {
	in := t.In() && !t.Control()
	switch c.h.how {
	case "calls Done inside Submit":
		if !t.Control() {
			t.Status, t.Actual = usb.Stall, 0
			t.Done(t)
			return
		}
	case "completes twice":
		done := t.Done
		t.Done = func(t *usb.Transfer) { t.Done = done; done(t); done(t) }
	case "answers IN at once":
		if in {
			c.h.w.After(0, func() { t.Actual, t.Status = 0, usb.OK; t.Done(t) })
			return
		}
	case "drops zero-length packets":
		t.ZeroPacket = false
	case "damages data":
		if in {
			done := t.Done
			t.Done = func(t *usb.Transfer) {
				if t.Actual > 50 {
					t.Data[50] ^= 1
				}
				t.Done = done
				done(t)
			}
		}
	case "hides short transfers":
		t.ShortNotOK = false
	case "hides stalls":
		done := t.Done
		t.Done = func(t *usb.Transfer) {
			if t.Status == usb.Stall {
				t.Status = usb.Protocol
			}
			t.Done = done
			done(t)
		}
	}
	c.Conn.Submit(t)
}

func (c badConn) Cancel(t *usb.Transfer) {
	if c.h.how != "does not cancel" {
		c.Conn.Cancel(t)
	}
}

func (c badConn) ClearHalt(ep uint8) error {
	if c.h.how == "forgets to clear halts" {
		return nil
	}
	return c.Conn.ClearHalt(ep)
}

func (c badConn) SetInterface(n, s uint8) error {
	if c.h.how == "forgets settings" {
		return nil
	}
	return c.Conn.SetInterface(n, s)
}

func (c badConn) Close() error {
	if c.h.how == "does not close" {
		return nil
	}
	return c.Conn.Close()
}

// The suite finds what it is there to find.
func TestBadCarriersFail(t *testing.T) {
	for _, c := range []struct{ how, name, says string }{
		{"calls Done inside Submit", "bulk in of all lengths", "stall"},
		{"calls Done inside Submit", "cancel", "before Submit or Cancel returned"},
		{"completes twice", "interrupt", "completions of one transfer"},
		{"answers IN at once", "in is not answered without data", "Should be empty"},
		{"drops zero-length packets", "bulk out of all lengths", "end of the transfer"},
		{"damages data", "bulk in of all lengths", "511 bytes in"},
		{"damages data", "streams", "what comes back is what was sent"},
		{"hides short transfers", "short is an error on demand", "Not equal"},
		{"hides stalls", "control", "a request that is refused"},
		{"hides stalls", "halt and clear", "Not equal"},
		{"does not cancel", "cancel", "transfer is not done"},
		{"forgets to clear halts", "halt and clear", "halt is not cleared"},
		{"forgets settings", "alternate settings", "Should be true"},
		{"does not close", "close", "transfer is not done"},
		{"tells of no detach", "device goes and comes back as another", "no detach event"},
		{"opens what is gone", "device goes and comes back as another", "Open of a device that is gone"},
	} {
		t.Run(c.how+", "+c.name, func(t *testing.T) {
			k := carrierOf(sim.New(), usb.CableOptions{})
			failed, text := judge(c.name, k)
			require.False(t, failed, "a good carrier passes: %s", text)
			k = carrierOf(sim.New(), usb.CableOptions{})
			k.Host = &badHost{Host: k.Host, port: k.Port, w: k.World, how: c.how}
			failed, text = judge(c.name, k)
			assert.True(t, failed, "not found")
			assert.Contains(t, text, c.says)
		})
	}
}

func TestSkips(t *testing.T) {
	for needs, k := range map[string]Carrier{"halt": {NoHalt: true}, "unplug": {}} {
		assert.NotEmpty(t, testCase{needs: needs}.skip(k), needs)
		assert.Empty(t, testCase{}.skip(k))
	}
}
