package usbip

import (
	"sync/atomic"

	"github.com/plugfest/plugfest/sim/usb"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// kinds knows of which kind each endpoint is in the settings in force: headers
// do not tell isochronous transfers from others. The world writes it, the reader
// outside reads it. A client submits nothing to an endpoint before it has the
// answer to the request that brought it, so that it is up to date by then.
type kinds struct {
	desc   *usb.Descriptors
	config *usb.ConfigDescriptor
	table  [32]atomic.Uint32
}

func index(address uint8) int { return int(address&0x0F) | int(address>>3&0x10) }

func (k *kinds) of(address uint8) usb.TransferType {
	return usb.TransferType(k.table[index(address)].Load())
}

// init begins with what any configuration says, the first one's above all.
func (k *kinds) init(d *usb.Descriptors) {
	k.desc = d
	for i := 1; i < len(k.table); i++ {
		if i != 16 {
			k.table[i].Store(uint32(usb.TypeBulk))
		}
	}
	for i := len(d.Configs) - 1; i >= 0; i-- {
		k.configure(&d.Configs[i])
	}
}

func (k *kinds) configure(c *usb.ConfigDescriptor) {
	k.config = c
	for i := range c.Interfaces {
		list := c.Interfaces[i].Alternates
		for j := len(list) - 1; j >= 0; j-- {
			k.set(&list[j])
		}
	}
}

func (k *kinds) set(a *usb.Alternate) {
	for i := range a.Endpoints {
		e := &a.Endpoints[i]
		k.table[index(e.Address)].Store(uint32(e.Type()))
	}
}

// note follows a control request that the device has carried out.
func (k *kinds) note(s usb.Setup) {
	switch {
	case isSetConfiguration(s):
		if c := k.desc.Config(uint8(s.Value)); c != nil {
			k.configure(c)
		}
	case s.RequestType == usb.ToInterface && s.Request == usb.ReqSetInterface:
		if a := k.config.Alternate(uint8(s.Index), uint8(s.Value)); a != nil {
			k.set(a)
		}
	}
}

func isSetConfiguration(s usb.Setup) bool {
	return s.RequestType == usb.ToDevice && s.Request == usb.ReqSetConfiguration
}

// errnoOf is the status of a reply to a transfer.
func errnoOf(s usb.Status) int32 {
	if s == usb.Canceled { // not by an unlink, which is answered otherwise
		return wire.ErrnoNoEntry
	}
	return s.Errno()
}
