package muxd

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// Vendor and products that usbmuxd takes: iPhones, iPads and iPods, the T2 chip,
// and Apple silicon in restore mode.
const vendorApple = 0x05AC

func speaksMux(d usb.DeviceDescriptor) bool {
	p := d.ProductID
	return d.VendorID == vendorApple &&
		(p >= 0x1290 && p <= 0x12AF || p == 0x8600 || p >= 0x1901 && p <= 0x1905)
}

// place is where usbmux is in a device.
type place struct{ config, iface, in, out uint8 }

// findMux finds the usbmux interface FF/FE/02 with exactly one endpoint in and
// one out, in the last configuration that has one.
func findMux(d *usb.Descriptors) (place, bool) {
	for i := len(d.Configs) - 1; i >= 0; i-- {
		for _, m := range d.Configs[i].Find(0xFF, 0xFE, 2) {
			in, out, ok := m.BulkPair()
			if ok && len(m.Endpoints) == 2 && m.Setting == 0 {
				return place{d.Configs[i].Value, m.Interface, in, out}, true
			}
		}
	}
	return place{}, false
}

// attach takes a device. What cannot be taken is not shown, and tried again only
// when it is attached again.
func (d *Daemon) attach(h usb.Host, info usb.DeviceInfo) {
	fail := func(what string, err error) {
		d.state("device skipped", sim.Text("what", what), sim.Text("why", err.Error()))
	}
	conn, err := h.Open(info.ID)
	if err != nil {
		fail("open", err)
		return
	}
	serial := usbmuxd.UDID(conn.Descriptors().Text(info.Device.SerialNumber))
	at, ok := findMux(conn.Descriptors())
	switch {
	case serial != "" && d.switchMode(conn, serial): // it will come back
	case serial == "":
		what, err := "serial number", error(usb.Invalid)
		fail(what, err)
	case !ok:
		fail("usbmux interface", usb.Invalid)
	default:
		what, err := "configuration", error(nil)
		if conn.Configuration() != at.config {
			err = conn.SetConfiguration(at.config)
		}
		if err == nil {
			what = "claim"
			err = conn.ClaimInterface(at.iface)
		}
		if err == nil && !d.closed {
			d.start(h, conn, at, usbmuxd.Device{
				ProductID: info.Device.ProductID, Serial: serial,
				Location: uint32(info.Bus)<<16 | uint32(info.Address), Speed: bits(info.Speed),
			})
			return
		}
		if err != nil {
			fail(what, err)
		}
	}
	_ = conn.Close()
}

// bits returns a speed in bits a second.
func bits(s usb.Speed) uint64 {
	switch s {
	case usb.Low:
		return 1_500_000
	case usb.Full:
		return 12_000_000
	case usb.Super:
		return 5_000_000_000
	}
	return 480_000_000
}

// lost follows a device's leaving.
func (d *Daemon) lost(h usb.Host, id usb.DeviceID) {
	for _, v := range d.all {
		if v.host == h && v.conn.Info().ID == id {
			v.down("detached")
			return
		}
	}
}
