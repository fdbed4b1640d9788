package libusb

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
)

// line is an event in one line, without the numbers that carriers choose.
func line(e *sim.Event) string {
	s := e.Who + " " + e.Kind
	for _, f := range e.Fields {
		if f.Key != "urb" && f.Key != "bus" {
			s += " " + f.Key + "=" + f.Value()
		}
	}
	if n := len(e.Data); n > 0 {
		s += fmt.Sprintf(" data=%x", e.Data[:min(n, 8)])
	}
	return s
}

// What passes is told in the words of a cable, and what the kernel did before is
// told too.
func TestEvents(t *testing.T) {
	k, h := newFake(t, Options{Name: "headunit", Peer: "phone"})
	g := usb.NewGadget(k.w, "device", usbtest.Descriptors(), usb.BaseFunction{})
	var got, named []string
	d := dissect.New(func(e *sim.Event) {
		if e.Who == "headunit" && e.Layer == "usb.request" && e.Kind != "GET_DESCRIPTOR" {
			named = append(named, e.Kind+" "+e.Get("value")+e.Get("interface")+" "+e.Get("result"))
		}
	})
	k.w.Observe(d.Observe)
	urbs := map[int64]string{}
	k.w.Observe(func(e *sim.Event) {
		if e.Who != "headunit" && e.Who != "phone" {
			return // the fake kernel's own cable
		}
		got = append(got, line(e))
		if urb, ok := e.Num("urb"); ok {
			require.Equal(t, e.Kind == "complete", urbs[urb] == "submit", "urb %x: %s after %q", urb, e.Kind, urbs[urb])
			urbs[urb] = e.Kind
		}
	})
	require.NoError(t, k.w.Run(func() {
		require.NoError(t, k.cable.B().Attach(g))
		info, ok := usb.WaitDevice(h, k.w.Now()+patience)
		require.True(t, ok)
		conn, err := h.Open(info.ID)
		require.NoError(t, err)
		require.NoError(t, conn.SetConfiguration(1))
		require.NoError(t, conn.ClaimInterface(1))
		require.NoError(t, conn.SetInterface(1, 1))
		k.w.Go("device", func() {
			buf := make([]byte, 8)
			n, _ := g.Endpoint(0x05).ReadTransfer(buf)
			g.Endpoint(0x84).Write(buf[:n])
		})
		require.NoError(t, usb.Do(k.w, conn, &usb.Transfer{Endpoint: 0x05, Data: []byte("ping")}, patience))
		require.NoError(t, usb.Do(k.w, conn, &usb.Transfer{Endpoint: 0x84, Data: make([]byte, 64)}, patience))
		g.Endpoint(0x84).SetHalt(true)
		require.Equal(t, usb.Stall, usb.Do(k.w, conn, &usb.Transfer{Endpoint: 0x84, Data: make([]byte, 64)}, patience))
		require.NoError(t, conn.ClearHalt(0x84))
		require.NoError(t, conn.Reset())
		watch := h.Watch()
		k.cable.Unplug()
		watch.Next(k.w.Now())
		_, ok = watch.Next(k.w.Now() + patience)
		require.True(t, ok)
	}))
	require.Equal(t, []string{
		"SET_CONFIGURATION 1 ok", "SET_CONFIGURATION 1 ok", "SET_INTERFACE 1 ok", "CLEAR_FEATURE  ok", "SET_CONFIGURATION 1 ok", "SET_INTERFACE 1 ok",
	}, named, "what a dissector makes of it")
	for urb, kind := range urbs {
		require.Equal(t, "complete", kind, "urb %x", urb)
	}

	var control []string // the setup of each request that the host made
	plain := slices.DeleteFunc(slices.Clone(got), func(s string) bool {
		if !strings.Contains(s, "type=control") {
			return false
		}
		if _, setup, ok := strings.Cut(s, "setup="); ok && strings.Contains(s, " submit ") {
			control = append(control, setup[:16])
		}
		return true
	})
	require.Equal(t, []string{
		"phone attach speed=high",
		"headunit enumerated dev=1 speed=high vendor=4617 product=1",
		"headunit submit dev=1 ep=5 type=bulk len=4 peer=phone data=70696e67",
		"phone complete dev=1 ep=5 type=bulk len=4 peer=headunit errno=0 result=ok",
		"headunit submit dev=1 ep=132 type=bulk len=64 peer=phone",
		"phone complete dev=1 ep=132 type=bulk len=4 peer=headunit errno=0 result=ok data=70696e67",
		"headunit submit dev=1 ep=132 type=bulk len=64 peer=phone",
		"phone complete dev=1 ep=132 type=bulk len=0 peer=headunit errno=-32 result=stall",
		"headunit reset dev=1",
		"phone detach speed=high",
	}, plain)
	const device, config, set1 = "8006000100001200", "8006000200004700", "0009010000000000"
	require.Equal(t, []string{
		device, config, set1, // the kernel, before
		"800600030000ff00", "800602030904ff00", "800601030904ff00", "800603030904ff00", "800604030904ff00", // texts
		set1, "010b010001000000", "0201000084000000",
		device, config, set1, "010b010001000000", // the kernel, after the reset
	}, control)
	require.Contains(t, got, "phone complete dev=1 ep=128 type=control len=18 peer=headunit setup="+device+" errno=0 result=ok data=1201000200000040")
}

// A host can keep what it sees to itself.
func TestSilent(t *testing.T) {
	k, h := newFake(t, Options{Name: "headunit", Peer: "phone", Silent: true})
	k.w.Observe(func(e *sim.Event) {
		require.NotContains(t, []string{"headunit", "phone"}, e.Who)
	})
	g := usb.NewGadget(k.w, "device", usbtest.Descriptors(), usb.BaseFunction{})
	require.NoError(t, k.w.Run(func() {
		require.NoError(t, k.cable.B().Attach(g))
		info, ok := usb.WaitDevice(h, k.w.Now()+patience)
		require.True(t, ok)
		conn, err := h.Open(info.ID)
		require.NoError(t, err)
		require.NoError(t, conn.SetConfiguration(1))
	}))
}

// A transfer costs no allocation in steady state.
func TestNoAllocations(t *testing.T) {
	w := sim.New(sim.RealTime())
	dir := &changing{fs: sysfsEntry("3-1", 5, raw(), 1)}
	h, err := newHost(w, Options{Poll: true}, instant{}, dir, nil)
	require.NoError(t, err)
	require.NoError(t, w.Run(func() {
		info, ok := usb.WaitDevice(h, w.Now())
		require.True(t, ok)
		conn, err := h.Open(info.ID)
		require.NoError(t, err)
		require.NoError(t, conn.ClaimInterface(0))
		x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 512)}
		round := func() { usb.Do(w, conn, x, 0) }
		for range 100 {
			round()
		}
		require.Less(t, testing.AllocsPerRun(1000, round), 1.0)
		require.Equal(t, usb.OK, x.Status)
	}))
}

// instant is a kernel that is done with everything at once.
type instant struct{}

func (instant) open(_ *Device, done func(*urb)) (handle, code) {
	return &instantHandle{done: done}, success
}

type instantHandle struct {
	fakeHandle // for the calls that nobody makes
	done       func(*urb)
}

func (h *instantHandle) submit(u *urb) code {
	u.result, u.actual = transferCompleted, len(u.t.Data)
	h.done(u)
	return success
}
func (h *instantHandle) claim(uint8) code        { return success }
func (h *instantHandle) release(uint8) code      { return success }
func (h *instantHandle) detachDriver(uint8) code { return errNotFound }
func (h *instantHandle) attachDriver(uint8) code { return errNotFound }
func (h *instantHandle) close()                  {}
