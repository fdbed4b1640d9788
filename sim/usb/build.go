package usb

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// AppendTo appends the 18 bytes of the descriptor to dst.
func (d *DeviceDescriptor) AppendTo(dst []byte) []byte {
	dst = append(dst, 18, DescDevice)
	dst = binary.LittleEndian.AppendUint16(dst, d.USB)
	dst = append(dst, d.Class, d.SubClass, d.Protocol, d.MaxPacketSize0)
	dst = binary.LittleEndian.AppendUint16(dst, d.VendorID)
	dst = binary.LittleEndian.AppendUint16(dst, d.ProductID)
	dst = binary.LittleEndian.AppendUint16(dst, d.Release)
	return append(dst, d.Manufacturer, d.Product, d.SerialNumber, d.Configurations)
}

// AppendTo appends the configuration and all that belongs to it to dst;
// wTotalLength and the counts of interfaces and endpoints are filled in.
func (c *ConfigDescriptor) AppendTo(dst []byte) []byte {
	return c.appendAs(dst, DescConfiguration)
}

func (c *ConfigDescriptor) appendAs(dst []byte, kind uint8) []byte {
	start := len(dst)
	dst = append(dst, 9, kind, 0, 0, c.countInterfaces(), c.Value, c.String, c.Attributes, c.MaxPower)
	dst = appendRaw(dst, c.Extra)
	for i := range c.Interfaces {
		f := &c.Interfaces[i]
		for j := range f.Alternates {
			dst = f.Alternates[j].appendTo(dst, f.Number)
		}
	}
	binary.LittleEndian.PutUint16(dst[start+2:], uint16(len(dst)-start))
	return dst
}

func (c *ConfigDescriptor) countInterfaces() uint8 {
	var seen [256]bool
	n := uint8(0)
	for i := range c.Interfaces {
		if k := c.Interfaces[i].Number; !seen[k] {
			seen[k] = true
			n++
		}
	}
	return n
}

func (a *Alternate) appendTo(dst []byte, number uint8) []byte {
	dst = appendRaw(dst, a.Lead)
	dst = append(dst, 9, DescInterface, number, a.Setting, uint8(len(a.Endpoints)), a.Class, a.SubClass, a.Protocol, a.String)
	dst = appendRaw(dst, a.Extra)
	for i := range a.Endpoints {
		e := &a.Endpoints[i]
		dst = append(dst, uint8(7+len(e.Tail)), DescEndpoint, e.Address, e.Attributes)
		dst = binary.LittleEndian.AppendUint16(dst, e.MaxPacketSize)
		dst = append(dst, e.Interval)
		dst = append(dst, e.Tail...)
		dst = appendRaw(dst, e.Extra)
	}
	return dst
}

func appendRaw(dst []byte, list [][]byte) []byte {
	for _, b := range list {
		dst = append(dst, b...)
	}
	return dst
}

// appendQualifier appends what the device would be at its other speed.
func (d *DeviceDescriptor) appendQualifier(dst []byte) []byte {
	dst = append(dst, 10, DescDeviceQualifier)
	dst = binary.LittleEndian.AppendUint16(dst, d.USB)
	return append(dst, d.Class, d.SubClass, d.Protocol, d.MaxPacketSize0, d.Configurations, 0)
}

// MaxString is how many UTF-16 units a string descriptor holds.
const MaxString = 126

// AppendString appends s as a string descriptor, in UTF-16. It fails, and
// appends nothing, where s needs more than [MaxString] units.
func AppendString(dst []byte, s string) ([]byte, error) {
	start := len(dst)
	dst = append(dst, 0, DescString)
	for _, r := range s {
		if r >= 0x10000 {
			hi, lo := utf16.EncodeRune(r)
			dst = binary.LittleEndian.AppendUint16(dst, uint16(hi))
			dst = binary.LittleEndian.AppendUint16(dst, uint16(lo))
			continue
		}
		dst = binary.LittleEndian.AppendUint16(dst, uint16(r))
	}
	n := len(dst) - start
	if n > 2+2*MaxString {
		return dst[:start], fmt.Errorf("usb: string of %d UTF-16 units; a descriptor holds %d", (n-2)/2, MaxString)
	}
	dst[start] = uint8(n)
	return dst, nil
}

// appendLanguages appends string descriptor 0, the languages there are.
func appendLanguages(dst []byte, tables []StringTable) []byte {
	n := min(len(tables), MaxString)
	dst = append(dst, uint8(2+2*n), DescString)
	for _, t := range tables[:n] {
		dst = binary.LittleEndian.AppendUint16(dst, t.Language)
	}
	return dst
}
