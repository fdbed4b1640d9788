package phone

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// bench is a phone on a cable whose other end the test plays: a USB host, and a
// gadget after the role switch.
type bench struct {
	t     testing.TB
	w     *sim.World
	cable *usb.Cable
	p     *Phone
	log   []string // what happened on the bus and in the phone, with its time
}

// onCable runs main with a phone that has what the YAML says, plugged in.
func onCable(t testing.TB, yaml string, main func(*bench)) {
	t.Helper()
	onSlowCable(t, yaml, 0, main)
}

// onSlowCable is onCable with a latency in each direction.
func onSlowCable(t testing.TB, yaml string, latency time.Duration, main func(*bench)) {
	t.Helper()
	p := overlaid(t, yaml)
	w := sim.New(sim.TimeLimit(24*time.Hour), sim.StepLimit(1<<30))
	slow := sim.Impairments{Latency: latency}
	b := &bench{t: t, w: w, cable: usb.NewCable(w, usb.CableOptions{A: "car", B: "phone", AB: slow, BA: slow, HostB: p.Enumeration()})}
	b.p = New(w, "phone", p)
	w.Observe(func(e *sim.Event) {
		switch {
		case e.Layer == "state", e.Layer == "usb" && slices.Contains([]string{"attach", "detach", "enumerated", "vbus"}, e.Kind):
			b.log = append(b.log, fmt.Sprintf("%v %s %s", e.At, e.Who, e.Kind))
		}
	})
	require.NoError(t, w.Run(func() {
		b.cable.A().SetVBUS(true)
		b.p.Start(b.cable.B(), b.cable.B())
		main(b)
	}))
}

// phone opens the phone as a host does, once it is there.
func (b *bench) phone() usb.Conn {
	b.t.Helper()
	info, ok := usb.WaitDevice(b.cable.A(), b.w.Now()+time.Minute)
	require.True(b.t, ok, "no phone")
	conn, err := b.cable.A().Open(info.ID)
	require.NoError(b.t, err)
	return conn
}

// control makes a vendor request with an answer of n bytes.
func (b *bench) control(c usb.Conn, in bool, request uint8, value, index uint16, n int) ([]byte, error) {
	s := usb.Setup{RequestType: usb.TypeVendor | usb.ToDevice, Request: request, Value: value, Index: index}
	if in {
		s.RequestType |= usb.DirIn
	}
	data := make([]byte, n)
	got, err := usb.Control(b.w, c, s, data, time.Second)
	return data[:got], err
}

// switchRole asks for the role switch and waits until the phone has left.
func (b *bench) switchRole(value uint16) {
	b.t.Helper()
	conn := b.phone()
	_, err := b.control(conn, false, reqRoleSwitch, value, 0, 0)
	require.NoError(b.t, err)
	x := b.cable.A().Watch()
	for {
		ev, ok := x.Next(b.w.Now() + time.Second)
		require.True(b.t, ok, "the phone stays")
		if ev.Kind == usb.Detached {
			break
		}
	}
	x.Close()
	conn.Close()
}

// car is a gadget with an iAP2 interface and native transports.
type car struct {
	*usb.Gadget
	alts []string // settings that were selected: "interface:setting"
}

// settings notes the alternate settings.
type settings struct {
	usb.BaseFunction
	c *car
}

func (s settings) AlternateSet(i, setting uint8) {
	s.c.alts = append(s.c.alts, fmt.Sprintf("%d:%d", i, setting))
}

// attach comes back as a gadget with a native transport interface for each
// name.
func (b *bench) attach(natives ...string) *car {
	b.t.Helper()
	c := &car{}
	text := []string{"Plugfest", "Car", "1", "MFI", "iAP Interface"}
	interfaces := []usb.Interface{{Alternates: []usb.Alternate{{Class: 0xFF, SubClass: 0xF0, String: 5,
		Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x81), usb.Bulk(0x01)}}}}}
	for i, name := range natives {
		text = append(text, name)
		off := usb.Alternate{Class: 0xFF, SubClass: 0xF0, Protocol: 1, String: uint8(len(text))}
		on := off
		n := uint8(2 + i)
		on.Setting, on.Endpoints = 1, []usb.EndpointDescriptor{usb.Bulk(0x80 | n), usb.Bulk(n)}
		interfaces = append(interfaces, usb.Interface{Number: uint8(1 + i), Alternates: []usb.Alternate{off, on}})
	}
	d := &usb.Descriptors{Speed: usb.High,
		Device:  usb.DeviceDescriptor{USB: 0x0200, MaxPacketSize0: 64, VendorID: 0x1D6B, ProductID: 0x0104, Manufacturer: 1, Product: 2, SerialNumber: 3},
		Configs: []usb.ConfigDescriptor{{Value: 1, String: 4, Attributes: usb.AttrReserved, MaxPower: 1, Interfaces: interfaces}},
		Strings: usb.English(text...)}
	c.Gadget = usb.NewGadget(b.w, "car", d, settings{c: c})
	require.NoError(b.t, b.cable.A().Attach(c.Gadget))
	return c
}

// pair is two endpoints of the car as a stream.
type pair struct{ in, out *usb.Endpoint }

func (c *car) pair(n uint8) pair { return pair{c.Endpoint(0x80 | n), c.Endpoint(n)} }

func (p pair) Read(b []byte) (int, error)  { return p.out.Read(b) }
func (p pair) Write(b []byte) (int, error) { return p.in.Write(b) }
func (p pair) Close() error                { return nil }

// accessory plays the accessory of a configured car.
func (b *bench) accessory(c *car) *script {
	b.t.Helper()
	require.True(b.t, c.WaitConfigured(b.w.Now()+5*time.Second), "not configured")
	x := &script{t: b.t, w: b.w, p: b.p, chip: chip30}
	x.s = session.NewIAP2(b.w, "accessory", c.pair(1), link.New(link.Accessory, link.DefaultAccessory()))
	x.s.Start()
	require.NoError(b.t, x.s.WaitUp(b.w.Now()+5*time.Second))
	return x
}

// has requires that the log has these lines, in this order, and returns the
// time of the last.
func (b *bench) has(lines ...string) {
	b.t.Helper()
	rest := b.log
	for _, line := range lines {
		i := slices.Index(rest, line)
		require.GreaterOrEqual(b.t, i, 0, "%q is not in\n%s", line, strings.Join(b.log, "\n"))
		rest = rest[i+1:]
	}
}
