package phone

import (
	"slices"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// A mode is one of the sets of configurations that an iPhone shows, and that a host
// asks for by set mode.
//
// Source: libimobiledevice/usbmuxd (development branch, issues 205 and 254).
type mode uint8

// Modes.
const (
	modeInitial  mode = 1 // four configurations
	modeValeria  mode = 2 // a fifth, with the picture of the screen
	modeNCM      mode = 3 // a fifth, with CDC-NCM
	modeEtherNCM mode = 4 // six: USB Ethernet and CDC-NCM; iOS 16
	modeNCMOnly  mode = 5 // one, with CDC-NCM and nothing else; iOS 17
)

// layout is a configuration without its number.
type layout struct {
	name       string
	interfaces []usb.Interface
}

// layout returns the configurations of a mode. Those after the fourth follow what
// usbmuxd looks for; what is in them besides, and the names, is inferred.
func (m mode) layout() []layout {
	all := []layout{
		{"PTP", []usb.Interface{ptp()}},
		{"iPod USB Interface", []usb.Interface{audioControl(), audioStream(), hidReports()}},
		{"PTP + Apple Mobile Device", []usb.Interface{ptp(), mux()}},
		{"PTP + Apple Mobile Device + Apple USB Ethernet", []usb.Interface{ptp(), mux(), ether()}},
	}
	control, data := ncm(2)
	withNCM := layout{"PTP + Apple Mobile Device + NCM", []usb.Interface{ptp(), mux(), control, data}}
	switch m {
	case modeValeria:
		return append(all, layout{"PTP + Apple Mobile Device + Valeria", []usb.Interface{ptp(), valeria(), mux()}})
	case modeNCM:
		return append(all, withNCM)
	case modeEtherNCM:
		control, data := ncm(3)
		return append(all, withNCM, layout{"PTP + Apple Mobile Device + Apple USB Ethernet + NCM",
			[]usb.Interface{ptp(), mux(), ether(), control, data}})
	case modeNCMOnly:
		control, data := ncm(0)
		return []layout{{"NCM", []usb.Interface{control, data}}}
	}
	return all
}

// valeria is where QuickTime gets the screen from (danielpaulus/quicktime_video_hack;
// the numbers of its endpoints are inferred).
func valeria() usb.Interface {
	return usb.Interface{Alternates: []usb.Alternate{{Class: 0xFF, SubClass: 0x2A, Protocol: 0xFF, String: strValeria,
		Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x86), usb.Bulk(0x05)}}}}
}

// answer is what get mode answers, which is also the carrier check of ipheth: no
// carrier. Four bytes were seen since iOS 16, three before, and one in the beginning
// (libimobiledevice/usbmuxd; a message to linux-usb; a single witness each).
func (m mode) answer(p *Persona) []byte {
	first := byte(5)
	switch m {
	case modeInitial:
		first = 3
	case modeEtherNCM:
		first = 6
	}
	all := []byte{first, 3, 3, 0}
	switch v := p.version(); {
	case v.AtLeast(16, 0):
		return all
	case v.AtLeast(10, 0):
		return all[:3]
	}
	return all[:1]
}

// setMode answers set mode: one byte, 0 where the phone will do it. Then it leaves
// the bus, and comes back. That a mode which this iOS does not know gives 1 is
// inferred.
func (d *device) setMode(c *usb.ControlRequest) {
	p, m := d.p, mode(c.Setup.Index)
	switch {
	case !slices.Contains(p.p.USB.Modes, c.Setup.Index):
		p.state("mode refused", sim.Int("mode", c.Setup.Index))
		c.Reply([]byte{1})
	case m == p.mode:
		c.Reply([]byte{0})
	default:
		c.Reply([]byte{0})
		d.newMode = m
		d.switched.Signal()
	}
}

// changeMode leaves the bus and comes back in the mode that the host asked for. A
// phone keeps its mode when the cable is pulled (published by one witness, of an
// iPad).
func (p *Phone) changeMode(m mode) {
	p.w.Sleep(p.p.Timing.ModeDrop)
	p.port.Detach()
	p.mode = m
	p.state("mode", sim.Int("mode", uint8(m)))
	p.w.Sleep(p.p.Timing.ModeReturn)
}
