package usbtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// A Carrier is the two ends of what is under test.
type Carrier struct {
	World *sim.World // that both ends belong to, not running yet
	Port  usb.Port   // where the suite attaches its device
	Host  usb.Host   // that is to see it

	// Unplug pulls the cable, where the carrier has one to pull.
	Unplug func()
	// NoReset is for a carrier that does not tell the device of a reset.
	NoReset bool
	// NoHalt is for a carrier that cannot show a stall of a bulk endpoint.
	NoHalt bool
}

// patience is how long the suite waits for what has to come, and pause for what
// must not, by the world's clock.
const (
	patience = 20 * time.Second
	pause    = 50 * time.Millisecond
)

// TestCarrier runs the whole suite. newCarrier is called for each case.
func TestCarrier(t *testing.T, newCarrier func(t *testing.T) Carrier) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k := newCarrier(t)
			if why := c.skip(k); why != "" {
				t.Skip(why)
			}
			c.run(t, k)
		})
	}
}

// testCase is one requirement.
type testCase struct {
	name  string
	needs string // what a carrier may lack: "halt", "unplug"
	test  func(*bench)
}

func (c testCase) skip(k Carrier) string {
	switch {
	case c.needs == "halt" && k.NoHalt:
		return "the carrier cannot show a stall"
	case c.needs == "unplug" && k.Unplug == nil:
		return "the carrier has no cable to pull"
	}
	return ""
}

func (c testCase) run(t testing.TB, k Carrier) {
	err := k.World.Run(func() {
		b := &bench{TB: t, Carrier: k, w: k.World}
		b.dev = newDevice(k.World)
		c.test(b)
		k.Port.Detach()
	})
	require.NoError(t, err)
}

// bench is what a case works with.
type bench struct {
	testing.TB
	Carrier
	w    *sim.World
	dev  *device
	conn usb.Conn
}

// attach attaches the device and opens it.
func (b *bench) attach() {
	b.Helper()
	require.NoError(b, b.Port.Attach(b.dev.g))
	info, ok := usb.WaitDevice(b.Host, b.w.Now()+patience)
	require.True(b, ok, "the device is not announced")
	conn, err := b.Host.Open(info.ID)
	require.NoError(b, err, "Open of the device announced")
	b.conn = conn
}

// configure attaches, configures, and claims both interfaces.
func (b *bench) configure() {
	b.Helper()
	b.attach()
	require.NoError(b, b.conn.SetConfiguration(1))
	require.NoError(b, b.conn.ClaimInterface(0))
	require.NoError(b, b.conn.ClaimInterface(1))
	require.True(b, b.dev.g.WaitConfigured(b.w.Now()+patience), "the device is not configured")
}

// setting returns what the host has read of an alternate setting.
func (b *bench) setting(number, setting uint8) *usb.Alternate {
	b.Helper()
	c := b.conn.Descriptors().Config(1)
	require.NotNil(b, c, "configuration 1")
	a := c.Alternate(number, setting)
	require.NotNil(b, a, "interface %d, setting %d", number, setting)
	return a
}

// address returns an endpoint's address as the host has to use it.
func (b *bench) address(number, setting uint8, kind usb.TransferType, in bool) uint8 {
	b.Helper()
	e, ok := b.setting(number, setting).Endpoint(kind, in)
	require.True(b, ok, "%v endpoint of interface %d, setting %d", kind, number, setting)
	return e.Address
}

func (b *bench) in() uint8  { b.Helper(); return b.address(0, 0, usb.TypeBulk, true) }
func (b *bench) out() uint8 { b.Helper(); return b.address(0, 0, usb.TypeBulk, false) }

// note is a transfer and how often it was done.
type note struct {
	usb.Transfer
	b       *bench
	done    int
	calling bool
	order   *[]*note
}

// start submits a transfer; order, if not nil, collects those that are done.
func (b *bench) start(endpoint uint8, data []byte, order *[]*note) *note {
	n := &note{b: b, order: order}
	n.Endpoint, n.Data = endpoint, data
	n.submit()
	return n
}

func (n *note) submit() {
	n.Done = func(*usb.Transfer) {
		if n.calling {
			n.b.Errorf("Done of a transfer on %02X was called before Submit or Cancel returned", n.Endpoint)
		}
		n.done++
		if n.order != nil {
			*n.order = append(*n.order, n)
		}
	}
	n.calling = true
	n.b.conn.Submit(&n.Transfer)
	n.calling = false
}

func (n *note) cancel() {
	n.calling = true
	n.b.conn.Cancel(&n.Transfer)
	n.calling = false
}

// await waits until the transfer is done, and a little more to see that it is
// done once.
func (n *note) await() {
	n.b.Helper()
	n.b.until("transfer is not done", func() bool { return n.done > 0 })
	n.b.w.Sleep(time.Microsecond)
	require.Equal(n.b, 1, n.done, "completions of one transfer")
}

// until waits for a condition by looking now and then: a carrier may have
// anything outside of the world.
func (b *bench) until(what string, ok func() bool) {
	b.Helper()
	deadline := b.w.Now() + patience
	for step := time.Microsecond; !ok(); step = min(2*step, 10*time.Millisecond) {
		require.Less(b, b.w.Now(), deadline, what)
		b.w.Sleep(step)
	}
}

// pattern is test data, different for each seed and place.
func pattern(seed, n int) []byte {
	p := make([]byte, n)
	x := uint32(seed)*2654435761 + 1
	for i := range p {
		x = x*1664525 + 1013904223
		p[i] = byte(x >> 24)
	}
	return p
}
