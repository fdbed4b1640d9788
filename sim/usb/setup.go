package usb

import (
	"encoding/binary"
	"fmt"
)

// DirIn is the direction bit of an endpoint address and of bmRequestType.
const DirIn = 0x80

// bmRequestType: type and recipient (USB 2.0, table 9-2).
const (
	TypeStandard = 0x00
	TypeClass    = 0x20
	TypeVendor   = 0x40
	TypeMask     = 0x60

	ToDevice    = 0x00
	ToInterface = 0x01
	ToEndpoint  = 0x02
	ToMask      = 0x1F
)

// Standard requests (USB 2.0, table 9-4).
const (
	ReqGetStatus        = 0
	ReqClearFeature     = 1
	ReqSetFeature       = 3
	ReqSetAddress       = 5
	ReqGetDescriptor    = 6
	ReqSetDescriptor    = 7
	ReqGetConfiguration = 8
	ReqSetConfiguration = 9
	ReqGetInterface     = 10
	ReqSetInterface     = 11
	ReqSynchFrame       = 12
)

// Feature selectors (USB 2.0, table 9-6).
const (
	FeatureEndpointHalt = 0
	FeatureRemoteWakeup = 1
	FeatureTestMode     = 2
)

// Setup is the eight bytes that begin a control transfer (USB 2.0, 9.3).
type Setup struct {
	RequestType uint8  // bmRequestType: direction, type, recipient
	Request     uint8  // bRequest
	Value       uint16 // wValue
	Index       uint16 // wIndex
	Length      uint16 // wLength: length of the data stage
}

// In reports whether the data stage comes from the device.
func (s Setup) In() bool { return s.RequestType&DirIn != 0 }

// Bytes returns the packet as it is on the wire (little-endian).
func (s Setup) Bytes() (b [8]byte) {
	b[0], b[1] = s.RequestType, s.Request
	binary.LittleEndian.PutUint16(b[2:], s.Value)
	binary.LittleEndian.PutUint16(b[4:], s.Index)
	binary.LittleEndian.PutUint16(b[6:], s.Length)
	return b
}

// ParseSetup reads a SETUP packet.
func ParseSetup(b [8]byte) Setup {
	return Setup{
		RequestType: b[0],
		Request:     b[1],
		Value:       binary.LittleEndian.Uint16(b[2:]),
		Index:       binary.LittleEndian.Uint16(b[4:]),
		Length:      binary.LittleEndian.Uint16(b[6:]),
	}
}

func (s Setup) String() string {
	return fmt.Sprintf("%02X %02X wValue=%04X wIndex=%04X wLength=%d", s.RequestType, s.Request, s.Value, s.Index, s.Length)
}

// Speed is the speed of the bus, numbered as in USB/IP.
type Speed uint8

// Speeds.
const (
	SpeedUnknown Speed = iota
	Low                // 1.5 Mbit/s
	Full               // 12 Mbit/s
	High               // 480 Mbit/s
	_                  // wireless
	Super              // 5 Gbit/s
)

func (s Speed) String() string {
	switch s {
	case Low:
		return "low"
	case Full:
		return "full"
	case High:
		return "high"
	case Super:
		return "super"
	}
	return "unknown"
}

// TransferType is the kind of an endpoint, numbered as in bmAttributes of its
// descriptor.
type TransferType uint8

// Transfer types.
const (
	TypeControl TransferType = iota
	TypeIsochronous
	TypeBulk
	TypeInterrupt
)

func (t TransferType) String() string {
	return [...]string{"control", "isochronous", "bulk", "interrupt"}[t&3]
}
