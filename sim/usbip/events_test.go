package usbip_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
	"github.com/plugfest/plugfest/sim/usbip"
)

// visit is what a host does in the tests of events.
func visit(t *testing.T, w *sim.World, g *usb.Gadget, conn usb.Conn) {
	require.NoError(t, conn.SetConfiguration(1))
	require.NoError(t, conn.ClaimInterface(0))
	require.NoError(t, conn.ClaimInterface(1))
	require.NoError(t, conn.SetInterface(1, 1))
	_, err := usb.Control(w, conn, usb.Setup{RequestType: usb.TypeVendor, Request: 1, Index: 5}, []byte("vendor"), patience)
	require.Equal(t, usb.Stall, err)
	w.Go("device", func() {
		buf := make([]byte, 512)
		n, _ := g.Endpoint(2).ReadTransfer(buf)
		g.Endpoint(0x81).Write(buf[:n])
	})
	require.NoError(t, usb.Do(w, conn, &usb.Transfer{Endpoint: 2, Data: []byte("there and back")}, patience))
	require.NoError(t, usb.Do(w, conn, &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 512)}, patience))
	require.Equal(t, usb.TimedOut, usb.Do(w, conn, &usb.Transfer{Endpoint: 0x83, Data: make([]byte, 64)}, 1e6))
}

// The server tells of its host what a cable tells of its own: the client here has
// a cable, and both are heard.
func TestEventsAreThoseOfACable(t *testing.T) {
	k := link(t, byTCP(t), usbip.PortOptions{})
	var cable, server []string
	urbs := map[string]string{}
	k.World.Observe(func(e *sim.Event) {
		if e.Layer != "usb" {
			return
		}
		var b strings.Builder
		fmt.Fprint(&b, e.Who, " ", e.Kind)
		for _, f := range e.Fields {
			switch f.Key {
			case "bus", "dev": // each has its own
			case "urb":
				if e.Kind == "submit" {
					require.Empty(t, urbs[f.Value()], "the number of a transfer is used twice")
					urbs[f.Value()] = "pending"
				} else {
					require.Equal(t, "pending", urbs[f.Value()], "completed before or without its submission")
					urbs[f.Value()] = "complete"
				}
			default:
				fmt.Fprint(&b, " ", f.Key, "=", f.Value())
			}
		}
		fmt.Fprintf(&b, " %x", e.Data)
		switch e.Get("bus") {
		case "1":
			server = append(server, b.String())
		case "2":
			cable = append(cable, b.String())
		}
	})
	require.NoError(t, k.World.Run(func() {
		g := usb.NewGadget(k.World, "gadget", usbtest.Descriptors(), nil)
		require.NoError(t, k.Port.Attach(g))
		info, ok := usb.WaitDevice(k.Host, k.World.Now()+patience)
		require.True(t, ok)
		conn, err := k.Host.Open(info.ID)
		require.NoError(t, err)
		visit(t, k.World, g, conn)
		k.Port.Detach()
		for k.Host.(*usbip.Client).Imported() {
			k.World.Sleep(1e6)
		}
	}))
	// What passes on the cable alone: resets, and the address. And a cable's
	// host knows the device before it configures it.
	local := func(s string) bool {
		return strings.Contains(s, " reset") || strings.Contains(s, "setup=0005") || strings.Contains(s, " enumerated")
	}
	require.Equal(t, slices.DeleteFunc(slices.Clone(cable), local), slices.DeleteFunc(slices.Clone(server), local))
	require.Equal(t, []string{"host reset ", "host enumerated speed=high vendor=4617 product=1 "},
		slices.DeleteFunc(slices.Clone(server), func(s string) bool { return !local(s) }))
	first := func(kind string) int {
		return slices.IndexFunc(server, func(s string) bool { return strings.Contains(s, kind) })
	}
	require.Less(t, first("setup=8006000100001200"), first(" enumerated"))
	require.Equal(t, first("setup=0009010000000000")-1, first(" enumerated"), "who configures a device knows it")
	for urb, state := range urbs {
		require.Equal(t, "complete", state, urb)
	}
}

// The dissector needs no more than these events to follow a device.
func TestDissectorFollows(t *testing.T) {
	k := link(t, byTCP(t), usbip.PortOptions{Host: "computer", Device: "gadget"})
	var lines []string
	d := dissect.New(func(e *sim.Event) { lines = append(lines, trace.Describe(e)) })
	k.World.Observe(func(e *sim.Event) {
		if e.Layer == "usb" && e.Get("bus") == "1" {
			d.Observe(e)
		}
	})
	require.NoError(t, k.World.Run(func() {
		conn, g := configured(t, k)
		visit(t, k.World, g, conn)
		k.Port.Detach()
	}))
	text := strings.Join(lines, "\n")
	for _, want := range []string{"SET_CONFIGURATION value=1 result=ok", "SET_INTERFACE interface=1 alternate=1 result=ok",
		"GET_DESCRIPTOR type=string index=2", `text="Carrier test"`} {
		require.Contains(t, text, want)
	}
}
