package gadget

import (
	"time"

	"github.com/plugfest/plugfest/sim/usb"
)

// requestTimeout is how long a device may take for a request that is made up.
const requestTimeout = 5 * time.Second

// request makes a control request of the port's own and waits for its end.
func (a *attachment) request(s usb.Setup, data []byte) (int, usb.Status) {
	if a.ended {
		return 0, usb.Disconnected
	}
	defer a.park()()
	s.Length = uint16(len(data))
	done := false
	t := &usb.Transfer{Setup: s, Data: data}
	t.Done = func(t *usb.Transfer) {
		a.p.tap.Complete(a.address, usb.TypeControl, t)
		done = true
		a.answered.Broadcast()
	}
	a.p.tap.Submit(a.address, usb.TypeControl, t)
	a.dev.Submit(t)
	deadline := a.w.Now() + requestTimeout
	for tries := 2; !done && tries > 0; {
		if !a.answered.WaitUntil(deadline) && !done {
			a.dev.Cancel(t)
			deadline += requestTimeout
			tries--
		}
	}
	if !done {
		return 0, usb.TimedOut // a device that does not give it back
	}
	return t.Actual, t.Status
}

// enumerate asks the device for its descriptors as a host does, which a real host
// has asked of the kernel: so that observers know the device.
func (a *attachment) enumerate() {
	p := a.p
	if p.last++; p.last > 127 {
		p.last = 1
	}
	if _, status := a.request(usb.Setup{Request: usb.ReqSetAddress, Value: uint16(p.last)}, nil); status != usb.OK {
		p.tap.Failed(a.address, "SET_ADDRESS: "+status.String())
		return
	}
	a.address = p.last
	b, status := a.descriptor(usb.DescDevice, 0, 0, 18)
	d, err := usb.ParseDevice(b)
	if err != nil {
		p.tap.Failed(a.address, "device descriptor: "+status.String())
		return
	}
	language, texts := uint16(0), map[uint8]bool{}
	if b, _ := a.descriptor(usb.DescString, 0, 0, 255); len(b) >= 4 {
		language = uint16(b[2]) | uint16(b[3])<<8
	}
	text := func(list ...uint8) {
		for _, n := range list {
			if n != 0 && language != 0 && !texts[n] {
				texts[n] = true
				a.descriptor(usb.DescString, n, language, 255)
			}
		}
	}
	text(d.Manufacturer, d.Product, d.SerialNumber)
	for i := range d.Configurations {
		head, status := a.descriptor(usb.DescConfiguration, i, 0, 9)
		if len(head) < 9 {
			p.tap.Failed(a.address, "configuration descriptor: "+status.String())
			return
		}
		b, _ := a.descriptor(usb.DescConfiguration, i, 0, int(head[2])|int(head[3])<<8)
		c, _ := usb.ParseConfig(b) // whatever could be read
		text(c.String)
		for _, f := range c.Interfaces {
			for _, s := range f.Alternates {
				text(s.String)
			}
		}
	}
	p.tap.Enumerated(a.address, a.busSpeed(), &d)
}

func (a *attachment) descriptor(kind, index uint8, language uint16, n int) ([]byte, usb.Status) {
	b := make([]byte, n)
	k, status := a.request(usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor,
		Value: uint16(kind)<<8 | uint16(index), Index: language}, b)
	return b[:k], status
}
