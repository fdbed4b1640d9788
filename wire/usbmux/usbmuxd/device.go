package usbmuxd

import (
	"encoding/binary"
	"math"
	"net/netip"

	"github.com/plugfest/plugfest/wire/plist"
)

// How a device is connected.
const (
	USB     = "USB"
	Network = "Network"
)

// Device is what the daemon tells of a device.
type Device struct {
	ID         uint32 // counted from 1 and never used again; libusbmuxd refuses 0
	Connection string // USB, which "" is read and written as, or Network
	Serial     string // the UDID, with its dash; see [UDID]

	// Over USB.
	ProductID  uint16 // idProduct, 12A8 for every iPhone since the 5
	LocationID uint32 // bus<<16 | address
	Speed      uint64 // bit/s

	// Over the network.
	Address        netip.AddrPort // written as a BSD sockaddr
	ServiceName    string         // EscapedFullServiceName
	InterfaceIndex uint32

	// Apple's own daemon alone.
	UDID, USBSerial string
}

// UDID returns the identifier that a USB serial number stands for: 24 characters
// get a dash after the eighth, everything else stays. What follows a NUL is cut,
// for some phones send one.
//
// Source: usbmuxd (libimobiledevice), observed; quicktime_video_hack issue 122.
func UDID(serial string) string {
	for i := range len(serial) {
		if serial[i] == 0 {
			serial = serial[:i]
			break
		}
	}
	if len(serial) == 24 {
		return serial[:8] + "-" + serial[8:]
	}
	return serial
}

// properties returns the dictionary of a device.
func (d Device) properties() map[string]any {
	p := map[string]any{"DeviceID": d.ID, "SerialNumber": d.Serial, "ConnectionType": USB}
	if d.Connection == Network {
		p["ConnectionType"] = Network
		p["EscapedFullServiceName"] = d.ServiceName
		p["InterfaceIndex"] = d.InterfaceIndex
		p["NetworkAddress"] = AppendSockaddr(nil, d.Address)
	} else {
		p["ProductID"] = d.ProductID
		p["LocationID"] = d.LocationID
		p["ConnectionSpeed"] = d.Speed
	}
	for key, value := range map[string]string{"UDID": d.UDID, "USBSerialNumber": d.USBSerial} {
		if value != "" {
			p[key] = value
		}
	}
	return p
}

// parseDevice reads the properties of a device.
func parseDevice(f *plist.Fields) (Device, error) {
	d := Device{
		ID: f.Uint32("DeviceID"), Serial: f.String("SerialNumber"), Connection: f.String("ConnectionType"),
		ProductID:   uint16(f.Int("ProductID", 0, math.MaxUint16)),
		LocationID:  f.Uint32("LocationID"),
		Speed:       uint64(f.Int("ConnectionSpeed", 0, math.MaxInt64)),
		ServiceName: f.String("EscapedFullServiceName"), InterfaceIndex: f.Uint32("InterfaceIndex"),
		UDID: f.String("UDID"), USBSerial: f.String("USBSerialNumber"),
	}
	f.Need("DeviceID", "SerialNumber")
	if a := f.Data("NetworkAddress"); a != nil {
		d.Address = ParseSockaddr(a)
	}
	if d.Connection == "" {
		d.Connection = USB
	}
	return d, f.Err()
}

// BSD address families.
const (
	familyIPv4 = 0x02
	familyIPv6 = 0x1E
)

// AppendSockaddr appends an address in the form of BSD: length, family, port,
// address; nothing for an address that is none.
//
// Source: libusbmuxd (libimobiledevice).
func AppendSockaddr(dst []byte, a netip.AddrPort) []byte {
	addr := a.Addr().Unmap()
	switch {
	case addr.Is4():
		dst = append(dst, 16, familyIPv4)
		dst = binary.BigEndian.AppendUint16(dst, a.Port())
		dst = append(dst, addr.AsSlice()...)
		return append(dst, make([]byte, 8)...)
	case addr.Is6():
		dst = append(dst, 28, familyIPv6)
		dst = binary.BigEndian.AppendUint16(dst, a.Port())
		dst = append(dst, make([]byte, 4)...) // flow
		dst = append(dst, addr.AsSlice()...)
		return append(dst, make([]byte, 4)...) // scope
	}
	return dst
}

// ParseSockaddr reads such an address; the result is not valid if b is none.
func ParseSockaddr(b []byte) netip.AddrPort {
	switch {
	case len(b) >= 8 && b[1] == familyIPv4:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), binary.BigEndian.Uint16(b[2:]))
	case len(b) >= 24 && b[1] == familyIPv6:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])), binary.BigEndian.Uint16(b[2:]))
	}
	return netip.AddrPort{}
}
