package headunit

import (
	"time"

	"github.com/plugfest/plugfest/headunit/lockdown"
	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// USBMux is what a head unit does that stays the USB host and reaches the phone
// over usbmux: the CarLife app on its six ports, or iAP2 over a lockdown service.
type USBMux struct {
	Mode  uint8         `yaml:"mode"`  // of USB that it asks the phone for, 1 to 5; 0: none
	Retry time.Duration `yaml:"retry"` // from an attempt that failed, or a session that ended, to the next
	Times int           `yaml:"times"` // how often it tries in all; 0: for ever
	// Service is the lockdown service over which it speaks iAP2; "" is CarLife on
	// the app's ports.
	Service  string        `yaml:"service"`
	Patience time.Duration `yaml:"patience"` // how long it asks a phone to trust it that is locked, or whose user thinks
	Forgets  bool          `yaml:"forgets"`  // keeps no pair record
	// Ports are those of each CarLife channel that it asks for: "phone" (7240,
	// 8240, ...), "forwarded" (7210, ...: its own, of a forwarding program) or "hu"
	// (7200, ...: its own, of adb).
	Ports string `yaml:"ports"`
	// StaleDevice goes on with the DeviceID of the first plug.
	StaleDevice bool `yaml:"stale-device"`
}

// Transports by which a head unit reaches the phone.
const (
	transportNative = "ea-native" // the role switch; the head unit is a gadget
	transportMux    = "usbmux"
)

// UsesUSBMux reports whether the head unit reaches the phone over usbmux.
func (m *Model) UsesUSBMux() bool { return m.Transport == transportMux }

// muxRole is the life of a head unit that stays the host: it serves one phone
// after the other, the first that its usbmuxd shows.
func (h *HeadUnit) muxRole() {
	h.daemon = muxd.New(h.w, h.name, muxd.Options{Records: h.records, Mode: h.m.USBMux.Mode})
	h.daemon.Watch(h.host)
	h.lockdown = lockdown.NewHost(h.w, h.name, lockdown.Options{Records: h.records, Patience: h.m.USBMux.Patience, State: h.state})
	var first uint32
	for {
		dev, ok := h.daemon.WaitDevice(sim.Never)
		if !ok {
			return
		}
		h.state("iPhone found", sim.Int("product", dev.ProductID), sim.Int("device", dev.ID), sim.Text("serial", dev.Serial))
		id := dev.ID
		if first == 0 {
			first = id
		}
		if h.m.USBMux.StaleDevice {
			id = first
		}
		h.serveMux(dev, id)
		h.daemon.WaitGone(dev.ID, sim.Never)
		h.state("phone left")
	}
}

// serveMux tries and tries again, while the phone is there.
func (h *HeadUnit) serveMux(dev usbmuxd.Device, id uint32) {
	u := h.m.USBMux
	for n := 1; ; n++ {
		again := true
		if u.Service == "" {
			h.carLifeOverMux(id)
		} else {
			dev.ID = id
			again = h.iap2OverMux(dev)
		}
		if !again || u.Times > 0 && n >= u.Times || h.daemon.WaitGone(id, h.w.Now()+u.Retry) {
			return
		}
	}
}
