package usb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// The host asks what Linux asks, in its order and at its pace.
func TestEnumeration(t *testing.T) {
	w := sim.New()
	log := journal(w, "complete")
	d := plain()
	d.Device.USB, d.BOS = 0x0201, []byte{5, 15, 5, 0, 0}
	d.Configs[0].String, d.Configs[0].Interfaces[0].Alternates[0].String = 4, 5
	d.Strings = usb.English("Plugfest", "Plain", "", "MFI", "iAP Interface")
	run(t, w, func() {
		cable := usb.NewCable(w, usb.CableOptions{A: "host", B: "device"})
		conn := attach(t, cable, usb.NewGadget(w, "g", d, nil))
		assert.Equal(t, usb.DeviceInfo{ID: 1, Bus: 1, Address: 1, Speed: usb.High, Device: conn.Descriptors().Device}, conn.Info())
		assert.Equal(t, "Plain", conn.Descriptors().Text(2))
		assert.Equal(t, d.BOS, conn.Descriptors().BOS)
		assert.Empty(t, conn.Descriptors().Text(5))
		require.NoError(t, conn.SetConfiguration(1))
		assert.Equal(t, "iAP Interface", conn.Descriptors().Text(5), "names of interfaces are read once they are needed")
	})
	assert.Equal(t, []string{
		"0s device attach speed=high",
		"100ms host reset dev=0",
		"160ms host submit dev=0 ep=128 type=control len=64 peer=device setup=8006000100004000",
		"160ms host reset dev=0",
		"220ms host submit dev=0 ep=0 type=control len=0 peer=device setup=0005010000000000",
		"230ms host submit dev=1 ep=128 type=control len=18 peer=device setup=8006000100001200",
		"230ms host submit dev=1 ep=128 type=control len=5 peer=device setup=8006000f00000500",
		"230ms host submit dev=1 ep=128 type=control len=5 peer=device setup=8006000f00000500",
		"230ms host submit dev=1 ep=128 type=control len=9 peer=device setup=8006000200000900",
		"230ms host submit dev=1 ep=128 type=control len=32 peer=device setup=8006000200002000",
		"230ms host submit dev=1 ep=128 type=control len=255 peer=device setup=800600030000ff00",
		"230ms host submit dev=1 ep=128 type=control len=255 peer=device setup=800602030904ff00",
		"230ms host submit dev=1 ep=128 type=control len=255 peer=device setup=800601030904ff00",
		"230ms host enumerated dev=1 speed=high vendor=4617 product=1",
		"230ms host submit dev=1 ep=0 type=control len=0 peer=device setup=0009010000000000",
		"230ms host submit dev=1 ep=128 type=control len=255 peer=device setup=800604030904ff00",
		"230ms host submit dev=1 ep=128 type=control len=255 peer=device setup=800605030904ff00",
	}, *log)
}

func TestCompletionEvents(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		g, conn := pair(t, w, instant(usb.CableOptions{A: "host", B: "device"}))
		log := journal(w)
		w.Go("device", func() {
			g.Endpoint(0x81).Write([]byte("in"))
			g.Endpoint(0x01).Read(make([]byte, 512))
		})
		require.NoError(t, usb.Do(w, conn, &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 512)}, 0))
		require.NoError(t, usb.Do(w, conn, &usb.Transfer{Endpoint: 0x01, Data: []byte("out")}, 0))
		_, err := usb.Control(w, conn, usb.Setup{RequestType: 0xC0, Request: 0x53}, make([]byte, 4), 0)
		assert.Equal(t, usb.Stall, err)
		err = usb.Do(w, conn, &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 512)}, time.Millisecond)
		assert.Equal(t, usb.TimedOut, err)
		assert.Equal(t, []string{
			"0s host submit dev=1 ep=129 type=bulk len=512 peer=device",
			"0s device complete dev=1 ep=129 type=bulk len=2 peer=host errno=0 result=ok 69 6e",
			"0s host submit dev=1 ep=1 type=bulk len=3 peer=device 6f 75 74",
			"0s device complete dev=1 ep=1 type=bulk len=3 peer=host errno=0 result=ok",
			"0s host submit dev=1 ep=128 type=control len=4 peer=device setup=c053000000000400",
			"0s device complete dev=1 ep=128 type=control len=0 peer=host setup=c053000000000400 errno=-32 result=stall",
			"0s host submit dev=1 ep=129 type=bulk len=512 peer=device",
			"1ms device complete dev=1 ep=129 type=bulk len=0 peer=host errno=-104 result=canceled",
		}, *log)
	})
}

// Numbers of transfers are unique over both plugs.
func TestTransferNumbers(t *testing.T) {
	w := sim.New()
	seen := map[int64]int{}
	w.Observe(func(e *sim.Event) {
		if n, ok := e.Num("urb"); ok {
			seen[n]++
		}
	})
	run(t, w, func() {
		cable := usb.NewCable(w, instant(usb.CableOptions{}))
		attach(t, cable, usb.NewGadget(w, "g", plain(), nil))
		cable.B().Detach()
		require.NoError(t, cable.A().Attach(usb.NewGadget(w, "g", plain(), nil)))
		info, ok := usb.WaitDevice(cable.B(), time.Hour)
		require.True(t, ok)
		assert.Equal(t, uint8(2), info.Bus)
	})
	assert.NotEmpty(t, seen)
	for n, k := range seen {
		assert.Equal(t, 2, k, "events of urb %d", n)
	}
}

// A full-speed device of 2.0 is asked for its qualifier.
func TestEnumerationAtFullSpeed(t *testing.T) {
	w := sim.New()
	log := journal(w)
	run(t, w, func() {
		cable := usb.NewCable(w, instant(usb.CableOptions{Speed: usb.Full}))
		conn := attach(t, cable, usb.NewGadget(w, "g", plain(), nil))
		assert.Equal(t, usb.Full, conn.Info().Speed)
		in, _ := conn.Descriptors().Configs[0].Interfaces[0].Alternates[0].Endpoint(usb.TypeBulk, true)
		assert.Equal(t, 64, in.PacketSize())
	})
	assert.Contains(t, strings.Join(*log, "\n"), "setup=8006000600000a00 errno=0 result=ok 0a 06 00 02 00 00 00 40 01 00")
}

func TestSpeedIsTheSlowerOfBoth(t *testing.T) {
	fullOnly := plain()
	fullOnly.Speed = usb.Full
	super := plain().At(usb.Super)
	for _, c := range []struct {
		bus  usb.Speed
		d    *usb.Descriptors
		want usb.Speed
	}{{usb.High, fullOnly, usb.Full}, {usb.Super, plain(), usb.High}, {usb.Super, super, usb.Super}, {usb.High, super, usb.High}, {0, plain(), usb.High}} {
		w := sim.New()
		run(t, w, func() {
			conn := attach(t, usb.NewCable(w, instant(usb.CableOptions{Speed: c.bus})), usb.NewGadget(w, "g", c.d, nil))
			assert.Equal(t, c.want, conn.Info().Speed)
			assert.Equal(t, c.want, conn.Descriptors().MaxSpeed())
		})
	}
	// A slow cable leaves no mark on the device.
	w := sim.New()
	run(t, w, func() {
		g := usb.NewGadget(w, "g", plain(), nil)
		slow := usb.NewCable(w, instant(usb.CableOptions{Speed: usb.Full}))
		assert.Equal(t, usb.Full, attach(t, slow, g).Info().Speed)
		slow.B().Detach()
		assert.Equal(t, usb.High, attach(t, usb.NewCable(w, instant(usb.CableOptions{})), g).Info().Speed)
	})
}

// flaky is a device that fails its first requests.
type flaky struct {
	*usb.Gadget
	fail    int
	how     func(t *usb.Transfer) // answers one that fails
	pending []*usb.Transfer
}

func (f *flaky) Submit(t *usb.Transfer) {
	if f.fail > 0 {
		f.fail--
		f.how(t)
		return
	}
	f.Gadget.Submit(t)
}

func (f *flaky) Cancel(t *usb.Transfer) {
	for i, p := range f.pending {
		if p == t {
			f.pending = append(f.pending[:i], f.pending[i+1:]...)
			t.Complete(usb.Canceled, 0)
			return
		}
	}
	f.Gadget.Cancel(t)
}

func TestEnumerationIsRetried(t *testing.T) {
	w := sim.New()
	log := journal(w, "complete", "submit")
	run(t, w, func() {
		f := &flaky{Gadget: usb.NewGadget(w, "g", plain(), nil), fail: 2}
		f.how = func(t *usb.Transfer) { f.pending = append(f.pending, t) } // never answers
		conn := attach(t, usb.NewCable(w, usb.CableOptions{A: "host", B: "device"}), f)
		assert.Equal(t, uint8(1), conn.Info().Address)
	})
	assert.Equal(t, []string{
		"0s device attach speed=high",
		"100ms host reset dev=0",
		"5.16s host reset dev=0",
		"10.22s host reset dev=0", // the third attempt gives the address first
		"10.29s host enumerated dev=1 speed=high vendor=4617 product=1",
	}, *log)
}

func TestAddressesIncrease(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		cable := usb.NewCable(w, instant(usb.CableOptions{}))
		f := &flaky{Gadget: usb.NewGadget(w, "g", plain(), nil)}
		for i := range 130 {
			id := attach(t, cable, f).Info()
			assert.Equal(t, usb.DeviceID(i+1), id.ID)
			assert.Equal(t, uint8(i%127+1), id.Address)
			cable.B().Detach()
		}
	})
}

func TestEnumerationFails(t *testing.T) {
	for name, c := range map[string]struct {
		how       func(*usb.Transfer)
		addresses int // that are tried
		reason    string
	}{
		"stall":      {func(t *usb.Transfer) { t.Complete(usb.Stall, 0) }, 2, "usb: stall"},
		"too short":  {func(t *usb.Transfer) { t.Complete(usb.OK, min(len(t.Data), 3)) }, 2, "usb: descriptor: length of the device descriptor at offset 3 is 3; want 18"},
		"rubbish":    {func(t *usb.Transfer) { t.Complete(usb.OK, len(t.Data)) }, 4, "usb: descriptor: bLength at offset 0 is 0; want 18"},
		"bus errors": {func(t *usb.Transfer) { t.Complete(usb.Protocol, 0) }, 2, "usb: protocol error"},
	} {
		t.Run(name, func(t *testing.T) {
			w := sim.New()
			log := journal(w, "complete", "submit", "reset")
			addresses := 0
			w.Observe(func(e *sim.Event) {
				if e.Kind == "submit" && strings.HasPrefix(e.Get("setup"), "0005") {
					addresses++
				}
			})
			run(t, w, func() {
				cable := usb.NewCable(w, usb.CableOptions{A: "host", B: "device"})
				watch := cable.A().Watch()
				f := &flaky{Gadget: usb.NewGadget(w, "g", plain(), nil), fail: 1 << 30, how: c.how}
				require.NoError(t, cable.B().Attach(f))
				_, ok := watch.Next(w.Now() + time.Hour)
				assert.False(t, ok)
				cable.B().Detach()
				_, ok = watch.Next(w.Now() + time.Hour)
				assert.False(t, ok, "what was not announced does not leave either")
			})
			require.Len(t, *log, 3)
			assert.Equal(t, c.addresses, addresses)
			assert.Contains(t, (*log)[1], "host enumeration failed")
			assert.Contains(t, (*log)[1], "reason="+c.reason)
			assert.Contains(t, (*log)[2], "device detach")
		})
	}
}

// A faulty configuration is taken for what it is, as hosts do in the field.
func TestFaultyConfigurationIsTaken(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		g := usb.NewGadget(w, "g", plain(), nil)
		f := &faultyConfig{Gadget: g}
		conn := attach(t, usb.NewCable(w, instant(usb.CableOptions{})), f)
		require.Len(t, conn.Descriptors().Configs, 1)
		require.NoError(t, conn.SetConfiguration(1))
		require.NoError(t, conn.ClaimInterface(0))
		require.NoError(t, conn.Reset(), "and is recognised after a reset")
	})
}

// faultyConfig declares more interfaces than it has.
type faultyConfig struct{ *usb.Gadget }

func (f *faultyConfig) Submit(t *usb.Transfer) {
	if t.Setup.Request == usb.ReqGetDescriptor && t.Setup.Value>>8 == usb.DescConfiguration {
		spoil(t, func(b []byte) { b[4] = 7 })
	}
	f.Gadget.Submit(t)
}
