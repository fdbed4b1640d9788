// Package headunit is the simulated head unit of a car: the USB host that finds
// an iPhone and asks it to switch roles, the gadget that it becomes then, the
// accessory side of iAP2 with its MFi authentication chip, and CarLife.
//
// [New] makes a head unit from a [Model]; [HeadUnit.Start] plugs it in. Models
// are data, as the phone's personas are.
//
// A head unit meets a phone only through usb.Host, usb.Port and, for its chip,
// an I2C bus of periph.io. It cannot tell simulated ones from real ones.
package headunit
