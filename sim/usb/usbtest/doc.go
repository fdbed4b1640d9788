// Package usbtest holds a carrier of USB to what usb.Host, usb.Conn, usb.Port
// and usb.Device promise: the in-memory cable, USB/IP, libusb, a gadget port.
//
// A carrier's own test makes a [Carrier] and calls [TestCarrier]. The suite
// attaches a device of its own at the port, and works it from the host. It
// needs nothing of a carrier but these two ends, and takes endpoint addresses
// on the host's side from the descriptors that the host has read.
package usbtest
