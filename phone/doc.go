// Package phone is the simulated iPhone: a USB device that can become a USB
// host, the device side of iAP2, and the apps that talk to an accessory.
//
// [New] makes a phone from a [Persona]; [Phone.Start] plugs it in. What a phone
// is and does is data: the personas embedded here, or a file of the user's own,
// name a model, its iOS, its capabilities and timings, and where it departs
// from a good one.
//
// A phone meets an accessory only through usb.Port, as a peripheral, and
// usb.Host, after the role switch. It cannot tell a simulated head unit from a
// real one.
package phone
