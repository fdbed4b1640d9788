package usb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// journal collects the events of a world, a line each, without those of kinds.
func journal(w *sim.World, without ...string) *[]string {
	var lines []string
	w.Observe(func(e *sim.Event) {
		for _, k := range without {
			if e.Kind == k {
				return
			}
		}
		line := fmt.Sprintf("%v %s %s", e.At, e.Who, e.Kind)
		for _, f := range e.Fields {
			if f.Key != "urb" && f.Key != "bus" {
				line += " " + f.Key + "=" + f.Value()
			}
		}
		if len(e.Data) > 0 {
			line += fmt.Sprintf(" % x", e.Data)
		}
		lines = append(lines, line)
	})
	return &lines
}

func TestAttachRules(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		cable := usb.NewCable(w, usb.CableOptions{})
		assert.ErrorContains(t, cable.A().Attach(usb.NewGadget(w, "none", &usb.Descriptors{}, nil)), "have no configuration")
		g := usb.NewGadget(w, "g", plain(), nil)
		require.NoError(t, cable.A().Attach(g))
		assert.Equal(t, g, cable.A().Attached())
		assert.ErrorContains(t, cable.A().Attach(usb.NewGadget(w, "second", plain(), nil)), "detach it first")
		cable.A().Detach()
		cable.A().Detach()
		assert.Nil(t, cable.A().Attached())
		assert.Equal(t, "A", cable.A().Name())
		assert.Equal(t, "B", cable.B().Name())
	})
}

// A connection that does not last the debounce time was none.
func TestDebounce(t *testing.T) {
	w := sim.New()
	r := &recorder{}
	run(t, w, func() {
		cable := usb.NewCable(w, usb.CableOptions{})
		g := usb.NewGadget(w, "g", plain(), r)
		require.NoError(t, cable.B().Attach(g))
		w.Sleep(99 * time.Millisecond)
		cable.B().Detach()
		w.Sleep(time.Second)
		assert.Empty(t, r.log, "never reset, so never unplugged")
		attach(t, cable, g)
		cable.B().Detach()
		assert.Equal(t, []string{"reset", "reset", "unplugged"}, r.log)
	})
}

// The exchange of roles: the device of one end goes, that of the other comes.
func TestRoleReversal(t *testing.T) {
	w := sim.New()
	log := journal(w, "submit", "complete", "reset")
	run(t, w, func() {
		cable := usb.NewCable(w, instant(usb.CableOptions{A: "headunit", B: "phone"}))
		phone, headunit := usb.NewGadget(w, "phone", plain(), nil), usb.NewGadget(w, "headunit", plain(), nil)
		watchA, watchB := cable.A().Watch(), cable.B().Watch()
		cable.A().SetVBUS(true)
		conn := attach(t, cable, phone)
		e, ok := watchA.Next(w.Now())
		require.True(t, ok)
		assert.Equal(t, usb.Attached, e.Kind)

		w.Sleep(time.Second)
		cable.B().Detach()
		assert.Equal(t, usb.StateDetached, phone.State())
		e, ok = watchA.Next(w.Now())
		require.True(t, ok)
		assert.Equal(t, usb.Event{Kind: usb.Detached, Info: conn.Info()}, e)
		_, err := cable.A().Open(conn.Info().ID)
		assert.Equal(t, usb.Disconnected, err)

		w.Sleep(time.Second)
		require.NoError(t, cable.A().Attach(headunit))
		e, ok = watchB.Next(w.Now() + time.Second)
		require.True(t, ok)
		assert.Equal(t, usb.Attached, e.Kind)
		assert.Equal(t, usb.DeviceID(2), e.Info.ID)
		assert.True(t, cable.B().VBUS(), "the head unit still supplies")
		c, err := cable.B().Open(e.Info.ID)
		require.NoError(t, err)
		require.NoError(t, c.SetConfiguration(1))
		assert.Equal(t, uint8(1), headunit.Configuration())
	})
	assert.Equal(t, []string{
		"0s headunit vbus on=1",
		"0s phone attach speed=high",
		"0s headunit enumerated dev=1 speed=high vendor=4617 product=1",
		"1s phone detach speed=high",
		"2s headunit attach speed=high",
		"2s phone enumerated dev=1 speed=high vendor=4617 product=1",
	}, *log)
}

// Who attaches a device while he is host ends the connection that he is host
// of; nothing is connected while both ends are devices.
func TestTwoDevices(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		cable := usb.NewCable(w, instant(usb.CableOptions{}))
		one, two := usb.NewGadget(w, "one", plain(), nil), usb.NewGadget(w, "two", plain(), nil)
		conn := attach(t, cable, one)
		require.NoError(t, cable.A().Attach(two))
		assert.Equal(t, usb.StateDetached, one.State())
		assert.Equal(t, usb.Disconnected, conn.SetConfiguration(1))
		_, ok := usb.WaitDevice(cable.B(), w.Now()+time.Minute)
		assert.False(t, ok)
		cable.B().Detach()
		_, ok = usb.WaitDevice(cable.B(), w.Now()+time.Minute)
		assert.True(t, ok)
	})
}

func TestPlugAndUnplug(t *testing.T) {
	w := sim.New()
	log := journal(w, "submit", "complete", "reset")
	run(t, w, func() {
		cable := usb.NewCable(w, instant(usb.CableOptions{A: "host", B: "device", Unplugged: true}))
		watch := cable.A().Watch()
		g := usb.NewGadget(w, "g", plain(), nil)
		require.NoError(t, cable.B().Attach(g))
		_, ok := watch.Next(w.Now() + time.Minute)
		assert.False(t, ok, "not plugged in")
		for range 2 {
			cable.Plug()
			cable.Plug()
			assert.True(t, cable.Plugged())
			e, ok := watch.Next(w.Now() + time.Second)
			assert.True(t, ok)
			assert.Equal(t, usb.Attached, e.Kind)
			assert.Equal(t, usb.StateAddress, g.State())
			cable.Unplug()
			cable.Unplug()
			assert.Equal(t, usb.StateDetached, g.State())
			e, ok = watch.Next(w.Now())
			assert.True(t, ok)
			assert.Equal(t, usb.Detached, e.Kind)
		}
	})
	assert.Equal(t, []string{
		"1m0s cable plug reason=", "1m0s device attach speed=high", "1m0s host enumerated dev=1 speed=high vendor=4617 product=1",
		"1m0s cable unplug reason=unplugged", "1m0s device detach speed=high",
		"1m0s cable plug reason=", "1m0s device attach speed=high", "1m0s host enumerated dev=2 speed=high vendor=4617 product=1",
		"1m0s cable unplug reason=unplugged", "1m0s device detach speed=high",
	}, *log)
}

func TestVBUS(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		cable := usb.NewCable(w, usb.CableOptions{})
		var heard []bool
		inCall := true
		cable.B().OnVBUS(func(on bool) {
			assert.False(t, inCall, "never from inside a call")
			heard = append(heard, on)
		})
		settle := func(fn func()) {
			inCall = true
			fn()
			inCall = false
			w.Sleep(1)
		}
		settle(func() { cable.A().SetVBUS(true) })
		settle(func() { cable.A().SetVBUS(true) })
		assert.True(t, cable.B().VBUS())
		assert.False(t, cable.A().VBUS())
		settle(cable.Unplug)
		assert.False(t, cable.B().VBUS())
		settle(func() { cable.A().SetVBUS(false) })
		settle(cable.Plug)
		settle(func() { cable.A().SetVBUS(true) })
		settle(func() { cable.A().SetVBUS(false); cable.A().SetVBUS(true) })
		assert.Equal(t, []bool{true, false, true, false, true}, heard)
	})
}

func TestWatchers(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		cable := usb.NewCable(w, instant(usb.CableOptions{}))
		early := cable.A().Watch()
		attach(t, cable, usb.NewGadget(w, "g", plain(), nil))
		late := cable.A().Watch()
		cable.B().Detach()
		none := cable.A().Watch()
		for _, x := range []usb.Watcher{early, late} {
			e, ok := x.Next(w.Now())
			assert.True(t, ok)
			assert.Equal(t, usb.Attached, e.Kind)
			e, ok = x.Next(w.Now())
			assert.True(t, ok)
			assert.Equal(t, usb.Detached, e.Kind)
		}
		_, ok := none.Next(w.Now() + time.Second)
		assert.False(t, ok)
		w.After(time.Second, none.Close)
		_, ok = none.Next(sim.Never)
		assert.False(t, ok, "closed")
		none.Close()
		attach(t, cable, usb.NewGadget(w, "g", plain(), nil))
		_, ok = none.Next(w.Now() + time.Second)
		assert.False(t, ok)
	})
}
