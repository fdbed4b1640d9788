package gadget

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/plugfest/plugfest/sim/usb"
)

// What is written to ep0 of a FunctionFS instance (linux/usb/functionfs.h).
const (
	descriptorsMagic = 3 // version 2
	stringsMagic     = 2

	flagEventFD     = 32
	flagAllRequests = 64  // requests to the device too, not to the interface alone
	flagConfig0     = 128 // also while there is no configuration
)

// speedFlags say which speeds follow.
var speedFlags = map[usb.Speed]uint32{usb.Full: 1, usb.High: 2, usb.Super: 4}

// descriptors is the first thing written to ep0: version 2 with an eventfd, which
// tells of events.
func (f *function) descriptors(eventfd int) []byte {
	flags := uint32(flagEventFD | flagAllRequests | flagConfig0)
	for _, b := range f.blocks {
		flags |= speedFlags[b.speed]
	}
	le := binary.LittleEndian
	out := le.AppendUint32(nil, descriptorsMagic)
	out = le.AppendUint32(out, 0)
	out = le.AppendUint32(out, flags)
	out = le.AppendUint32(out, uint32(eventfd))
	for _, b := range f.blocks {
		out = le.AppendUint32(out, b.count)
	}
	for _, b := range f.blocks {
		out = append(out, b.bytes...)
	}
	le.PutUint32(out[4:], uint32(len(out)))
	return out
}

// block writes the settings of an interface for one speed. With fresh set it adds
// the endpoints to the plan; other speeds have the same ones.
func (p *plan) block(f *function, list []usb.Alternate, s usb.Speed, texts *texts, fresh bool) (block, error) {
	b := block{speed: s}
	next := f.first
	for i := range list {
		a := &list[i]
		for _, d := range a.Lead {
			if err := b.add(texts.association(d), a); err != nil {
				return b, err
			}
		}
		// FunctionFS counts interfaces of an instance from 0.
		b.descriptor([]byte{9, usb.DescInterface, 0, a.Setting, uint8(len(a.Endpoints)), a.Class, a.SubClass, a.Protocol, texts.number(a.String)})
		for _, d := range a.Extra {
			if err := b.add(d, a); err != nil {
				return b, err
			}
		}
		for j := range a.Endpoints {
			e := &a.Endpoints[j]
			if fresh {
				if err := p.addEndpoint(f, a.Setting, e); err != nil {
					return b, err
				}
			}
			own := &p.endpoints[next]
			next++
			own.sizes[s] = e.PacketSize()
			d := []byte{uint8(7 + len(e.Tail)), usb.DescEndpoint, own.virtual, e.Attributes, uint8(e.MaxPacketSize), uint8(e.MaxPacketSize >> 8), e.Interval}
			b.descriptor(append(d, e.Tail...))
			for _, d := range e.Extra {
				if err := b.add(d, a); err != nil {
					return b, err
				}
			}
		}
	}
	return b, nil
}

func (b *block) descriptor(d []byte) {
	b.count++
	b.bytes = append(b.bytes, d...)
}

// add writes a descriptor that is neither of an interface nor of an endpoint.
func (b *block) add(d []byte, a *usb.Alternate) error {
	if len(d) < 2 || !carried(d, a.Class) {
		kind := byte(0)
		if len(d) > 1 {
			kind = d[1]
		}
		return fmt.Errorf("setting %d of class %02X has a descriptor of type %02X and %d bytes, which FunctionFS refuses", a.Setting, a.Class, kind, len(d))
	}
	b.descriptor(d)
	return nil
}

// Classes with a descriptor of their own that FunctionFS takes.
const (
	classHID  = 0x03
	classCCID = 0x0B
)

// carried reports whether FunctionFS takes a descriptor (ffs_do_single_desc of
// Linux 6.1: of class-specific ones it knows HID's and CCID's).
func carried(d []byte, class uint8) bool {
	n := len(d)
	switch d[1] {
	case usb.DescInterfaceAssociation:
		return n == 8
	case usb.DescCompanion:
		return n == 6
	case usb.DescHID:
		return class == classHID && n == 9 || class == classCCID && n == 54
	}
	return false
}

// addEndpoint gives an endpoint an address within the instance: its own, unless
// another setting has that already. The kernel wants each address once.
func (p *plan) addEndpoint(f *function, setting uint8, e *usb.EndpointDescriptor) error {
	taken := map[uint8]bool{}
	for _, o := range p.endpoints[f.first:] {
		taken[o.virtual] = true
	}
	virtual := e.Address
	for n := uint8(1); taken[virtual] && n <= 15; n++ {
		virtual = e.Address&usb.DirIn | n
	}
	if taken[virtual] {
		return fmt.Errorf("more than 15 endpoints of one direction over all alternate settings")
	}
	p.endpoints = append(p.endpoints, endpoint{
		function: len(p.functions), file: len(p.endpoints) - f.first + 1,
		address: e.Address, virtual: virtual, setting: setting, kind: e.Type(),
	})
	return nil
}

// texts renumbers the strings of an instance: FunctionFS counts them from 1.
type texts struct {
	d    *usb.Descriptors
	used []uint8 // numbers of the device's, in order of their new ones
}

func newTexts(d *usb.Descriptors) *texts { return &texts{d: d} }

// number returns the new number of a string; 0 where the device has no such text.
func (t *texts) number(n uint8) uint8 {
	if t.d.Text(n) == "" {
		return 0
	}
	for i, u := range t.used {
		if u == n {
			return uint8(i + 1)
		}
	}
	t.used = append(t.used, n)
	return uint8(len(t.used))
}

// association gives an interface association the new number of its string.
func (t *texts) association(d []byte) []byte {
	if len(d) != 8 || d[1] != usb.DescInterfaceAssociation {
		return d
	}
	return append(append([]byte(nil), d[:7]...), t.number(d[7]))
}

// blob is the second thing written to ep0.
func (t *texts) blob() []byte {
	le := binary.LittleEndian
	out := le.AppendUint32(nil, stringsMagic)
	out = le.AppendUint32(out, 0)
	languages := len(t.d.Strings)
	if len(t.used) == 0 {
		languages = 0
	}
	out = le.AppendUint32(out, uint32(len(t.used)))
	out = le.AppendUint32(out, uint32(languages))
	for _, table := range t.d.Strings[:languages] {
		out = le.AppendUint16(out, table.Language)
		for _, n := range t.used {
			s := table.Text[n]
			if s == "" {
				s = t.d.Text(n)
			}
			out = append(append(out, cString(s)...), 0)
		}
	}
	le.PutUint32(out[4:], uint32(len(out)))
	return out
}

// cString cuts a string at its first NUL, as the kernel would.
func cString(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return s
}
