package headunit

import (
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// What tells an iPhone: Apple's vendor id, and the range of product ids that
// usbmuxd accepts.
const (
	appleVendor  = 0x05AC
	firstProduct = 0x1290
	lastProduct  = 0x12AF
)

// Requests on endpoint 0 of an iPhone.
const (
	reqRoleSwitch     = 0x51
	reqRoleCapability = 0x53
	requestTimeout    = time.Second
)

// hostRole looks for a phone until one has agreed to switch roles and has left
// the bus. It reports whether that happened; if not, the host is no more.
func (h *HeadUnit) hostRole() bool {
	watch := h.host.Watch()
	defer watch.Close()
	for {
		ev, ok := watch.Next(sim.Never)
		if !ok {
			return false
		}
		if ev.Kind != usb.Attached {
			continue
		}
		if !h.isPhone(ev.Info.Device) {
			h.state("not an iPhone", sim.Int("vendor", ev.Info.Device.VendorID), sim.Int("product", ev.Info.Device.ProductID))
			continue // host mode it is: another driver may want it
		}
		h.state("iPhone found", sim.Int("product", ev.Info.Device.ProductID))
		if h.askSwitch(ev.Info) && h.left(watch, ev.Info.ID) {
			return true
		}
	}
}

func (h *HeadUnit) isPhone(d usb.DeviceDescriptor) bool {
	if only := h.m.Role.OnlyProduct; only != 0 && only != d.ProductID {
		return false
	}
	return h.m.Role.AnyDevice || d.VendorID == appleVendor && firstProduct <= d.ProductID && d.ProductID <= lastProduct
}

// askSwitch asks for the role switch and reports whether the phone agreed.
func (h *HeadUnit) askSwitch(info usb.DeviceInfo) bool {
	h.sleep(h.m.Timing.Switch)
	conn, err := h.host.Open(info.ID)
	if err != nil {
		h.state("cannot open", sim.Text("why", err.Error())) // gone already, or not ours to open
		return false
	}
	defer conn.Close()
	if h.m.Role.Ask {
		supported, err := h.capability(conn)
		if err != nil {
			h.state("role switch not supported", sim.Text("why", err.Error()))
			return false
		}
		if !supported {
			h.state("role switch not supported")
			return false
		}
	}
	setup := usb.Setup{RequestType: usb.TypeVendor | usb.ToDevice, Request: reqRoleSwitch}
	if h.m.Role.CarPlay {
		setup.Value = 1
	}
	if _, err := usb.Control(h.w, conn, setup, nil, requestTimeout); err != nil {
		h.state("role switch refused", sim.Text("why", err.Error()))
		return h.m.Role.IgnoreStall
	}
	h.state("role switch asked")
	return true
}

// capability asks C0 53: a little-endian 1 says that the phone can switch roles
// for CarPlay, a stall that it cannot.
func (h *HeadUnit) capability(conn usb.Conn) (bool, error) {
	var answer [4]byte
	setup := usb.Setup{RequestType: usb.DirIn | usb.TypeVendor | usb.ToDevice, Request: reqRoleCapability, Length: 4}
	n, err := usb.Control(h.w, conn, setup, answer[:], requestTimeout)
	if err != nil {
		return false, err
	}
	return n == 4 && answer == [4]byte{1, 0, 0, 0}, nil
}

// left waits for the phone to leave the bus.
func (h *HeadUnit) left(watch usb.Watcher, id usb.DeviceID) bool {
	if h.m.Role.IgnoreStall {
		return true
	}
	deadline := h.w.Now() + h.m.Timing.Leave
	for {
		ev, ok := watch.Next(deadline)
		if !ok {
			h.state("phone stays", sim.Text("why", "it agreed to the role switch and did not leave"))
			return false
		}
		if ev.Kind == usb.Detached && ev.Info.ID == id {
			return true
		}
	}
}
