package phone

import (
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/hid"
)

// Configurations of an iPhone in its initial mode, by value. They are laid out
// as a real one's: lengths 39, 149, 62 and 117 bytes (libusb/libusb#1328,
// fritzlb/iOS17-JIT-WIN#8, oandrew/ipod-gadget).
const (
	configIPod     = 2 // audio and HID: iAP rides here
	configMuxEther = 4 // the working configuration
)

// hidInterface is the number of the HID interface in configuration 2.
const hidInterface = 2

// reportDescriptor is the HID report descriptor at high speed
// (oandrew/ipod-gadget, captured): input reports 1 to 12, output 13 to 21.
var reportDescriptor = hid.HighSpeed().AppendDescriptor(nil)

// Numbers of the strings: 5 to 8 name configurations 1 to 4. What has been published
// are 5 (liquidctl/liquidctl#412), 8, 0F, 11 and 1B (fritzlb/iOS17-JIT-WIN#8); the
// others are inferred.
const (
	strManufacturer = 1
	strProduct      = 2
	strSerial       = 3

	strConfigs = 4 // and the number of the configuration

	strMuxInterface   = 0x0F
	strValeria        = 0x10
	strEtherInterface = 0x11
	strNCMControl     = 0x12
	strNCMData        = 0x13
	strMAC            = 0x14
	strPTPInterface   = 0x1B
)

// Attributes of every configuration: self powered, 500 mA.
const (
	attributes = usb.AttrReserved | usb.AttrSelfPowered
	maxPower   = 250
)

// descriptors returns what a phone says of itself in a mode.
func descriptors(p Persona, m mode) *usb.Descriptors {
	text := map[uint8]string{
		strManufacturer: p.USB.Manufacturer, strProduct: p.USB.Product, strSerial: p.SerialNumber,
		strPTPInterface: "PTP", strMuxInterface: "Apple USB Multiplexor", strEtherInterface: "Apple USB Ethernet",
	}
	if m != modeInitial {
		text[strValeria], text[strNCMControl], text[strNCMData] = "Valeria", "NCM Control", "NCM Data"
		text[strMAC] = macText(p.mac(macNCM))
	}
	d := &usb.Descriptors{
		Speed: usb.High,
		Device: usb.DeviceDescriptor{
			USB: 0x0200, MaxPacketSize0: 64,
			VendorID: p.USB.VendorID, ProductID: p.USB.ProductID, Release: p.USB.Release,
			Manufacturer: strManufacturer, Product: strProduct, SerialNumber: strSerial,
		},
		Strings: []usb.StringTable{{Language: usb.EnglishUS, Text: text}},
	}
	for i, c := range m.layout() {
		value := uint8(i + 1)
		text[strConfigs+value] = c.name
		d.Configs = append(d.Configs, config(value, strConfigs+value, c.interfaces...))
	}
	return d
}

func config(value, str uint8, interfaces ...usb.Interface) usb.ConfigDescriptor {
	for i := range interfaces {
		interfaces[i].Number = uint8(i)
	}
	return usb.ConfigDescriptor{Value: value, String: str, Attributes: attributes, MaxPower: maxPower, Interfaces: interfaces}
}

func ptp() usb.Interface {
	return usb.Interface{Alternates: []usb.Alternate{{Class: 6, SubClass: 1, Protocol: 1, String: strPTPInterface,
		Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x02), usb.Bulk(0x81), usb.Interrupt(0x83, 64, 10)}}}}
}

func mux() usb.Interface {
	return usb.Interface{Alternates: []usb.Alternate{{Class: 0xFF, SubClass: 0xFE, Protocol: 2, String: strMuxInterface,
		Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x04), usb.Bulk(0x85)}}}}
}

// ether has one alternate setting without endpoints and two with the same pair.
func ether() usb.Interface {
	pair := []usb.EndpointDescriptor{usb.Bulk(0x86), usb.Bulk(0x05)}
	alt := usb.Alternate{Class: 0xFF, SubClass: 0xFD, Protocol: 1, String: strEtherInterface}
	a1, a2 := alt, alt
	a1.Setting, a1.Endpoints = 1, pair
	a2.Setting, a2.Endpoints = 2, pair
	return usb.Interface{Alternates: []usb.Alternate{alt, a1, a2}}
}

// Audio class 1 descriptors of configuration 2 (USB Audio 1.0, chapter 4): a
// digital audio source, 2 channels of 16 bits, nine sampling rates.
func audioControl() usb.Interface {
	return usb.Interface{Alternates: []usb.Alternate{{Class: 1, SubClass: 1, Extra: [][]byte{
		{0x09, 0x24, 0x01, 0x00, 0x01, 0x1E, 0x00, 0x01, 0x01},                   // header: 30 bytes, streaming interface 1
		{0x0C, 0x24, 0x02, 0x01, 0x01, 0x02, 0x02, 0x02, 0x03, 0x00, 0x00, 0x00}, // input terminal 1: type 0201, left and right
		{0x09, 0x24, 0x03, 0x02, 0x01, 0x01, 0x01, 0x01, 0x00},                   // output terminal 2: USB streaming, from 1
	}}}}
}

func audioStream() usb.Interface {
	format := []byte{0, 0x24, 0x02, 0x01, 0x02, 0x02, 0x10, 9}
	for _, hz := range []uint32{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000} {
		format = append(format, byte(hz), byte(hz>>8), byte(hz>>16))
	}
	format[0] = byte(len(format))
	off := usb.Alternate{Class: 1, SubClass: 2}
	on := off
	on.Setting = 1
	on.Extra = [][]byte{{0x07, 0x24, 0x01, 0x02, 0x01, 0x01, 0x00}, format} // terminal 2, PCM
	on.Endpoints = []usb.EndpointDescriptor{{
		Address: 0x81, Attributes: uint8(usb.TypeIsochronous), MaxPacketSize: 192, Interval: 4,
		Tail:  []byte{0, 0},
		Extra: [][]byte{{0x07, 0x25, 0x01, 0x01, 0x00, 0x00, 0x00}}, // sampling rate control
	}}
	return usb.Interface{Alternates: []usb.Alternate{off, on}}
}

func hidReports() usb.Interface {
	n := len(reportDescriptor)
	return usb.Interface{Alternates: []usb.Alternate{{Class: 3,
		Extra:     [][]byte{{0x09, usb.DescHID, 0x11, 0x01, 0x00, 0x01, usb.DescReport, byte(n), byte(n >> 8)}},
		Endpoints: []usb.EndpointDescriptor{usb.Interrupt(0x83, 64, 1)}}}}
}
