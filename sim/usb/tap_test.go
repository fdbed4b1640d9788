package usb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// A carrier elsewhere tells of its transfers in the same words as a cable.
func TestTap(t *testing.T) {
	w := sim.New()
	var got []string
	w.Observe(func(e *sim.Event) { got = append(got, line(e)) })
	tap := usb.Tap{World: w, Host: "headunit", Device: "phone", Bus: 3, Last: 6}
	require.NoError(t, w.Run(func() {
		tap.Attach(usb.High)
		tap.Reset(0)
		tap.Enumerated(5, usb.High, &usb.DeviceDescriptor{VendorID: 1, ProductID: 2})
		tap.Failed(5, "no answer")
		x := &usb.Transfer{Setup: usb.Setup{RequestType: usb.DirIn, Request: 6, Length: 4}, Data: make([]byte, 8)}
		tap.Submit(5, usb.TypeControl, x)
		x.Data[0], x.Actual = 0xAB, 1
		tap.Complete(5, usb.TypeControl, x)
		y := &usb.Transfer{Endpoint: 2, Data: []byte{1, 2}}
		tap.Submit(5, usb.TypeBulk, y)
		y.Status = usb.Stall
		tap.Complete(5, usb.TypeBulk, y)
		tap.Detach(usb.High)
	}))
	require.Equal(t, []string{
		"phone > usb attach bus=3 speed=high",
		"headunit > usb reset bus=3 dev=0",
		"headunit > usb enumerated bus=3 dev=5 speed=high vendor=1 product=2",
		"headunit > usb enumeration failed bus=3 dev=5 reason=no answer",
		"headunit > usb submit urb=7 bus=3 dev=5 ep=128 type=control len=4 peer=phone setup=8006000000000400",
		"phone > usb complete urb=7 bus=3 dev=5 ep=128 type=control len=1 peer=headunit setup=8006000000000400 errno=0 result=ok data=ab",
		"headunit > usb submit urb=8 bus=3 dev=5 ep=2 type=bulk len=2 peer=phone data=0102",
		"phone > usb complete urb=8 bus=3 dev=5 ep=2 type=bulk len=0 peer=headunit errno=-32 result=stall",
		"phone > usb detach bus=3 speed=high",
	}, got)
}

func TestSilentTap(t *testing.T) {
	w := sim.New()
	w.Observe(func(e *sim.Event) { t.Errorf("told: %s", line(e)) })
	tap := usb.Tap{World: w, Host: "headunit", Device: "phone", Silent: true}
	require.NoError(t, w.Run(func() {
		x := &usb.Transfer{Endpoint: 2, Data: []byte{1, 2}}
		tap.Attach(usb.High)
		tap.Submit(5, usb.TypeBulk, x)
		tap.Complete(5, usb.TypeBulk, x)
		tap.Detach(usb.High)
	}))
}

// line is an event in one line.
func line(e *sim.Event) string {
	s := e.Who + " > " + e.Layer + " " + e.Kind
	for _, f := range e.Fields {
		s += " " + f.Key + "=" + f.Value()
	}
	if len(e.Data) > 0 {
		s += fmt.Sprintf(" data=%x", e.Data)
	}
	return s
}

// Watchers see what is there when they begin, and then every change.
func TestAnnouncer(t *testing.T) {
	w := sim.New()
	var a usb.Announcer
	a.Init(w, "device")
	tell := func(k usb.EventKind, id usb.DeviceID) { a.Announce(usb.Event{Kind: k, Info: usb.DeviceInfo{ID: id}}) }
	require.NoError(t, w.Run(func() {
		tell(usb.Attached, 1)
		tell(usb.Attached, 2)
		tell(usb.Detached, 1)
		x := a.Watch()
		w.After(time.Second, func() { tell(usb.Attached, 3) })
		w.After(2*time.Second, func() { tell(usb.Detached, 2) })
		for _, want := range []usb.Event{
			{Kind: usb.Attached, Info: usb.DeviceInfo{ID: 2}}, {Kind: usb.Attached, Info: usb.DeviceInfo{ID: 3}}, {Kind: usb.Detached, Info: usb.DeviceInfo{ID: 2}},
		} {
			e, ok := x.Next(sim.Never)
			require.True(t, ok)
			require.Equal(t, want, e)
		}
		_, ok := x.Next(w.Now() + time.Second)
		require.False(t, ok)
		x.Close()
		tell(usb.Attached, 4)
		_, ok = x.Next(sim.Never)
		require.False(t, ok, "closed")
	}))
}
