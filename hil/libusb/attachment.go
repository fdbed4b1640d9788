package libusb

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// attachment is a device from its attachment to its detachment, with its
// settings, which all of its Conns share.
type attachment struct {
	h    *Host
	dev  Device
	info usb.DeviceInfo
	desc usb.Descriptors
	tap  usb.Tap
	gone bool

	named   bool // the device's texts have been read
	config  uint8
	alts    [256]uint8
	claims  [256]*conn
	pipes   [32]pipe // by endpoint: number, and 16 more for IN
	closing int      // Conns that are closed and still have interfaces
	busy    bool     // somebody changes settings
	changed sim.Cond // gone, no longer busy, or a transfer is back
}

// pipe is what the host knows of an endpoint.
type pipe struct {
	open  bool // the current settings have it
	kind  usb.TransferType
	iface uint8
}

func pipeIndex(ep uint8) int { return int(ep&0x0F) + int(ep&usb.DirIn)>>3 }

func newAttachment(h *Host, d Device) *attachment {
	a := &attachment{h: h, dev: d}
	id := ids.Add(1)
	a.info = usb.DeviceInfo{ID: usb.DeviceID(id), Bus: d.Bus, Address: d.Address, Speed: d.Speed, Device: d.Descriptor}
	a.desc = usb.Descriptors{Device: d.Descriptor, Speed: d.Speed}
	for _, b := range d.configurations() {
		if c, err := usb.ParseConfig(b); err == nil || len(c.Interfaces) > 0 || c.Value != 0 {
			a.desc.Configs = append(a.desc.Configs, c)
		}
	}
	peer := h.o.Peer
	if peer == "" {
		peer = d.Path
	}
	a.tap = usb.Tap{World: h.w, Host: h.o.Name, Device: peer, Bus: d.Bus, Last: int64(id) << 40, Silent: h.o.Silent}
	a.changed.Init(h.w, "USB device "+d.Path)
	a.begin(d.Configuration)
	return a
}

// attach announces the device.
func (a *attachment) attach() {
	a.tap.Attach(a.dev.Speed)
	a.replay()
	a.tap.Enumerated(a.dev.Address, a.dev.Speed, &a.dev.Descriptor)
	a.h.announcer.Announce(usb.Event{Kind: usb.Attached, Info: a.info})
}

// detach is called when the device is gone.
func (a *attachment) detach() {
	a.gone = true
	a.tap.Detach(a.dev.Speed)
	for c := range a.h.conns {
		if c.a == a {
			c.settle(usb.Disconnected)
		}
	}
	a.changed.Broadcast()
	a.h.announcer.Announce(usb.Event{Kind: usb.Detached, Info: a.info})
}

// opened reports whether somebody has the device open.
func (a *attachment) opened() bool {
	for c := range a.h.conns {
		if c.a == a {
			return true
		}
	}
	return false
}

// replay tells of what the kernel has asked the device while it enumerated it.
func (a *attachment) replay() {
	a.told(usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor, Value: usb.DescDevice << 8}, a.dev.raw[:18])
	for i, b := range a.dev.configurations() {
		a.told(usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor, Value: usb.DescConfiguration<<8 | uint16(i)}, b)
	}
	if a.config == 0 {
		return
	}
	a.told(usb.Setup{Request: usb.ReqSetConfiguration, Value: uint16(a.config)}, nil)
	for number, setting := range a.alts {
		if setting != 0 {
			a.told(setInterface(uint8(number), setting), nil)
		}
	}
}

func setInterface(number, setting uint8) usb.Setup {
	return usb.Setup{RequestType: usb.ToInterface, Request: usb.ReqSetInterface, Value: uint16(setting), Index: uint16(number)}
}

// told tells of a control transfer that the kernel has made.
func (a *attachment) told(s usb.Setup, data []byte) {
	s.Length = uint16(len(data))
	t := &usb.Transfer{Setup: s, Data: data, Actual: len(data)}
	a.tap.Submit(a.dev.Address, usb.TypeControl, t)
	a.tap.Complete(a.dev.Address, usb.TypeControl, t)
}

// request has the kernel make a control transfer by a call of its own, and tells
// of it.
func (a *attachment) request(s usb.Setup, fn func() code) code {
	t := &usb.Transfer{Setup: s}
	a.tap.Submit(a.dev.Address, usb.TypeControl, t)
	var c code
	a.h.w.Outside("USB device "+a.dev.Path, func() { c = fn() })
	t.Status = c.Status()
	a.tap.Complete(a.dev.Address, usb.TypeControl, t)
	return c
}

// acquire gets the right to change settings. It waits for Conns that are being
// closed.
func (a *attachment) acquire() error {
	for (a.busy || a.closing > 0) && !a.gone {
		a.changed.Wait()
	}
	if a.gone {
		return usb.Disconnected
	}
	a.busy = true
	return nil
}

func (a *attachment) leave() {
	a.busy = false
	a.changed.Broadcast()
}

// begin makes a configuration the current one, in settings 0.
func (a *attachment) begin(value uint8) {
	a.config = value
	a.alts = [256]uint8{}
	a.pipes = [32]pipe{}
	c := a.desc.Config(value)
	if value == 0 || c == nil {
		return
	}
	for _, f := range c.Interfaces {
		if s := c.Alternate(f.Number, 0); s != nil {
			a.enter(f.Number, s)
		}
	}
}

// enter makes an alternate setting the current one.
func (a *attachment) enter(number uint8, s *usb.Alternate) {
	for i := range a.pipes {
		if a.pipes[i].iface == number {
			a.pipes[i].open = false
		}
	}
	a.alts[number] = s.Setting
	for _, e := range s.Endpoints {
		if k := e.Type(); e.Address&0x0F != 0 && (k == usb.TypeBulk || k == usb.TypeInterrupt) {
			a.pipes[pipeIndex(e.Address)] = pipe{true, k, number}
		}
	}
}
