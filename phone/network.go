package phone

import (
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim/usb"
)

// Network functions of a phone: Apple's USB Ethernet (FF/FD/01) and CDC-NCM. Both
// answer what drivers ask, and have no carrier: nothing is ever sent, and what comes
// is dropped.

// Vendor requests to the USB Ethernet interface (Linux drivers/net/usb/ipheth.c). The
// third, the carrier check, is get mode by another name.
const (
	reqGetMAC    = 0x00 // IN, to the device; 6 bytes
	reqEnableNCM = 0x04 // OUT, to the interface
)

// Which address of a phone.
const (
	macEther = "usb ethernet"
	macNCM   = "ncm"
)

// mac makes an address out of the serial number, locally administered.
func (p *Persona) mac(what string) []byte {
	id := state.IdentityOf(p.SerialNumber)
	b := id.Bytes(what, 6)
	b[0] = b[0]&^1 | 2
	return b
}

// macText is an address as the string that CDC Ethernet wants (ECM 1.2, 5.4).
func macText(mac []byte) string { return strings.ToUpper(hex.EncodeToString(mac)) }

// CDC descriptors (CDC 1.2, 5.2.3; ECM 1.2, 5.4; NCM 1.0, 5.2.1).
const (
	descCSInterface = 0x24
	cdcHeader       = 0x00
	cdcUnion        = 0x06
	cdcEthernet     = 0x0F
	cdcNCM          = 0x1A

	maxSegment = 1514
)

// ncm makes the control interface, whose number is given, and the data interface
// after it.
func ncm(number uint8) (control, data usb.Interface) {
	control = usb.Interface{Alternates: []usb.Alternate{{Class: 2, SubClass: 0x0D, Protocol: 0, String: strNCMControl,
		Extra: [][]byte{
			{5, descCSInterface, cdcHeader, 0x10, 0x01},
			{5, descCSInterface, cdcUnion, number, number + 1},
			{13, descCSInterface, cdcEthernet, strMAC, 0, 0, 0, 0, maxSegment & 0xFF, maxSegment >> 8, 0, 0, 0},
			{6, descCSInterface, cdcNCM, 0x00, 0x01, 0x00},
		},
		Endpoints: []usb.EndpointDescriptor{usb.Interrupt(0x87, 16, 9)}}}}
	off := usb.Alternate{Class: 0x0A, SubClass: 0, Protocol: 1, String: strNCMData}
	on := off
	on.Setting = 1
	on.Endpoints = []usb.EndpointDescriptor{usb.Bulk(0x88), usb.Bulk(0x06)}
	data = usb.Interface{Alternates: []usb.Alternate{off, on}}
	return control, data
}

// Class requests to the control interface (NCM 1.0, 6.2; ECM 1.2, 6.2).
const (
	reqSetPacketFilter  = 0x43
	reqGetNTBParameters = 0x80
	reqGetNTBFormat     = 0x83
	reqSetNTBFormat     = 0x84
	reqGetNTBInputSize  = 0x85
	reqSetNTBInputSize  = 0x86
)

// ntbSize is the longest transfer block, either way.
const ntbSize = 16 << 10

// ntbParameters answer GET_NTB_PARAMETERS: blocks of 16 bits alone, aligned to 4
// bytes (NCM 1.0, table 6-3).
func ntbParameters() []byte {
	b := binary.LittleEndian.AppendUint16(nil, 28)
	b = binary.LittleEndian.AppendUint16(b, 1) // 16-bit blocks
	b = binary.LittleEndian.AppendUint32(b, ntbSize)
	for _, v := range []uint16{4, 0, 4, 0} { // divisor, remainder, alignment, reserved
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = binary.LittleEndian.AppendUint32(b, ntbSize)
	for _, v := range []uint16{4, 0, 4, 0} { // divisor, remainder, alignment; datagrams: no limit
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

// network is what a configuration has of network functions.
type network struct {
	d     *device
	ether *usb.Match // alternate setting 1, nil if there is none
	data  *usb.Match // of CDC-NCM, likewise
	ctrl  *usb.Match

	input uint32 // NTB input size that the host has set
}

// newNetwork finds the functions of a configuration.
func newNetwork(d *device, c *usb.ConfigDescriptor) network {
	n := network{d: d, input: ntbSize}
	first := func(class, sub, protocol int, setting uint8) *usb.Match {
		for _, m := range c.Find(class, sub, protocol) {
			if m.Setting == setting {
				return &m
			}
		}
		return nil
	}
	n.ether, n.ctrl, n.data = first(0xFF, 0xFD, 1, 1), first(2, 0x0D, 0, 0), first(0x0A, 0, 1, 1)
	return n
}

// vendor answers the requests of ipheth.
func (n *network) vendor(c *usb.ControlRequest) bool {
	s := c.Setup
	switch {
	case n.ether == nil || s.Index != uint16(n.ether.Interface):
		return false
	case s.Request == reqGetMAC && s.In() && s.RequestType&usb.ToMask == usb.ToDevice:
		c.Reply(n.d.p.p.mac(macEther))
	case s.Request == reqEnableNCM && !s.In() && s.RequestType&usb.ToMask == usb.ToInterface && n.d.p.p.version().AtLeast(6, 5):
		c.Accept()
	default:
		return false
	}
	return true
}

// class answers the requests of CDC-NCM.
func (n *network) class(c *usb.ControlRequest) bool {
	s := c.Setup
	if n.ctrl == nil || s.Index != uint16(n.ctrl.Interface) {
		return false
	}
	switch {
	case s.Request == reqGetNTBParameters && s.In():
		c.Reply(ntbParameters())
	case s.Request == reqGetNTBFormat && s.In():
		c.Reply([]byte{0, 0})
	case s.Request == reqSetNTBFormat && !s.In() && s.Value == 0:
		c.Accept()
	case s.Request == reqGetNTBInputSize && s.In():
		c.Reply(binary.LittleEndian.AppendUint32(nil, n.input))
	case s.Request == reqSetNTBInputSize && !s.In() && len(c.Data) >= 4:
		size := binary.LittleEndian.Uint32(c.Data)
		if size < 2048 || size > ntbSize { // NCM 1.0, 6.2.7
			return false
		}
		n.input = size
		c.Accept()
	case s.Request == reqSetPacketFilter && !s.In():
		c.Accept()
	default:
		return false
	}
	return true
}

// alternateSet follows the host's choice of a setting with endpoints: NCM says that
// there is no connection, and what the host sends is dropped.
func (n *network) alternateSet(iface, setting uint8) {
	for _, m := range []*usb.Match{n.ether, n.data} {
		if m == nil || m.Interface != iface || setting == 0 {
			continue
		}
		if _, out, ok := m.BulkPair(); ok {
			n.d.p.w.Go(n.d.p.name+" network", func() { n.d.drain(out) })
		}
		if m == n.data {
			n.d.p.w.Go(n.d.p.name+" NCM notification", n.notify)
		}
	}
}

// notify says NETWORK_CONNECTION: disconnected (CDC 1.2, 6.3.1).
func (n *network) notify() {
	in := n.d.gadget.Endpoint(n.ctrl.Endpoints[0].Address)
	_, _ = in.Write([]byte{0xA1, 0, 0, 0, n.ctrl.Interface, 0, 0, 0}) // the host may have gone
}

// drain drops what comes on an endpoint, until it is shut.
func (d *device) drain(address uint8) {
	out := d.gadget.Endpoint(address)
	buf := make([]byte, 2048)
	for {
		if _, err := out.Read(buf); err != nil {
			return
		}
	}
}
