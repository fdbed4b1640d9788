package dissect

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// usbState follows the devices on all buses.
type usbState struct {
	d       *Dissector
	devices map[address]*device
	order   []address // of devices, the oldest first
	out     outbox
	t       transfer
}

type address struct{ bus, dev int64 }

// maxDevices bounds the devices followed at once.
const maxDevices = 64

func (u *usbState) init(d *Dissector) {
	u.d = d
	u.devices = map[address]*device{}
}

func (u *usbState) observe(e *sim.Event) {
	t := &u.t
	switch e.Kind {
	case "submit":
		t.parse(e)
		if !t.in() && len(e.Data) > 0 {
			u.out.put(t.urb, e.Data)
		}
	case "complete":
		t.parse(e)
		u.complete(e)
	case "attach", "detach", "reset":
		t.parse(e)
		u.forget(t.bus)
	}
}

func (u *usbState) complete(e *sim.Event) {
	t := &u.t
	data := e.Data
	if !t.in() {
		data = u.out.take(t.urb)
		data = data[:max(0, min(int64(len(data)), t.length))]
	}
	dev := u.device(address{t.bus, t.dev}, t.peer, e.Who)
	if t.kind == usb.TypeControl.String() {
		if s, ok := t.setupPacket(); ok {
			u.request(dev, s, data)
		}
		return
	}
	if len(data) > 0 {
		dev.data(uint8(t.ep), data)
	}
}

// device returns what is known of a device.
func (u *usbState) device(at address, host, name string) *device {
	dev := u.devices[at]
	if dev == nil {
		dev = newDevice(u.d)
		u.put(at, dev)
	}
	dev.host, dev.name = host, name
	return dev
}

func (u *usbState) put(at address, dev *device) {
	u.remove(at)
	if len(u.order) >= maxDevices {
		u.remove(u.order[0])
	}
	u.devices[at] = dev
	u.order = append(u.order, at)
}

func (u *usbState) remove(at address) {
	if u.devices[at] == nil {
		return
	}
	delete(u.devices, at)
	for i, a := range u.order {
		if a == at {
			u.order = append(u.order[:i], u.order[i+1:]...)
			return
		}
	}
}

// forget drops the devices of a bus, when one comes, goes or is reset.
func (u *usbState) forget(bus int64) {
	for i := len(u.order) - 1; i >= 0; i-- {
		if at := u.order[i]; at.bus == bus {
			u.remove(at)
		}
	}
}
