package usbip

import (
	"sync/atomic"

	"github.com/plugfest/plugfest/sim/usb"
)

// settings knows what the endpoints of the settings in force are, from the
// requests that pass: headers do not tell isochronous transfers from others. The
// world writes it, the reader outside reads it. A client submits nothing to an
// endpoint before it has the answer to the request that brought it, so that it
// is up to date by then.
type settings struct {
	desc   *usb.Descriptors
	config *usb.ConfigDescriptor
	table  [32]atomic.Uint32 // kind, and bInterval above it
}

func index(address uint8) int { return int(address&0x0F) | int(address>>3&0x10) }

// kind returns the kind of an endpoint; bulk where there is none.
func (k *settings) kind(address uint8) usb.TransferType {
	return usb.TransferType(k.table[index(address)].Load() & 3)
}

// interval returns the time between two packets of an interrupt endpoint, in
// frames of 1 ms at low and full speed, else in microframes of 125 us.
func (k *settings) interval(address uint8, s usb.Speed) int32 {
	v := k.table[index(address)].Load()
	n := max(int32(v>>8), 1)
	switch {
	case usb.TransferType(v&3) != usb.TypeInterrupt:
		return 0
	case s >= usb.High:
		return 1 << min(n-1, 15)
	}
	return n
}

// init begins with what any configuration says, the first one's above all.
func (k *settings) init(d *usb.Descriptors) {
	k.desc = d
	for i := range k.table {
		if i&0x0F != 0 {
			k.table[i].Store(uint32(usb.TypeBulk))
		}
	}
	for i := len(d.Configs) - 1; i >= 0; i-- {
		k.configure(&d.Configs[i])
	}
}

func (k *settings) configure(c *usb.ConfigDescriptor) {
	k.config = c
	for i := range c.Interfaces {
		list := c.Interfaces[i].Alternates
		for j := len(list) - 1; j >= 0; j-- {
			k.enter(&list[j])
		}
	}
}

func (k *settings) enter(a *usb.Alternate) {
	for i := range a.Endpoints {
		e := &a.Endpoints[i]
		k.table[index(e.Address)].Store(uint32(e.Type()) | uint32(e.Interval)<<8)
	}
}

// note follows a control request that the device has carried out.
func (k *settings) note(s usb.Setup) {
	switch {
	case isSetConfiguration(s):
		if c := k.desc.Config(uint8(s.Value)); c != nil {
			k.configure(c)
		}
	case s.RequestType == usb.ToInterface && s.Request == usb.ReqSetInterface && k.config != nil:
		if a := k.config.Alternate(uint8(s.Index), uint8(s.Value)); a != nil {
			k.enter(a)
		}
	}
}

func isSetConfiguration(s usb.Setup) bool {
	return s.RequestType == usb.ToDevice && s.Request == usb.ReqSetConfiguration
}
