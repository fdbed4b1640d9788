package phone

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Vendor requests to an iPhone as a USB device.
const (
	reqChargingCurrent = 0x40 // OUT; wIndex: mA, wValue: extra mA in suspend
	reqGetMode         = 0x45 // IN, 4 bytes (libimobiledevice/usbmuxd)
	reqRoleSwitch      = 0x51 // OUT; wValue 1: for CarPlay
	reqSetMode         = 0x52 // IN, 1 byte; wIndex: mode
	reqRoleCapability  = 0x53 // IN, 4 bytes, little-endian; 1: CarPlay role switch
)

// device is the phone as a USB peripheral.
type device struct {
	usb.BaseFunction
	p        *Phone
	gadget   *usb.Gadget
	switched sim.Cond
	asked    bool
	carplay  bool
	newMode  mode       // that a host has asked for; 0 for none
	leaves   bool       // the bus, to come back
	mux      *muxDevice // while configured with usbmux
	net      network    // of the configuration
}

func newDevice(p *Phone) *device {
	d := &device{p: p}
	d.switched.Init(p.w, p.name+": a role switch request")
	d.gadget = usb.NewGadget(p.w, p.name, descriptors(p.p, p.mode), d)
	return d
}

// wait waits until a host has asked for the role switch, or for another mode, or
// the phone leaves of its own accord.
func (d *device) wait() {
	d.switched.WaitFor(sim.Never, func() bool { return d.asked || d.newMode != 0 || d.leaves })
}

// Unplugged forgets what the host has asked for.
func (d *device) Unplugged() {
	d.asked = false
	if d.p.unplugged != nil {
		d.p.unplugged()
	}
}

// Configured begins anew what the configuration has.
func (d *device) Configured(value uint8) {
	c := d.gadget.Descriptors().Config(value)
	d.startMux(c)
	d.net = network{}
	if c != nil {
		d.net = newNetwork(d, c)
	}
}

// AlternateSet follows SET_INTERFACE.
func (d *device) AlternateSet(iface, setting uint8) { d.net.alternateSet(iface, setting) }

// Control answers what chapter 9 does not; what the persona does not support stalls.
func (d *device) Control(c *usb.ControlRequest) {
	ok := false
	switch s := c.Setup; s.RequestType & usb.TypeMask {
	case usb.TypeStandard:
		ok = d.standard(c)
	case usb.TypeClass:
		ok = s.RequestType&usb.ToMask == usb.ToInterface && d.net.class(c)
	case usb.TypeVendor:
		ok = d.vendor(c)
	}
	if !ok {
		c.Stall()
	}
}

// vendor answers the requests of Apple's.
func (d *device) vendor(c *usb.ControlRequest) bool {
	s := c.Setup
	switch {
	case d.net.vendor(c):
	case s.RequestType&usb.ToMask != usb.ToDevice:
		return false
	case s.Request == reqRoleSwitch && !s.In():
		d.roleSwitch(c)
	case s.Request == reqRoleCapability && s.In() && d.p.p.RoleSwitch.CarPlay:
		c.Reply([]byte{1, 0, 0, 0})
	case s.Request == reqChargingCurrent && !s.In():
		d.p.state("charging current", sim.Int("mA", s.Index))
		c.Accept()
	case s.Request == reqGetMode && s.In():
		c.Reply(d.p.mode.answer(&d.p.p))
	case s.Request == reqSetMode && s.In():
		d.setMode(c)
	default:
		return false
	}
	return true
}

func (d *device) roleSwitch(c *usb.ControlRequest) {
	r := d.p.p.RoleSwitch
	switch {
	case c.Setup.Value == 0 && r.Plain, c.Setup.Value == 1 && r.CarPlay:
		c.Accept()
		if r.Silent {
			d.p.state("role switch swallowed")
			return
		}
		d.asked, d.carplay = true, c.Setup.Value == 1
		d.switched.Signal()
	default:
		c.Stall()
	}
}

// standard answers what chapter 9 leaves to the class: the HID report
// descriptor.
func (d *device) standard(c *usb.ControlRequest) bool {
	s := c.Setup
	if s.Request == usb.ReqGetDescriptor && s.In() && s.RequestType&usb.ToMask == usb.ToInterface &&
		s.Value>>8 == usb.DescReport && s.Index == hidInterface && d.gadget.Configuration() == configIPod && d.p.mode != modeNCMOnly {
		c.Reply(reportDescriptor)
		return true
	}
	return false
}
