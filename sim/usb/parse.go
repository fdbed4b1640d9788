package usb

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// A DescriptorError says what is wrong with the bytes of a descriptor.
type DescriptorError struct {
	Offset int    // of the field, from the first byte that was given
	Field  string // by its name in the USB specification
	Value  int    // what it is
	Want   string // what it should be
}

func (e *DescriptorError) Error() string {
	return fmt.Sprintf("usb: descriptor: %s at offset %d is %d; want %s", e.Field, e.Offset, e.Value, e.Want)
}

// ParseDevice reads a device descriptor. Bytes past the eighteenth are ignored.
func ParseDevice(b []byte) (DeviceDescriptor, error) {
	switch {
	case len(b) < 18:
		return DeviceDescriptor{}, &DescriptorError{len(b), "length of the device descriptor", len(b), "18"}
	case b[0] < 18:
		return DeviceDescriptor{}, &DescriptorError{0, "bLength", int(b[0]), "18"}
	case b[1] != DescDevice:
		return DeviceDescriptor{}, &DescriptorError{1, "bDescriptorType", int(b[1]), "1 (device)"}
	}
	return DeviceDescriptor{
		USB:            binary.LittleEndian.Uint16(b[2:]),
		Class:          b[4],
		SubClass:       b[5],
		Protocol:       b[6],
		MaxPacketSize0: b[7],
		VendorID:       binary.LittleEndian.Uint16(b[8:]),
		ProductID:      binary.LittleEndian.Uint16(b[10:]),
		Release:        binary.LittleEndian.Uint16(b[12:]),
		Manufacturer:   b[14],
		Product:        b[15],
		SerialNumber:   b[16],
		Configurations: b[17],
	}, nil
}

// ParseConfig reads a configuration descriptor and all that belongs to it.
// What it accepts without an error, AppendTo writes again byte for byte.
//
// The error is a [*DescriptorError], of the first thing that is wrong. Whatever
// could be read comes back with it, as devices in the field have descriptors
// with faults; only where the first nine bytes are no configuration at all is
// there nothing to return.
func ParseConfig(b []byte) (ConfigDescriptor, error) {
	p := configParser{b: b}
	if !p.header() {
		return ConfigDescriptor{}, p.err
	}
	for p.off < p.total && p.next() {
	}
	p.finish()
	return p.c, p.err
}

type configParser struct {
	b         []byte
	off       int // of the current descriptor
	total     int // end of what is to be read
	c         ConfigDescriptor
	declared  uint8    // bNumInterfaces
	lead      [][]byte // descriptors that wait for their interface
	alternate *Alternate
	altOffset int
	endpoints int // bNumEndpoints of alternate
	err       error
}

// fail keeps the first fault.
func (p *configParser) fail(offset int, field string, value int, want string) {
	if p.err == nil {
		p.err = &DescriptorError{offset, field, value, want}
	}
}

// header reports whether there is a configuration to read at all.
func (p *configParser) header() bool {
	b := p.b
	if len(b) < 9 {
		p.fail(len(b), "length of the configuration descriptor", len(b), "at least 9")
		return false
	}
	if b[0] < 9 || int(b[0]) > len(b) {
		p.fail(0, "bLength", int(b[0]), "9")
		return false
	}
	if b[1] != DescConfiguration && b[1] != DescOtherSpeed {
		p.fail(1, "bDescriptorType", int(b[1]), "2 (configuration)")
		return false
	}
	if b[0] != 9 {
		p.fail(0, "bLength", int(b[0]), "9")
	}
	if b[1] == DescOtherSpeed {
		p.fail(1, "bDescriptorType", int(b[1]), "2 (configuration)")
	}
	p.total = int(binary.LittleEndian.Uint16(b[2:]))
	if p.total != len(b) {
		p.fail(2, "wTotalLength", p.total, fmt.Sprintf("%d, the length given", len(b)))
		p.total = min(p.total, len(b))
	}
	p.total = max(p.total, 9)
	p.declared = b[4]
	p.c = ConfigDescriptor{Value: b[5], String: b[6], Attributes: b[7], MaxPower: b[8]}
	p.off = int(b[0])
	return true
}

// next reads one descriptor and reports whether reading can go on.
func (p *configParser) next() bool {
	b := p.b[p.off:p.total]
	if len(b) < 2 {
		p.fail(p.off, "length of what is left", len(b), "at least 2")
		return false
	}
	n := int(b[0])
	if n < 2 || n > len(b) {
		p.fail(p.off, "bLength", n, fmt.Sprintf("2 to %d", len(b)))
		return false
	}
	d := b[:n]
	switch d[1] {
	case DescInterface:
		p.beginInterface(d)
	case DescEndpoint:
		p.endpoint(d)
	case DescInterfaceAssociation:
		p.lead = append(p.lead, clone(d))
	case DescDevice, DescConfiguration, DescString, DescOtherSpeed:
		p.fail(p.off+1, "bDescriptorType", int(d[1]), "a descriptor that may stand in a configuration")
		p.other(d)
	default:
		p.other(d)
	}
	p.off += n
	return true
}

func (p *configParser) beginInterface(d []byte) {
	if len(d) < 9 {
		p.fail(p.off, "bLength", len(d), "9")
		p.other(d)
		return
	}
	if len(d) > 9 {
		p.fail(p.off, "bLength", len(d), "9")
	}
	p.endInterface()
	number := d[2]
	c := &p.c
	if k := len(c.Interfaces); k == 0 || c.Interfaces[k-1].Number != number {
		c.Interfaces = append(c.Interfaces, Interface{Number: number})
	}
	if c.Alternate(number, d[3]) != nil {
		p.fail(p.off+3, "bAlternateSetting", int(d[3]), fmt.Sprintf("one that interface %d does not have yet", number))
	}
	f := &c.Interfaces[len(c.Interfaces)-1]
	f.Alternates = append(f.Alternates, Alternate{
		Setting: d[3], Class: d[5], SubClass: d[6], Protocol: d[7], String: d[8], Lead: p.lead,
	})
	p.lead = nil
	p.alternate = &f.Alternates[len(f.Alternates)-1]
	p.altOffset, p.endpoints = p.off, int(d[4])
}

func (p *configParser) endpoint(d []byte) {
	switch {
	case len(d) < 7:
		p.fail(p.off, "bLength", len(d), "7 or 9")
		p.other(d)
		return
	case p.alternate == nil:
		p.fail(p.off+1, "bDescriptorType", DescEndpoint, "an interface first")
		p.other(d)
		return
	case len(p.lead) > 0:
		p.fail(p.off+1, "bDescriptorType", DescEndpoint, "an interface after an association")
	case d[2]&0x0F == 0:
		p.fail(p.off+2, "bEndpointAddress", int(d[2]), "an endpoint other than 0")
	}
	for i := range p.alternate.Endpoints {
		if p.alternate.Endpoints[i].Address == d[2] {
			p.fail(p.off+2, "bEndpointAddress", int(d[2]), "one that the setting does not have yet")
		}
	}
	e := EndpointDescriptor{
		Address: d[2], Attributes: d[3], MaxPacketSize: binary.LittleEndian.Uint16(d[4:]), Interval: d[6],
	}
	if len(d) > 7 {
		e.Tail = clone(d[7:])
	}
	p.alternate.Endpoints = append(p.alternate.Endpoints, e)
}

// other keeps a descriptor of no concern to us where it stands.
func (p *configParser) other(d []byte) {
	switch a := p.alternate; {
	case len(p.lead) > 0:
		p.lead = append(p.lead, clone(d))
	case a == nil:
		p.c.Extra = append(p.c.Extra, clone(d))
	case len(a.Endpoints) == 0:
		a.Extra = append(a.Extra, clone(d))
	default:
		e := &a.Endpoints[len(a.Endpoints)-1]
		e.Extra = append(e.Extra, clone(d))
	}
}

func (p *configParser) endInterface() {
	if p.alternate != nil && p.endpoints != len(p.alternate.Endpoints) {
		p.fail(p.altOffset+4, "bNumEndpoints", p.endpoints, fmt.Sprintf("%d, as many as follow", len(p.alternate.Endpoints)))
	}
}

func (p *configParser) finish() {
	p.endInterface()
	if len(p.lead) > 0 {
		p.fail(p.off, "interface after an association", 0, "one")
	}
	if n := p.c.countInterfaces(); p.declared != n {
		p.fail(4, "bNumInterfaces", int(p.declared), fmt.Sprintf("%d, as many as follow", n))
	}
}

func clone(b []byte) []byte { return append([]byte(nil), b...) }

// ParseString reads a string descriptor. What is no valid UTF-16 becomes U+FFFD.
func ParseString(b []byte) (string, error) {
	u, err := stringUnits(b)
	if err != nil {
		return "", err
	}
	return string(utf16.Decode(u)), nil
}

// ParseLanguages reads string descriptor 0, the languages that a device has.
func ParseLanguages(b []byte) ([]uint16, error) { return stringUnits(b) }

func stringUnits(b []byte) ([]uint16, error) {
	switch {
	case len(b) < 2:
		return nil, &DescriptorError{len(b), "length of the string descriptor", len(b), "at least 2"}
	case b[0] < 2 || int(b[0]) > len(b):
		return nil, &DescriptorError{0, "bLength", int(b[0]), fmt.Sprintf("2 to %d", len(b))}
	case b[1] != DescString:
		return nil, &DescriptorError{1, "bDescriptorType", int(b[1]), "3 (string)"}
	}
	u := make([]uint16, 0, (b[0]-2)/2)
	for i := 2; i+1 < int(b[0]); i += 2 {
		u = append(u, binary.LittleEndian.Uint16(b[i:]))
	}
	return u, nil
}
