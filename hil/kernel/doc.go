// Package kernel joins a phone and a head unit by the USB and I2C stacks of this
// machine's own kernel, in place of a cable in memory:
//
//	phone, peripheral  --USB/IP--> vhci_hcd --libusb--> head unit, host
//	head unit, gadget  --FunctionFS--> UDC ..., host controller --libusb--> phone, host
//	chip  --i2c-tiny-usb over USB/IP--> /dev/i2c-N --i2c-dev--> head unit's driver
//
// Everything below the simulated ends is real: descriptors are read by the kernel,
// endpoints served by its drivers, the UDC's addresses are its own. With the
// controller dummy_hcd, which is a UDC and the host controller at its other end,
// it needs no hardware. It needs root, the modules vhci_hcd, libcomposite,
// usb_f_fs, a UDC's and i2c-tiny-usb, and a program built with the tag libusb.
package kernel
