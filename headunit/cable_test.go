package headunit

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// bench is a head unit on a cable whose other end the test plays: a gadget that
// passes for a phone, and a USB host after the role switch.
type bench struct {
	script
	cable  *usb.Cable
	asked  []string    // vendor requests to the gadget: "40 51 value index"
	setups []usb.Setup // the same, whole
	log    []string    // what happened on the bus and in the head unit, with its time
}

func onCable(t testing.TB, yaml string, main func(*bench)) {
	t.Helper()
	onCableWith(t, model(t, yaml), main)
}

func onCableWith(t testing.TB, m Model, main func(*bench)) {
	t.Helper()
	w := sim.New(sim.TimeLimit(24*time.Hour), sim.StepLimit(1<<30))
	b := &bench{script: script{t: t, w: w}, cable: usb.NewCable(w, usb.CableOptions{A: "car", B: "phone"})}
	b.h = New(w, "car", m)
	w.Observe(func(e *sim.Event) {
		b.note(e)
		switch {
		case e.Layer == "state", e.Layer == "usb" && slices.Contains([]string{"attach", "detach", "enumerated"}, e.Kind):
			b.log = append(b.log, fmt.Sprintf("%v %s %s", e.At, e.Who, e.Kind))
		case e.Layer == "usb" && e.Kind == "vbus":
			b.log = append(b.log, fmt.Sprintf("%v %s vbus %s", e.At, e.Who, e.Get("on")))
		}
	})
	require.NoError(t, w.Run(func() {
		b.h.Start(b.cable.A(), b.cable.A(), newChip(t, w, mfi.Gen30, chip.Faults{}))
		main(b)
	}))
}

// device is what is plugged into the car: its ids, and how it answers vendor
// requests.
type device struct {
	usb.BaseFunction
	b               *bench
	vendor, product uint16
	capability      []byte // nil: stalls C0 53
	switches        bool   // accepts 40 51
	leaves          bool   // and leaves the bus then
}

// Control notes each vendor request and answers it.
func (d *device) Control(c *usb.ControlRequest) {
	s := c.Setup
	if s.RequestType&usb.TypeMask != usb.TypeVendor {
		c.Stall()
		return
	}
	d.b.setups = append(d.b.setups, s)
	d.b.asked = append(d.b.asked, fmt.Sprintf("%02X %02X %d %d", s.RequestType, s.Request, s.Value, s.Index))
	switch {
	case s.Request == reqRoleCapability && d.capability != nil:
		c.Reply(d.capability)
	case s.Request == reqRoleSwitch && d.switches:
		c.Accept()
		if d.leaves {
			d.b.w.After(75*ms, d.b.cable.B().Detach)
		}
	default:
		c.Stall()
	}
}

// iPhone is a device that does everything right.
func (b *bench) iPhone() *device {
	return &device{b: b, vendor: 0x05AC, product: 0x12A8, capability: []byte{1, 0, 0, 0}, switches: true, leaves: true}
}

// plug attaches a device at the phone's end.
func (b *bench) plug(d *device) {
	b.t.Helper()
	require.NoError(b.t, b.cable.B().Attach(usb.NewGadget(b.w, "device", &usb.Descriptors{Speed: usb.High,
		Device:  usb.DeviceDescriptor{USB: 0x0200, MaxPacketSize0: 64, VendorID: d.vendor, ProductID: d.product},
		Configs: []usb.ConfigDescriptor{{Value: 1, Interfaces: []usb.Interface{{Alternates: []usb.Alternate{{Class: 6}}}}}},
	}, d)))
}

// gadget waits for the head unit's gadget and opens it.
func (b *bench) gadget() usb.Conn {
	b.t.Helper()
	info, ok := usb.WaitDevice(b.cable.B(), b.w.Now()+5*time.Second)
	require.True(b.t, ok, "no gadget")
	conn, err := b.cable.B().Open(info.ID)
	require.NoError(b.t, err)
	return conn
}

// iap configures the gadget and plays the phone on its iAP2 interface.
func (b *bench) iap(conn usb.Conn) {
	b.t.Helper()
	require.NoError(b.t, conn.SetConfiguration(1))
	b.talk(conn)
}

// talk plays the phone on a gadget that is configured.
func (b *bench) talk(conn usb.Conn) {
	b.t.Helper()
	require.NoError(b.t, conn.ClaimInterface(0))
	b.s = session.NewIAP2(b.w, "phone", usb.NewStream(b.w, conn, 0x81, 0x01, usb.StreamOptions{}), link.New(link.Device, link.Config{}))
	b.s.Start()
	require.NoError(b.t, b.s.WaitUp(b.w.Now()+5*time.Second))
}

// at returns when something happened last.
func (b *bench) at(what string) time.Duration {
	b.t.Helper()
	for _, line := range slices.Backward(b.log) {
		if n := len(line) - len(what); n > 0 && line[n:] == what {
			d, err := time.ParseDuration(line[:n-1])
			require.NoError(b.t, err)
			return d
		}
	}
	b.t.Fatalf("never: %s", what)
	return 0
}
