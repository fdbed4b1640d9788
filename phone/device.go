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

// modeInitial is what get mode answers in the mode that a phone starts in
// (libimobiledevice/usbmuxd).
var modeInitial = []byte{3, 3, 3, 0}

// device is the phone as a USB peripheral.
type device struct {
	usb.BaseFunction
	p        *Phone
	gadget   *usb.Gadget
	switched sim.Cond
	asked    bool
	carplay  bool
	mux      *muxDevice // while configured with usbmux
}

func newDevice(p *Phone) *device {
	d := &device{p: p}
	d.switched.Init(p.w, p.name+": a role switch request")
	d.gadget = usb.NewGadget(p.w, p.name, descriptors(p.p), d)
	return d
}

// waitSwitch waits until a host has asked for the role switch.
func (d *device) waitSwitch() (carplay bool) {
	d.switched.WaitFor(sim.Never, func() bool { return d.asked })
	return d.carplay
}

// Unplugged forgets what the host has asked for.
func (d *device) Unplugged() {
	d.asked = false
	if d.p.unplugged != nil {
		d.p.unplugged()
	}
}

// Control answers the vendor requests; what the persona does not support stalls.
func (d *device) Control(c *usb.ControlRequest) {
	s := c.Setup
	if s.RequestType&usb.TypeMask == usb.TypeStandard {
		d.standard(c)
		return
	}
	if s.RequestType&usb.TypeMask != usb.TypeVendor || s.RequestType&usb.ToMask != usb.ToDevice {
		c.Stall()
		return
	}
	switch {
	case s.Request == reqRoleSwitch && !s.In():
		d.roleSwitch(c)
	case s.Request == reqRoleCapability && s.In() && d.p.p.RoleSwitch.CarPlay:
		c.Reply([]byte{1, 0, 0, 0})
	case s.Request == reqChargingCurrent && !s.In():
		d.p.state("charging current", sim.Int("mA", s.Index))
		c.Accept()
	case s.Request == reqGetMode && s.In():
		c.Reply(modeInitial)
	case s.Request == reqSetMode && s.In() && s.Index == 1:
		c.Reply([]byte{0}) // it is in that mode
	default:
		c.Stall()
	}
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
func (d *device) standard(c *usb.ControlRequest) {
	s := c.Setup
	if s.Request == usb.ReqGetDescriptor && s.In() && s.RequestType&usb.ToMask == usb.ToInterface &&
		s.Value>>8 == usb.DescReport && s.Index == hidInterface && d.gadget.Configuration() == configIPod {
		c.Reply(reportDescriptor)
		return
	}
	c.Stall()
}
