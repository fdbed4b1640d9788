package headunit

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	plain   = "40 51 0 0"
	carPlay = "40 51 1 0"
	ask     = "C0 53 0 0"
)

// The whole decision: what is asked of what, and whether a gadget appears.
func TestTheRoleSwitchDecision(t *testing.T) {
	const carPlayModel = "role-switch: {carplay: true, ask: true}"
	for _, tt := range []struct {
		name   string
		model  string
		change func(*device)
		asked  []string
		gadget bool
	}{
		{"an iPhone", "", func(*device) {}, []string{plain}, true},
		{"an iPad", "", func(d *device) { d.product = 0x12AB }, []string{plain}, true},
		{"the first product id", "", func(d *device) { d.product = 0x1290 }, []string{plain}, true},
		{"the last product id", "", func(d *device) { d.product = 0x12AF }, []string{plain}, true},
		{"one before", "", func(d *device) { d.product = 0x128F }, nil, false},
		{"one after", "", func(d *device) { d.product = 0x12B0 }, nil, false},
		{"another vendor", "", func(d *device) { d.vendor = 0x18D1 }, nil, false},
		{"another vendor, any device", "role-switch: {any-device: true}", func(d *device) { d.vendor = 0x18D1 }, []string{plain}, true},
		{"a stall", "", func(d *device) { d.switches = false }, []string{plain}, false},
		{"CarPlay", carPlayModel, func(*device) {}, []string{ask, carPlay}, true},
		{"CarPlay unasked", "role-switch: {carplay: true}", func(*device) {}, []string{carPlay}, true},
		{"CarPlay that is not there", carPlayModel, func(d *device) { d.capability = nil }, []string{ask}, false},
		{"a capability of nothing", carPlayModel, func(d *device) { d.capability = []byte{0, 0, 0, 0} }, []string{ask}, false},
		{"a capability in big-endian", carPlayModel, func(d *device) { d.capability = []byte{0, 0, 0, 1} }, []string{ask}, false},
		{"a short capability", carPlayModel, func(d *device) { d.capability = []byte{1} }, []string{ask}, false},
		{"an agreement without consequence", "", func(d *device) { d.leaves = false }, []string{plain}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onCable(t, tt.model, func(b *bench) {
				d := b.iPhone()
				tt.change(d)
				b.plug(d)
				b.w.Sleep(10 * time.Second)
				require.Equal(t, tt.asked, b.asked)
				require.Equal(t, tt.gadget, b.cable.A().Attached() != nil)
				if !tt.gadget {
					require.NotNil(t, b.cable.B().Attached(), "the device stays")
					b.cable.B().Detach()
					b.plug(b.iPhone()) // the head unit goes on looking
					b.w.Sleep(time.Second)
					require.NotNil(t, b.cable.A().Attached())
				}
			})
		})
	}
}

// A head unit that does not care for the answer becomes a gadget all the same,
// and drives the phone off the bus.
func TestAHeadUnitThatIgnoresTheStall(t *testing.T) {
	onCable(t, "role-switch: {ignore-stall: true}", func(b *bench) {
		d := b.iPhone()
		d.switches = false
		b.plug(d)
		b.w.Sleep(time.Second)
		require.NotNil(t, b.cable.A().Attached())
		b.at("phone detach")
	})
}

// 50 ms after the phone is there it is asked; the gadget attaches 130 ms after
// the phone has left, which makes the 205 ms of the capture.
func TestTheTimesOfTheRoleSwitch(t *testing.T) {
	onCable(t, "", func(b *bench) {
		b.plug(b.iPhone())
		b.w.Sleep(time.Second)
		require.Equal(t, 50*ms, b.at("car role switch asked")-b.at("car iPhone found"))
		require.Equal(t, 75*ms, b.at("phone detach")-b.at("car role switch asked"))
		require.Equal(t, 205*ms, b.at("car gadget attached")-b.at("car role switch asked"))
	})
}

// VBUS stays on through the switch, unless the model has that mistake.
func TestVBUS(t *testing.T) {
	onCable(t, "", func(b *bench) {
		b.plug(b.iPhone())
		b.w.Sleep(20 * time.Second) // back as a host
		require.True(t, b.cable.B().VBUS())
		require.Equal(t, 1, len(b.vbus()))
	})
	onCable(t, "role-switch: {drop-vbus: true}", func(b *bench) {
		b.plug(b.iPhone())
		b.w.Sleep(time.Second)
		require.False(t, b.cable.B().VBUS())
		b.w.Sleep(20 * time.Second)
		require.Equal(t, []string{"on", "off", "on"}, b.vbus())
	})
}

func (b *bench) vbus() (list []string) {
	for _, line := range b.log {
		switch {
		case len(line) > 6 && line[len(line)-6:] == "vbus 1":
			list = append(list, "on")
		case len(line) > 6 && line[len(line)-6:] == "vbus 0":
			list = append(list, "off")
		}
	}
	return list
}

// The phone may leave before it was asked.
func TestThePhoneLeavesAtOnce(t *testing.T) {
	onCable(t, "timing: {switch: 1s}", func(b *bench) {
		b.plug(b.iPhone())
		b.w.Sleep(500 * ms)
		b.cable.B().Detach()
		b.w.Sleep(5 * time.Second)
		require.Empty(t, b.asked)
		require.Equal(t, 1*time.Second, b.at("car cannot open")-b.at("car iPhone found"))
		b.plug(b.iPhone())
		b.w.Sleep(5 * time.Second)
		require.NotNil(t, b.cable.A().Attached())
	})
}

// A gadget that nobody configures is taken away after the model's patience.
func TestNoPhoneComes(t *testing.T) {
	for name, yaml := range map[string]string{"ordinary": "", "without iAP2": "usb: {no-iap: true}"} {
		t.Run(name, func(t *testing.T) {
			onCable(t, yaml, func(b *bench) {
				for range 3 {
					b.plug(b.iPhone())
					b.w.Sleep(13 * time.Second)
					require.Equal(t, 12*time.Second, b.at("car no phone")-b.at("car gadget attached"))
					require.Nil(t, b.cable.A().Attached())
				}
			})
		})
	}
}

func TestAGadgetThatNeverAppears(t *testing.T) {
	onCable(t, "usb: {no-gadget: true}\ntiming: {wait: 4s}", func(b *bench) {
		b.plug(b.iPhone())
		b.w.Sleep(2 * time.Second)
		require.Nil(t, b.cable.A().Attached())
		b.plug(b.iPhone()) // back as a device: asked again after the wait
		b.w.Sleep(5 * time.Second)
		require.Equal(t, []string{plain, plain}, b.asked)
	})
}
