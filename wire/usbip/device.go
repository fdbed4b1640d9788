package usbip

import "encoding/binary"

// DeviceLen is the length of a [Device] in bytes, without its interfaces.
const DeviceLen = 312

// InterfaceLen is the length of an [Interface] in bytes.
const InterfaceLen = 4

// Device is a device as an OP_REP_DEVLIST or OP_REP_IMPORT describes it.
//
//	0    256  path
//	256  32   busid
//	288  u32  busnum
//	292  u32  devnum
//	296  u32  speed: 1 low, 2 full, 3 high, 4 wireless, 5 super, 6 super plus
//	300  u16  idVendor
//	302  u16  idProduct
//	304  u16  bcdDevice
//	306  u8   bDeviceClass, bDeviceSubClass, bDeviceProtocol
//	309  u8   bConfigurationValue
//	310  u8   bNumConfigurations
//	311  u8   bNumInterfaces
//
// In a list, bNumInterfaces entries of 4 bytes follow; in the reply to an import
// nothing does. Linux's vhci_hcd calls a device by BusNum<<16 | DevNum.
type Device struct {
	Path     string // of at most 255 bytes
	BusID    string // of at most 31 bytes
	BusNum   uint32
	DevNum   uint32
	Speed    uint32
	Vendor   uint16
	Product  uint16
	Release  uint16 // bcdDevice
	Class    uint8
	SubClass uint8
	Protocol uint8

	Configuration  uint8 // bConfigurationValue
	Configurations uint8 // how many
	NumInterfaces  uint8 // how many entries follow
}

// Interface is an entry for an interface.
type Interface struct{ Class, SubClass, Protocol uint8 }

// AppendTo appends the 312 bytes. Texts that are too long are cut.
func (d *Device) AppendTo(dst []byte) []byte {
	dst = appendText(dst, d.Path, 256)
	dst = appendText(dst, d.BusID, BusIDLen)
	for _, v := range [...]uint32{d.BusNum, d.DevNum, d.Speed} {
		dst = binary.BigEndian.AppendUint32(dst, v)
	}
	for _, v := range [...]uint16{d.Vendor, d.Product, d.Release} {
		dst = binary.BigEndian.AppendUint16(dst, v)
	}
	return append(dst, d.Class, d.SubClass, d.Protocol, d.Configuration, d.Configurations, d.NumInterfaces)
}

// ParseDevice reads the first 312 bytes of b.
func ParseDevice(b []byte) (d Device, err error) {
	if len(b) < DeviceLen {
		return d, short("device", len(b), DeviceLen)
	}
	if d.Path, err = parseText("device", "path", b, 0, 256); err != nil {
		return d, err
	}
	if d.BusID, err = parseText("device", "busid", b, 256, BusIDLen); err != nil {
		return d, err
	}
	for i, v := range [...]*uint32{&d.BusNum, &d.DevNum, &d.Speed} {
		*v = binary.BigEndian.Uint32(b[288+4*i:])
	}
	for i, v := range [...]*uint16{&d.Vendor, &d.Product, &d.Release} {
		*v = binary.BigEndian.Uint16(b[300+2*i:])
	}
	for i, v := range [...]*uint8{&d.Class, &d.SubClass, &d.Protocol, &d.Configuration, &d.Configurations, &d.NumInterfaces} {
		*v = b[306+i]
	}
	return d, nil
}

// ID returns what vhci_hcd calls the device.
func (d *Device) ID() uint32 { return d.BusNum<<16 | d.DevNum&0xFFFF }

// AppendTo appends the 4 bytes.
func (i Interface) AppendTo(dst []byte) []byte {
	return append(dst, i.Class, i.SubClass, i.Protocol, 0)
}

// ParseInterface reads the first 4 bytes of b.
func ParseInterface(b []byte) (Interface, error) {
	if len(b) < InterfaceLen {
		return Interface{}, short("interface", len(b), InterfaceLen)
	}
	return Interface{b[0], b[1], b[2]}, nil
}
