package usb

// Descriptor types (USB 2.0, table 9-5; HID 1.11, 7.1; USB 3.2, table 9-6).
const (
	DescDevice               = 0x01
	DescConfiguration        = 0x02
	DescString               = 0x03
	DescInterface            = 0x04
	DescEndpoint             = 0x05
	DescDeviceQualifier      = 0x06
	DescOtherSpeed           = 0x07
	DescInterfaceAssociation = 0x0B
	DescBOS                  = 0x0F
	DescDeviceCapability     = 0x10
	DescHID                  = 0x21
	DescReport               = 0x22
	DescCompanion            = 0x30 // SuperSpeed endpoint companion
)

// bmAttributes of a configuration (USB 2.0, table 9-10).
const (
	AttrReserved     = 0x80 // always set
	AttrSelfPowered  = 0x40
	AttrRemoteWakeup = 0x20
)

// EnglishUS is the language ID that hosts ask strings in.
const EnglishUS = 0x0409

// Descriptors is everything a device says of itself.
type Descriptors struct {
	Device  DeviceDescriptor
	Configs []ConfigDescriptor // in the order of their descriptor index
	Strings []StringTable      // by language; the first is the default
	BOS     []byte             // binary object store, whole; nil if the device has none

	// Speed is the fastest that the device runs at, and the speed that the
	// endpoints are written for; see [Descriptors.At] for others. SpeedUnknown
	// is read off the bulk endpoints: 1024 bytes Super, 512 High, 64 Full.
	Speed Speed
}

// A DeviceDescriptor names the device (USB 2.0, table 9-8). It is 18 bytes on
// the wire.
//
//	offset 2  bcdUSB             USB
//	offset 4  bDeviceClass ...   Class, SubClass, Protocol
//	offset 7  bMaxPacketSize0    MaxPacketSize0
//	offset 8  idVendor ...       VendorID, ProductID
//	offset 12 bcdDevice          Release
//	offset 14 iManufacturer ...  Manufacturer, Product, SerialNumber
//	offset 17 bNumConfigurations Configurations
type DeviceDescriptor struct {
	USB            uint16 // release of the specification, BCD: 0x0200
	Class          uint8  // 0: each interface has its own
	SubClass       uint8
	Protocol       uint8
	MaxPacketSize0 uint8 // of endpoint 0, in bytes; at SuperSpeed its logarithm, 9
	VendorID       uint16
	ProductID      uint16
	Release        uint16 // of the device, BCD
	Manufacturer   uint8  // number of a string, 0 for none
	Product        uint8  // number of a string
	SerialNumber   uint8  // number of a string
	Configurations uint8  // how many; 0 is filled in by a Gadget
}

// A ConfigDescriptor is a configuration with all that belongs to it (USB 2.0,
// table 9-10).
type ConfigDescriptor struct {
	Value      uint8       // bConfigurationValue: what SET_CONFIGURATION selects it by
	String     uint8       // number of a string
	Attributes uint8       // bmAttributes
	MaxPower   uint8       // in units of 2 mA; 8 mA at SuperSpeed
	Extra      [][]byte    // descriptors between the header and the first interface
	Interfaces []Interface // in order of appearance
}

// An Interface is an interface in all its alternate settings. A configuration
// whose settings of one interface are not side by side has several Interfaces
// of one Number; look them up by [ConfigDescriptor.Alternate].
type Interface struct {
	Number     uint8
	Alternates []Alternate
}

// An Alternate is one alternate setting of an interface (USB 2.0, table 9-12).
type Alternate struct {
	Setting   uint8 // bAlternateSetting
	Class     uint8
	SubClass  uint8
	Protocol  uint8
	String    uint8                // number of a string
	Lead      [][]byte             // descriptors just before it: an interface association
	Extra     [][]byte             // class-specific descriptors after it, whole
	Endpoints []EndpointDescriptor // in order
}

// An EndpointDescriptor describes an endpoint (USB 2.0, table 9-13).
type EndpointDescriptor struct {
	Address       uint8  // with the direction bit
	Attributes    uint8  // bmAttributes; the low two bits are the TransferType
	MaxPacketSize uint16 // wMaxPacketSize; bits 11 and 12 are extra packets a microframe
	Interval      uint8
	Tail          []byte   // bytes past the seventh: bRefresh and bSynchAddress of audio
	Extra         [][]byte // descriptors after it: SuperSpeed companion, class-specific
}

// In reports whether data comes from the device.
func (e *EndpointDescriptor) In() bool { return e.Address&DirIn != 0 }

// Type returns the kind of transfers.
func (e *EndpointDescriptor) Type() TransferType { return TransferType(e.Attributes & 3) }

// PacketSize returns the largest packet in bytes, at least 1.
func (e *EndpointDescriptor) PacketSize() int { return max(int(e.MaxPacketSize&0x7FF), 1) }

// Bulk makes the descriptor of a bulk endpoint for high speed.
func Bulk(address uint8) EndpointDescriptor {
	return EndpointDescriptor{Address: address, Attributes: uint8(TypeBulk), MaxPacketSize: 512}
}

// Interrupt makes the descriptor of an interrupt endpoint.
func Interrupt(address uint8, size uint16, interval uint8) EndpointDescriptor {
	return EndpointDescriptor{Address: address, Attributes: uint8(TypeInterrupt), MaxPacketSize: size, Interval: interval}
}

// A StringTable holds a device's strings in one language, by number.
type StringTable struct {
	Language uint16 // LANGID
	Text     map[uint8]string
}

// English makes a table of strings that are numbered from 1.
func English(text ...string) []StringTable {
	t := StringTable{Language: EnglishUS, Text: map[uint8]string{}}
	for i, s := range text {
		t.Text[uint8(i+1)] = s
	}
	return []StringTable{t}
}
