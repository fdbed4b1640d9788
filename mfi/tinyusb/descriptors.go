package tinyusb

import "github.com/plugfest/plugfest/sim/usb"

// release is a firmware's version as the driver prints it, BCD.
const release = 0x0205

// descriptors are those of the adapter: one configuration with one interface, to which the driver binds, and no endpoint. The hardware
// runs at low speed; full speed lets endpoint 0 take 64 bytes at a time.
func descriptors(serial string) *usb.Descriptors {
	return &usb.Descriptors{
		Speed: usb.Full,
		Device: usb.DeviceDescriptor{
			USB: 0x0110, Class: 0xFF, MaxPacketSize0: 64, VendorID: VendorID, ProductID: ProductID, Release: release,
			Manufacturer: 1, Product: 2, SerialNumber: 3,
		},
		Configs: []usb.ConfigDescriptor{{
			Value: 1, Attributes: usb.AttrReserved, MaxPower: 50,
			Interfaces: []usb.Interface{{Alternates: []usb.Alternate{{Class: 0xFF}}}},
		}},
		Strings: usb.English("Plugfest", "simulated i2c-tiny-usb", serial),
	}
}
