package kernel

import (
	"fmt"
	"time"

	periph "periph.io/x/conn/v3/i2c"

	"github.com/plugfest/plugfest/hil/gadget"
	"github.com/plugfest/plugfest/hil/i2c"
	"github.com/plugfest/plugfest/hil/libusb"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/tinyusb"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
)

// Options say which parts of the kernel carry.
type Options struct {
	Phone    string // name of the phone in events; "phone" by default
	Headunit string // name of the head unit; "headunit" by default

	// Gadget is the port at which the head unit is a gadget: a SPEC of package
	// gadget. By default the first controller.
	Gadget string

	// ModelledBus leaves the chip on its simulated bus, without the kernel's.
	ModelledBus bool

	Speed usb.Speed // of the phone as a peripheral, at most; High by default
}

// A Carrier is one phone and one head unit on the kernel. It begins unplugged.
type Carrier struct {
	w      *sim.World
	o      Options
	server *usbip.Server
	phone  *usb.Switch // where the phone is a peripheral
	unit   *usb.Switch // where the head unit is one
	chip   *vport      // where its chip's adapter is
	hosts  [2]*libusb.Host
	bus    *i2c.Bus
}

// New makes a carrier. The world must follow the machine's clock.
func New(w *sim.World, o Options) (*Carrier, error) {
	if o.Phone == "" {
		o.Phone = "phone"
	}
	if o.Headunit == "" {
		o.Headunit = "headunit"
	}
	if o.Gadget == "" {
		o.Gadget = gadget.Prefix
	}
	if o.Speed == usb.SpeedUnknown {
		o.Speed = usb.High
	}
	c := &Carrier{w: w, o: o, server: usbip.NewServer(w, usbip.Options{})}
	if err := c.open(); err != nil {
		c.Close()
		return nil, fmt.Errorf("kernel: %w", err)
	}
	return c, nil
}

func (c *Carrier) open() error {
	phone, err := newVport(c.w, c.server, "1-1", usbip.PortOptions{Speed: c.o.Speed, Host: c.o.Headunit, Device: c.o.Phone})
	if err != nil {
		return err
	}
	c.phone = usb.NewSwitch(c.w, phone, false)
	if c.chip, err = newVport(c.w, c.server, "2-1", usbip.PortOptions{Speed: usb.Full, Host: "kernel", Device: "adapter"}); err != nil {
		return err
	}
	spec, err := gadget.ParseSpec(c.o.Gadget)
	if err != nil {
		return err
	}
	// The phone's libusb tells of the same transfers, and of each that it submits.
	spec.Name, spec.Host, spec.Silent = c.o.Headunit, c.o.Phone, true
	unit, err := gadget.New(c.w, spec)
	if err != nil {
		return err
	}
	c.unit = usb.NewSwitch(c.w, unit, false)
	// The USB/IP server tells of what the head unit's libusb does, enumeration
	// included.
	if c.hosts[0], err = libusb.New(c.w, libusb.Options{Name: c.o.Headunit, Silent: true, Match: func(d libusb.Device) bool {
		return phone.holds(d.Path)
	}}); err != nil {
		return err
	}
	c.hosts[1], err = libusb.New(c.w, libusb.Options{Name: c.o.Phone, Peer: c.o.Headunit, Match: func(d libusb.Device) bool {
		return !phone.holds(d.Path) && !c.chip.holds(d.Path) && d.Descriptor.VendorID == unitVendor(c.unit)
	}})
	if err != nil {
		return err
	}
	// The kernel may show a device before its port is known here.
	phone.moved = func() {
		c.hosts[0].Rescan()
		c.hosts[1].Rescan()
	}
	return nil
}

// unitVendor is the vendor of what is at the head unit's port, which tells it from
// other devices of the machine; no device has what is returned where nothing is.
func unitVendor(s *usb.Switch) uint16 {
	if d := s.Attached(); d != nil {
		return d.Descriptors().Device.VendorID
	}
	return 0xFFFF
}

// Phone returns the phone's ends: USB/IP to the kernel as a peripheral, libusb as
// a host.
func (c *Carrier) Phone() (usb.Port, usb.Host) { return c.phone, c.hosts[1] }

// Headunit returns the head unit's: libusb as a host, FunctionFS as a gadget.
func (c *Carrier) Headunit() (usb.Host, usb.Port) { return c.hosts[0], c.unit }

// adapterPatience is how long the kernel may take to make a bus of an adapter.
const adapterPatience = 20 * time.Second

// Bus puts the chips of a simulated bus behind a USB adapter that the kernel's
// driver takes, and returns the bus that the kernel makes of it.
func (c *Carrier) Bus(b *chip.Bus) (periph.Bus, error) {
	if c.o.ModelledBus {
		return b, nil
	}
	if err := c.chip.Attach(tinyusb.New(c.w, b, tinyusb.Config{})); err != nil {
		return nil, err
	}
	for deadline := c.w.Now() + adapterPatience; ; c.w.Sleep(20 * time.Millisecond) {
		var bus *i2c.Bus
		var err error
		// Outside: the kernel asks the adapter, which is in here, what it can do.
		c.w.Outside("a bus of the chip's adapter", func() {
			var a i2c.Adapter
			if a, err = i2c.Find("i2c-tiny-usb"); err == nil {
				bus, err = i2c.Open(a.Path)
			}
		})
		if c.bus = bus; err == nil {
			return i2c.InWorld(c.w, bus, c.o.Headunit)
		}
		if c.w.Now() > deadline {
			return nil, fmt.Errorf("kernel: the driver i2c-tiny-usb has made no bus of the chip's adapter: %w", err)
		}
	}
}

// Plug joins phone and head unit.
func (c *Carrier) Plug() {
	c.phone.Plug()
	c.unit.Plug()
}

// Unplug pulls the cable, whoever is host.
func (c *Carrier) Unplug() {
	c.phone.Unplug()
	c.unit.Unplug()
}

// Close takes everything away from the kernel.
func (c *Carrier) Close() {
	for _, s := range []*usb.Switch{c.phone, c.unit} {
		if s != nil {
			s.Unplug()
			_ = s.Settle() // the end: there is nobody to tell
		}
	}
	if c.bus != nil {
		c.w.Outside("the bus to close", func() { _ = c.bus.Close() })
	}
	if c.chip != nil {
		c.chip.Detach()
	}
	for _, h := range c.hosts {
		if h != nil {
			_ = h.Close()
		}
	}
	_ = c.server.Close()
}
