package pcap

import (
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Who a device is can be told by its descriptors. Sources: libimobiledevice's
// usbmuxd and the QNX usblauncher documentation for the products.
const (
	phoneName     = "phone"
	headUnitName  = "headunit"
	appleVendor   = 0x05AC
	phoneProducts = 0x1200 // to 0x12FF
)

// ReadAll reads a whole capture. In a file of somebody else's it finds out from
// the descriptors who takes part: a device of Apple's is "phone" and its host
// "headunit"; a device with an iAP2 interface is "headunit" and its host
// "phone". Other devices keep the names that [Reader] gives them.
//
// What could be read is returned with the first error, which does not keep
// later packets from being read where that is possible.
func ReadAll(r io.Reader) ([]sim.Event, error) {
	p, err := NewReader(r)
	if err != nil {
		return nil, err
	}
	var events []sim.Event
	var first error
	for {
		e, err := p.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		events = append(events, e.Clone())
	}
	rename(events)
	return events, first
}

// attachment is a device for as long as it has an address.
type attachment struct {
	bus    int64
	device string // its new name, "" to keep the old one
	host   string
}

type address struct{ bus, dev int64 }

// rename gives phone and head unit their names. An attachment begins at address
// 0 and goes on at the one that SET_ADDRESS gives it; its descriptors tell who
// it is.
func rename(events []sim.Event) {
	at := map[address]*attachment{}
	owner := make([]*attachment, len(events))
	for i := range events {
		e := &events[i]
		if e.Layer != "usb" || !unnamed(e) {
			continue
		}
		key := address{num(e, "bus"), num(e, "dev")}
		a := at[key]
		if a == nil {
			a = &attachment{bus: key.bus}
			at[key] = a
		}
		owner[i] = a
		setup, ok := setupOf(e)
		if !ok || e.Kind != "complete" || e.Get("result") != usb.OK.String() {
			continue
		}
		if setup.RequestType == 0 && setup.Request == usb.ReqSetAddress {
			at[address{key.bus, int64(setup.Value)}] = a
			delete(at, key)
		}
		if setup.RequestType == usb.DirIn && setup.Request == usb.ReqGetDescriptor {
			a.identify(e.Data)
		}
	}
	hosts := map[int64]string{}
	for _, a := range owner {
		if a != nil && a.host != "" {
			hosts[a.bus] = a.host
		}
	}
	for i, a := range owner {
		if a != nil {
			a.apply(&events[i], hosts[a.bus])
		}
	}
}

// unnamed reports whether an event has a device's name of our own making.
func unnamed(e *sim.Event) bool {
	return strings.HasPrefix(e.Who, "dev") || strings.HasPrefix(e.Get("peer"), "dev")
}

func setupOf(e *sim.Event) (usb.Setup, bool) {
	b, err := hex.DecodeString(e.Get("setup"))
	if err != nil || len(b) != 8 {
		return usb.Setup{}, false
	}
	return usb.ParseSetup([8]byte(b)), true
}

func (a *attachment) identify(descriptor []byte) {
	if d, err := usb.ParseDevice(descriptor); err == nil {
		if d.VendorID == appleVendor && d.ProductID&0xFF00 == phoneProducts {
			a.device, a.host = phoneName, headUnitName
		}
		return
	}
	c, _ := usb.ParseConfig(descriptor)
	if len(c.Find(0xFF, 0xF0, 0x00)) > 0 {
		a.device, a.host = headUnitName, phoneName
	}
}

func (a *attachment) apply(e *sim.Event, host string) {
	set := func(name *string) {
		switch {
		case *name == "host" && host != "":
			*name = host
		case *name != "host" && a.device != "":
			*name = a.device
		}
	}
	set(&e.Who)
	for i := range e.Fields {
		if f := &e.Fields[i]; f.Key == "peer" {
			set(&f.Text)
		}
	}
}
