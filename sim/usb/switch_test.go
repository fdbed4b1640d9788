package usb_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// slowPort is a port whose calls take a while, and one call at a time.
type slowPort struct {
	w    *sim.World
	t    *testing.T
	at   usb.Device
	busy bool
	log  []string
	err  error
}

func (p *slowPort) call(what string, fn func()) {
	require.False(p.t, p.busy, "%s in the middle of another call", what)
	p.busy = true
	p.w.Sleep(10 * time.Millisecond)
	p.busy = false
	p.log = append(p.log, what)
	fn()
}

func (p *slowPort) Attach(d usb.Device) error {
	if p.err != nil {
		return p.err
	}
	p.call("attach", func() { p.at = d })
	return nil
}

func (p *slowPort) Detach() { p.call("detach", func() { p.at = nil }) }

func TestSwitch(t *testing.T) {
	w := sim.New()
	p := &slowPort{w: w, t: t}
	d := usb.NewGadget(w, "phone", plain(), usb.BaseFunction{})
	require.NoError(t, w.Run(func() {
		s := usb.NewSwitch(w, p, false)
		require.NoError(t, s.Attach(d))
		require.Error(t, s.Attach(d), "one device at a time")
		require.Nil(t, p.at, "the cable is out")
		s.Plug()
		require.True(t, s.Plugged())
		require.Nil(t, p.at, "Plug does not wait")
		w.Sleep(time.Second)
		require.Equal(t, usb.Device(d), p.at)

		s.Unplug()
		s.Plug() // before anything was done
		w.Sleep(time.Second)
		require.Equal(t, usb.Device(d), p.at)
		require.Equal(t, []string{"attach"}, p.log, "nothing to do")

		s.Unplug()
		w.Sleep(15 * time.Millisecond)
		s.Plug()
		s.Detach()
		require.Nil(t, p.at, "Detach waits")
		s.Unplug()
		require.NoError(t, s.Attach(d))
		require.Nil(t, p.at)
	}))
}

func TestSwitchTellsWhyAPortRefuses(t *testing.T) {
	w := sim.New()
	p := &slowPort{w: w, t: t, err: errors.New("no such controller")}
	d := usb.NewGadget(w, "phone", plain(), usb.BaseFunction{})
	require.NoError(t, w.Run(func() {
		s := usb.NewSwitch(w, p, true)
		require.ErrorIs(t, s.Attach(d), p.err)
		s.Unplug()
		require.NoError(t, s.Attach(d), "it is free, and off")
		s.Plug()
		w.Sleep(time.Second)
		require.ErrorIs(t, s.Err(), p.err)
		p.err = nil
		s.Unplug()
		s.Plug()
		w.Sleep(time.Second)
		require.NoError(t, s.Err())
		require.Equal(t, usb.Device(d), p.at)
	}))
}

func TestNoHost(t *testing.T) {
	w := sim.New()
	require.NoError(t, w.Run(func() {
		h := usb.NoHost(w)
		_, err := h.Open(1)
		require.ErrorIs(t, err, usb.Disconnected)
		watch := h.Watch()
		_, ok := watch.Next(w.Now() + time.Second)
		require.False(t, ok)
		require.Equal(t, time.Second, w.Now())
		w.After(time.Second, watch.Close)
		_, ok = watch.Next(sim.Never)
		require.False(t, ok)
		require.Equal(t, 2*time.Second, w.Now())
	}))
}
