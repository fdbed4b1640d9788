// Package headunit is the simulated head unit of a car: the USB host that finds
// an iPhone and asks it to switch roles, the gadget that it becomes then, the
// accessory side of iAP2 with its MFi authentication chip, and CarLife.
//
// [New] makes a head unit from a [Model]; [HeadUnit.Start] plugs it in. Models
// are data, as the phone's personas are.
//
// As an accessory it proves itself, says who it is, and waits until the phone has
// accepted both. Then it subscribes to what its model lists, asks for its app,
// answers what the phone asks of the car, and takes in files. A phone that resets
// the link or the gadget is served from the beginning.
//
// With the transport "usbmux" it stays the host instead: it runs a usbmuxd of its own
// (package muxd), and either opens the six connections of CarLife to the app's ports,
// or pairs (package lockdown), starts com.apple.carkit.service, and is the same
// accessory on that connection.
//
// A head unit meets a phone only through usb.Host, usb.Port and, for its chip,
// an I2C bus of periph.io. It cannot tell simulated ones from real ones.
package headunit
